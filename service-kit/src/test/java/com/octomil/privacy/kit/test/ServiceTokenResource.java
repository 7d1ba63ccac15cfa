package com.octomil.privacy.kit.test;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A service token file for tests. */
public class ServiceTokenResource implements QuarkusTestResourceLifecycleManager {

  /** The token in the file. */
  public static final String TOKEN = "test-service-token-of-more-than-32-characters";

  @Override
  public Map<String, String> start() {
    try {
      Path file = Files.createTempFile("service-token", ".txt");
      file.toFile().deleteOnExit();
      Files.writeString(file, TOKEN);
      return Map.of("octomil.service-token-file", file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {}
}
