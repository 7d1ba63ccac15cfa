package com.octomil.privacy.budget.test;

import com.octomil.privacy.audit.SigningKey;
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

  /** The key that signs checkpoints, one for all tests: their database is the same. */
  public static final String SIGNING_KEY = SigningKey.generatePem();

  @Override
  public Map<String, String> start() {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path file = Files.createTempFile("bootstrap-key", ".txt");
      file.toFile().deleteOnExit();
      Files.writeString(file, ADMIN_KEY + "\n");
      Path signingKey = Files.createTempFile("audit-signing-key", ".pem");
      signingKey.toFile().deleteOnExit();
      Files.writeString(signingKey, SIGNING_KEY);
      return Map.of(
          "octomil.budget.bootstrap-key-file",
          file.toString(),
          "octomil.budget.audit.signing-key-file",
          signingKey.toString(),
          "quarkus.grpc.server.test-port",
          Integer.toString(probe.getLocalPort()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {}
}
