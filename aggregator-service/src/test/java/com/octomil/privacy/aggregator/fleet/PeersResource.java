package com.octomil.privacy.aggregator.fleet;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;

/**
 * Lets the stand-ins for the peers be served by the gRPC server of the service under test, on a
 * free port.
 */
public class PeersResource implements QuarkusTestResourceLifecycleManager {

  @Override
  public Map<String, String> start() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(socket.getLocalPort());
      return Map.of(
          "quarkus.grpc.server.test-port",
          port,
          "quarkus.grpc.clients.budget.port",
          port,
          "quarkus.grpc.clients.relay.port",
          port,
          "quarkus.http.test-port",
          "0",
          "quarkus.management.test-port",
          "0",
          "test.grpc-port",
          port,
          "octomil.aggregator.progress-streams",
          "3",
          "octomil.aggregator.max-group-size",
          "12",
          "octomil.aggregator.max-model-bytes",
          "4096",
          "octomil.aggregator.upload-bytes-in-flight",
          "8192");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {}
}
