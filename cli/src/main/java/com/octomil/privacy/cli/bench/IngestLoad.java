package com.octomil.privacy.cli.bench;

import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.FederatedDevice;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.Participation;
import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.grpc.GrpcDeviceTransport;
import com.octomil.privacy.device.state.MemoryRoundStateStore;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.Upload;
import com.octomil.privacy.device.transport.UploadReceipt;
import com.octomil.privacy.federation.Federation;
import com.octomil.privacy.federation.PrivacyConfiguration;
import com.octomil.privacy.federation.PrivacyConfiguration.DifferentialPrivacy;
import com.octomil.privacy.federation.PrivacyConfiguration.SecureAggregation;
import com.octomil.privacy.federation.TrainingJob;
import com.octomil.privacy.federation.TrainingOrder;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Uploads of a whole cohort in one moment: masked updates, ready before the clock starts, first
 * into a {@link BareSink} and then into the aggregator, which acknowledges what is durable. The
 * same payloads over the same number of connections, in turns, in one run.
 */
final class IngestLoad implements AutoCloseable {

  private static final String MODEL = "model";
  private static final Duration PHASE = Duration.ofMinutes(5);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int SINK_CONNECTIONS = 8;
  private static final List<String> JVM_OPTIONS =
      List.of("-Xmx2g", "-XX:MaxDirectMemorySize=512m", "-XX:TieredStopAtLevel=4");

  private final Stack stack;
  private final BenchFleet fleet;
  private final BareSink sink;
  private final List<ManagedChannel> sinkChannels = new ArrayList<>();
  private final List<DeviceTransport> sinkNetworks = new ArrayList<>();

  /** Devices that hold a finished upload. */
  private final LinkedBlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();

  private record Waiting(Optional<Upload> upload, CountDownLatch go, CountDownLatch done) {}

  private IngestLoad(Stack stack, BareSink sink) {
    this.stack = stack;
    this.sink = sink;
    this.fleet = new BenchFleet(stack.endpoints());
    for (int i = 0; i < SINK_CONNECTIONS; i++) {
      ManagedChannel channel = GrpcChannels.connectInsecure(sink.target());
      sinkChannels.add(channel);
      sinkNetworks.add(new GrpcDeviceTransport(channel, channel));
    }
  }

  /** Starts the services and the sink. */
  static IngestLoad start(StackOptions options)
      throws StackException, InterruptedException, IOException {
    Stack stack =
        Stack.start(
            options
                .withJvmOptions(JVM_OPTIONS)
                .withProperties(Service.RELAY, Map.of("octomil.relay.check-in-retry", "PT0.2S")));
    try {
      return new IngestLoad(stack, BareSink.start(JVM_OPTIONS));
    } catch (IOException e) {
      stack.close();
      throw e;
    }
  }

  /**
   * One turn.
   *
   * @param bytes of all payloads
   * @param sink from the first byte to the last answer of the bare sink
   * @param aggregator the same of the aggregator
   * @param sinkCpu processor time of the sink
   * @param aggregatorCpu processor time of the aggregator meanwhile
   * @param databaseCpu processor time of PostgreSQL meanwhile
   */
  record Turn(
      long bytes,
      Duration sink,
      Duration aggregator,
      Duration sinkCpu,
      Duration aggregatorCpu,
      Duration databaseCpu) {

    /** Speed of the aggregator as a share of that of the sink. */
    double ratio() {
      return (double) sink.toNanos() / aggregator.toNanos();
    }
  }

  /**
   * Trains for as many rounds as there are turns and measures each.
   *
   * @return the turns without those to warm up
   * @throws IllegalStateException if a round does not get that far
   */
  List<Turn> run(IngestOptions options, Consumer<String> progress)
      throws StackException, InterruptedException {
    var endpoints = stack.endpoints();
    Federation federation =
        Federation.connect(
            endpoints.budgetUrl(),
            endpoints.aggregatorUrl(),
            endpoints.relayUrl(),
            endpoints.apiKey(),
            "bench-ingest");
    federation.putPrivacy(
        new PrivacyConfiguration(
            DifferentialPrivacy.of(8, 1e-6, 10, 1.0),
            SecureAggregation.of(options.devices() / 2, 0.5),
            options.devices(),
            null,
            null));
    federation.putModel(MODEL, new float[options.modelSize()]);
    progress.accept("enrolling " + options.devices() + " devices");
    List<DeviceIdentity> identities = fleet.enroll(federation, options.devices());
    List<Turn> turns = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        int rounds = options.warmUp() + options.rounds();
        TrainingJob job =
            federation.train(
                new TrainingOrder(MODEL, "fedavg", rounds, options.devices() / 2)
                    .withCohort(options.devices())
                    .withPhaseTimeout(PHASE));
        for (int i = 0; i < identities.size(); i++) {
          FederatedDevice device = device(i, identities.get(i), options);
          threads.execute(() -> takePart(device));
        }
        for (int round = 1; round <= rounds; round++) {
          Turn turn = turn(federation, job, options, threads);
          progress.accept(
              String.format(
                  java.util.Locale.ROOT,
                  "round %d%s: sink %.2f s, aggregator %.2f s",
                  round,
                  round <= options.warmUp() ? " (warm-up)" : "",
                  turn.sink().toNanos() / 1e9,
                  turn.aggregator().toNanos() / 1e9));
          if (round > options.warmUp()) {
            turns.add(turn);
          }
        }
        return turns;
      } finally {
        threads.shutdownNow();
      }
    } finally {
      identities.forEach(DeviceIdentity::close);
    }
  }

  private Turn turn(
      Federation federation, TrainingJob job, IngestOptions options, ExecutorService threads)
      throws InterruptedException, StackException {
    List<Waiting> uploads = new ArrayList<>();
    long deadline = System.nanoTime() + PHASE.toNanos();
    while (uploads.size() < options.devices()) {
      Waiting next = waiting.poll(POLL.toMillis(), TimeUnit.MILLISECONDS);
      if (next != null) {
        uploads.add(next);
      } else if (System.nanoTime() > deadline || !federation.training(job.id()).active()) {
        throw new IllegalStateException(
            uploads.size()
                + " of "
                + options.devices()
                + " devices had an upload ready; the training is "
                + federation.training(job.id()).state());
      }
    }
    long bytes =
        uploads.stream().mapToLong(each -> each.upload().orElseThrow().payload().size()).sum();
    Duration sinkCpu = Usage.cpu(sink.process());
    Duration toSink = intoSink(uploads, threads);
    sinkCpu = Usage.cpu(sink.process()).minus(sinkCpu);
    Duration aggregatorCpu = Usage.cpu(stack.process(Service.AGGREGATOR));
    Duration databaseCpu = Usage.cpu(stack.runningProcesses().get(0));
    long start = System.nanoTime();
    uploads.forEach(each -> each.go().countDown());
    for (Waiting each : uploads) {
      if (!each.done().await(PHASE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("an upload was not acknowledged");
      }
    }
    Duration toAggregator = Duration.ofNanos(System.nanoTime() - start);
    return new Turn(
        bytes,
        toSink,
        toAggregator,
        sinkCpu,
        Usage.cpu(stack.process(Service.AGGREGATOR)).minus(aggregatorCpu),
        Usage.cpu(stack.runningProcesses().get(0)).minus(databaseCpu));
  }

  private Duration intoSink(List<Waiting> uploads, ExecutorService threads)
      throws InterruptedException {
    long start = System.nanoTime();
    List<Future<?>> answers = new ArrayList<>();
    for (int i = 0; i < uploads.size(); i++) {
      DeviceTransport network = sinkNetworks.get(i % SINK_CONNECTIONS);
      Upload upload = uploads.get(i).upload().orElseThrow();
      answers.add(threads.submit(() -> network.upload(upload)));
    }
    try {
      for (Future<?> answer : answers) {
        answer.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the bare sink failed: " + e.getCause(), e);
    }
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private FederatedDevice device(int index, DeviceIdentity identity, IngestOptions options) {
    return FederatedDevice.builder()
        .transport(new HeldTransport(fleet.network(index)))
        .identity(identity)
        .trainer((model, instructions) -> BenchFleet.update(index, model.length))
        .policy(LocalPolicy.standard().withMinimumCohort(options.devices() / 2))
        .stateStore(new MemoryRoundStateStore())
        .random(new SecureRandom())
        .clock(Clock.systemUTC())
        .build();
  }

  private static void takePart(FederatedDevice device) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          if (device.participate() instanceof Participation.NoRound none) {
            Thread.sleep(none.retryAfter());
          }
        } catch (TransportException e) {
          Thread.sleep(POLL);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Keeps the upload of a round back until all are there; done when it is acknowledged. */
  private final class HeldTransport extends ForwardingTransport {
    private Bytes round = Bytes.empty();
    private Waiting held =
        new Waiting(Optional.empty(), new CountDownLatch(0), new CountDownLatch(0));

    HeldTransport(DeviceTransport network) {
      super(network);
    }

    @Override
    public Reply<UploadReceipt> upload(Upload upload) {
      if (!upload.ticket().roundId().equals(round)) {
        round = upload.ticket().roundId();
        held = new Waiting(Optional.of(upload), new CountDownLatch(1), new CountDownLatch(1));
        waiting.add(held);
      }
      try {
        // At once where a device repeats what was refused for lack of memory.
        held.go().await();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("the measurement is over", stopped);
      }
      Reply<UploadReceipt> reply = super.upload(upload);
      held.done().countDown();
      return reply;
    }
  }

  @Override
  public void close() {
    sinkChannels.forEach(ManagedChannel::shutdownNow);
    sink.close();
    fleet.close();
    stack.close();
  }
}
