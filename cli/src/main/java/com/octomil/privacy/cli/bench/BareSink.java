package com.octomil.privacy.cli.bench;

import com.octomil.privacy.proto.aggregator.v1.DeviceAggregatorGrpc;
import com.octomil.privacy.proto.aggregator.v1.UploadAccepted;
import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The limit that ingest is compared with: a gRPC server in a process of its own that takes uploads
 * in, counts their bytes and forgets them. Nothing is checked, hashed, summed or stored.
 */
final class BareSink implements AutoCloseable {

  private static final String READY = "listening on ";

  private final Process process;
  private final String target;

  private BareSink(Process process, String target) {
    this.process = process;
    this.target = target;
  }

  /** Starts it on a free port of the loopback interface, on the Java of this process. */
  static BareSink start(List<String> jvmOptions) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(jvmOptions);
    // Netty uses both, and Java 25 warns of them.
    command.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), BareSink.class.getName()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = output.readLine();
    if (line == null || !line.startsWith(READY)) {
      process.destroyForcibly();
      throw new IOException("the bare sink did not start: " + line);
    }
    return new BareSink(process, line.substring(READY.length()));
  }

  /** Host and port. */
  String target() {
    return target;
  }

  ProcessHandle process() {
    return process.toHandle();
  }

  @Override
  public void close() {
    process.destroy();
  }

  /** The process; it ends with its standard input. */
  public static void main(String[] arguments) throws IOException {
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
    Server server =
        io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder.forAddress(
                address, InsecureServerCredentials.create())
            .addService(new Uploads())
            .build()
            .start();
    System.out.println(READY + "127.0.0.1:" + server.getPort());
    while (System.in.read() >= 0) {
      // Only its end matters.
    }
    server.shutdownNow();
  }

  private static final class Uploads extends DeviceAggregatorGrpc.DeviceAggregatorImplBase {
    @Override
    public StreamObserver<UploadRequest> upload(StreamObserver<UploadResponse> answer) {
      return new StreamObserver<>() {
        private long announced;
        private long received;

        @Override
        public void onNext(UploadRequest request) {
          announced = Math.max(announced, request.getHeader().getPayloadBytes());
          received += request.getChunk().size();
          if (announced > 0 && received == announced) {
            answer.onNext(
                UploadResponse.newBuilder()
                    .setAccepted(UploadAccepted.getDefaultInstance())
                    .build());
            answer.onCompleted();
          }
        }

        @Override
        public void onError(Throwable gone) {}

        @Override
        public void onCompleted() {}
      };
    }
  }
}
