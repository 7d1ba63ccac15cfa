package com.octomil.privacy.it;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Grpc;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Stands between callers and the replicas of a service, as a load balancer and as a bad network:
 * every call goes to another replica, and some are lost on the way there or back, delayed so that
 * later ones overtake them, sent twice, or cut off in the middle of a stream. It knows no message;
 * a call is passed on once all of it is there.
 */
final class FaultProxy implements AutoCloseable {

  /** What can happen to a call. */
  enum Fault {
    /** Not passed on; the caller hears that the service is unavailable. */
    REQUEST_LOST,
    /** Carried out; the caller hears that the service is unavailable. */
    ANSWER_LOST,
    /** Passed on late, so that other calls come first. */
    DELAYED,
    /** Carried out twice, at two replicas if there are; the caller gets the second answer. */
    DOUBLED,
    /** The stream of requests breaks before its end. */
    CUT
  }

  private static final MethodDescriptor.Marshaller<byte[]> OCTETS =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try (stream) {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private record Answer(Metadata headers, List<byte[]> messages, Status status, Metadata trailers) {
    static Answer unavailable(String why) {
      return new Answer(
          new Metadata(), List.of(), Status.UNAVAILABLE.withDescription(why), new Metadata());
    }
  }

  private final Server server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<Integer, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();
  private final SplittableRandom random;
  private final Map<Fault, AtomicInteger> happened = new EnumMap<>(Fault.class);
  private volatile List<Integer> replicas;
  private volatile int perMille;
  private volatile Duration longestDelay = Duration.ZERO;

  /**
   * A proxy without faults.
   *
   * @param seed of the faults
   * @param replicas ports on the loopback interface
   */
  FaultProxy(long seed, List<Integer> replicas) throws IOException {
    this.random = new SplittableRandom(seed);
    this.replicas = List.copyOf(replicas);
    for (Fault fault : Fault.values()) {
      happened.put(fault, new AtomicInteger());
    }
    this.server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress("127.0.0.1", 0), InsecureServerCredentials.create())
            .fallbackHandlerRegistry(new AnyMethod())
            .build()
            .start();
  }

  int port() {
    return server.getPort();
  }

  /** From now on each of the faults happens to so many of a thousand calls. */
  void disturb(int each, Duration longest) {
    longestDelay = longest;
    perMille = each;
  }

  /** How often each fault has happened. */
  Map<Fault, Integer> happened() {
    Map<Fault, Integer> counts = new EnumMap<>(Fault.class);
    happened.forEach((fault, count) -> counts.put(fault, count.get()));
    return counts;
  }

  /** Calls go to these from now on. */
  void replicas(List<Integer> ports) {
    replicas = List.copyOf(ports);
  }

  private final class AnyMethod extends HandlerRegistry {
    @Override
    public ServerMethodDefinition<?, ?> lookupMethod(String name, String authority) {
      MethodDescriptor<byte[], byte[]> method =
          MethodDescriptor.newBuilder(OCTETS, OCTETS)
              .setType(MethodDescriptor.MethodType.UNKNOWN)
              .setFullMethodName(name)
              .build();
      return ServerMethodDefinition.create(method, new PassOn(method));
    }
  }

  private final class PassOn implements ServerCallHandler<byte[], byte[]> {
    private final MethodDescriptor<byte[], byte[]> method;

    PassOn(MethodDescriptor<byte[], byte[]> method) {
      this.method = method;
    }

    @Override
    public ServerCall.Listener<byte[]> startCall(
        ServerCall<byte[], byte[]> call, Metadata headers) {
      Deadline deadline = Context.current().getDeadline();
      List<byte[]> messages = new ArrayList<>();
      call.request(1);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(byte[] message) {
          messages.add(message);
          call.request(1);
        }

        @Override
        public void onHalfClose() {
          threads.execute(() -> answer(call, handle(method, headers, messages, deadline)));
        }
      };
    }
  }

  private static void answer(ServerCall<byte[], byte[]> call, Answer answer) {
    try {
      if (!answer.messages().isEmpty()) {
        call.sendHeaders(answer.headers());
        answer.messages().forEach(call::sendMessage);
      }
      call.close(answer.status(), answer.trailers());
    } catch (IllegalStateException callerGone) {
      // It has given up or cancelled.
    }
  }

  private Answer handle(
      MethodDescriptor<byte[], byte[]> method,
      Metadata headers,
      List<byte[]> messages,
      Deadline deadline) {
    boolean quiet = method.getFullMethodName().startsWith("grpc.health.");
    if (!quiet && happens(Fault.DELAYED)) {
      LockSupport.parkNanos(upTo(longestDelay.toNanos()));
    }
    if (!quiet && happens(Fault.REQUEST_LOST)) {
      return Answer.unavailable("the request was lost");
    }
    if (!quiet && messages.size() > 1 && happens(Fault.CUT)) {
      send(method, headers, messages.subList(0, messages.size() - 1), deadline, true);
      return Answer.unavailable("the stream was cut");
    }
    if (!quiet && happens(Fault.DOUBLED)) {
      send(method, headers, messages, deadline, false);
    }
    Answer answer = send(method, headers, messages, deadline, false);
    if (!quiet && happens(Fault.ANSWER_LOST)) {
      return Answer.unavailable("the answer was lost");
    }
    return answer;
  }

  private synchronized boolean happens(Fault fault) {
    // Few calls are streams: these are cut more often.
    if (random.nextInt(1000) >= (fault == Fault.CUT ? 3 * perMille : perMille)) {
      return false;
    }
    happened.get(fault).incrementAndGet();
    return true;
  }

  private synchronized long upTo(long most) {
    return most <= 0 ? 0 : random.nextLong(most);
  }

  private Answer send(
      MethodDescriptor<byte[], byte[]> method,
      Metadata headers,
      List<byte[]> messages,
      Deadline deadline,
      boolean cut) {
    ClientCall<byte[], byte[]> call =
        channel().newCall(method, CallOptions.DEFAULT.withDeadline(deadline));
    CompletableFuture<Answer> done = new CompletableFuture<>();
    Metadata own = new Metadata();
    own.merge(headers);
    call.start(new Collecting(done), own);
    call.request(Integer.MAX_VALUE);
    messages.forEach(call::sendMessage);
    if (cut) {
      call.cancel("cut", null);
    } else {
      call.halfClose();
    }
    return done.join();
  }

  private static final class Collecting extends ClientCall.Listener<byte[]> {
    private final CompletableFuture<Answer> done;
    private final List<byte[]> messages = new ArrayList<>();
    private Metadata headers = new Metadata();

    Collecting(CompletableFuture<Answer> done) {
      this.done = done;
    }

    @Override
    public void onHeaders(Metadata received) {
      headers = received;
    }

    @Override
    public void onMessage(byte[] message) {
      messages.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      done.complete(new Answer(headers, messages, status, trailers));
    }
  }

  private ManagedChannel channel() {
    List<Integer> now = replicas;
    int port = now.get(Math.floorMod(next.getAndIncrement(), now.size()));
    ManagedChannel channel =
        channels.computeIfAbsent(
            port,
            fresh ->
                Grpc.newChannelBuilderForAddress(
                        "127.0.0.1", fresh, InsecureChannelCredentials.create())
                    .maxInboundMessageSize(16 << 20)
                    .build());
    // A replica that is back is used at once.
    channel.resetConnectBackoff();
    return channel;
  }

  @Override
  public void close() throws InterruptedException {
    server.shutdownNow();
    channels.values().forEach(ManagedChannel::shutdownNow);
    threads.shutdownNow();
    server.awaitTermination(10, TimeUnit.SECONDS);
  }
}
