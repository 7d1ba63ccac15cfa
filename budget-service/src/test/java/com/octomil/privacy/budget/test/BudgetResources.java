package com.octomil.privacy.budget.test;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A bootstrap key and a free port for gRPC. */
public class BudgetResources implements QuarkusTestResourceLifecycleManager {

  /** The administrator's key. */
  public static final String ADMIN_KEY = "edg_" + "Ab1-_".repeat(8) + "xyz";

  @Override
  public Map<String, String> start() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path file = Files.createTempFile("bootstrap-key", ".txt");
      file.toFile().deleteOnExit();
      Files.writeString(file, ADMIN_KEY + "\n");
      return Map.of(
          "octomil.budget.bootstrap-key-file",
          file.toString(),
          "quarkus.grpc.server.test-port",
          Integer.toString(probe.getLocalPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {}
}
