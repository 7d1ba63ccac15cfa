package com.octomil.privacy.it.budget;

import com.octomil.privacy.audit.SigningKey;
import com.octomil.privacy.it.Home;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc.BudgetLedgerBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** The packaged budget service as a process on free ports of the loopback interface. */
final class BudgetProcess implements AutoCloseable {

  static final String TOKEN = "a-token-of-the-fault-tests-0123456789abcdef";
  static final String ADMIN_KEY = "edg_" + "Fa-_0".repeat(8) + "xyz";

  private static final Duration START = Duration.ofSeconds(120);
  private static final Metadata.Key<String> TOKEN_HEADER =
      Metadata.Key.of("x-octomil-service-token", Metadata.ASCII_STRING_MARSHALLER);

  private final Process process;
  private final Path log;
  private final int http;
  private final int management;
  private final ManagedChannel channel;
  private final BudgetLedgerBlockingStub ledger;

  private BudgetProcess(Process process, Path log, int http, int grpc, int management) {
    this.process = process;
    this.log = log;
    this.http = http;
    this.management = management;
    this.channel = ManagedChannelBuilder.forAddress("127.0.0.1", grpc).usePlaintext().build();
    Metadata headers = new Metadata();
    headers.put(TOKEN_HEADER, TOKEN);
    this.ledger =
        BudgetLedgerGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /**
   * Starts a process and returns at once.
   *
   * @param directory for its secrets and its log, which all processes of a test share
   * @param more properties that win over the usual ones
   */
  static BudgetProcess start(BudgetDatabase database, Path directory, Map<String, String> more)
      throws IOException {
    Path token = secret(directory.resolve("service-token"), TOKEN);
    Path key = secret(directory.resolve("bootstrap-key"), ADMIN_KEY);
    int[] ports = freePorts();
    Map<String, String> properties = new TreeMap<>();
    properties.put("quarkus.http.port", Integer.toString(ports[0]));
    properties.put("quarkus.grpc.server.port", Integer.toString(ports[1]));
    properties.put("quarkus.management.port", Integer.toString(ports[2]));
    properties.put("octomil.database.port", Integer.toString(database.port()));
    properties.put("octomil.database.name", database.name());
    properties.put("octomil.database.username", database.user());
    properties.put("octomil.database.password", "unused-on-loopback");
    properties.put("octomil.service-token-file", token.toString());
    properties.put("octomil.budget.bootstrap-key-file", key.toString());
    Path signingKey = secret(directory.resolve("audit-signing-key.pem"), SigningKey.generatePem());
    properties.put("octomil.budget.audit.signing-key-file", signingKey.toString());
    properties.putAll(more);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xshare:auto",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add("-jar");
    command.add(
        Home.path().resolve("budget-service/target/quarkus-app/quarkus-run.jar").toString());
    Path log = directory.resolve("budget-service.log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    return new BudgetProcess(process, log, ports[0], ports[1], ports[2]);
  }

  private static Path secret(Path file, String content) throws IOException {
    return Files.exists(file) ? file : Files.writeString(file, content);
  }

  private static int[] freePorts() throws IOException {
    try (ServerSocket first = free();
        ServerSocket second = free();
        ServerSocket third = free()) {
      return new int[] {first.getLocalPort(), second.getLocalPort(), third.getLocalPort()};
    }
  }

  private static ServerSocket free() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  /** The ledger; calls need a deadline. */
  BudgetLedgerBlockingStub ledger() {
    return ledger;
  }

  String url(String path) {
    return "http://127.0.0.1:" + http + path;
  }

  String managementUrl(String path) {
    return "http://127.0.0.1:" + management + path;
  }

  void awaitReady(HttpClient client) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(managementUrl("/q/health/ready")))
            .timeout(Duration.ofSeconds(5))
            .build();
    long deadline = System.nanoTime() + START.toNanos();
    while (!isReady(client, request)) {
      if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
        throw new AssertionError("the service ended: " + Files.readString(log));
      }
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("the service is not ready: " + Files.readString(log));
      }
    }
  }

  private static boolean isReady(HttpClient client, HttpRequest request)
      throws InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** Waits for the process to end by itself and returns its exit code. */
  int awaitEnd() throws InterruptedException {
    if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the service runs");
    }
    return process.exitValue();
  }

  /** SIGKILL: the process gets no chance to do anything more. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor();
    channel.shutdownNow();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    channel.shutdownNow();
  }
}
