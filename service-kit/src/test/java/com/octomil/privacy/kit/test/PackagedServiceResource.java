package com.octomil.privacy.kit.test;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;

/**
 * Free ports for a service that runs as it is shipped: in a process of its own, jar or native
 * image.
 */
public class PackagedServiceResource implements QuarkusTestResourceLifecycleManager {

  private static int grpc;
  private static int management;

  @Override
  public Map<String, String> start() {
    try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ServerSocket second = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      grpc = first.getLocalPort();
      management = second.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.of(
        "quarkus.grpc.server.port", Integer.toString(grpc),
        "quarkus.management.port", Integer.toString(management),
        "quarkus.log.console.json.enabled", "false");
  }

  @Override
  public void stop() {}

  /** Port of its gRPC server. */
  public static int grpcPort() {
    return grpc;
  }

  /** Base address of health and metrics. */
  public static String management() {
    return "http://127.0.0.1:" + management;
  }
}
