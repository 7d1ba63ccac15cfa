package com.octomil.privacy.cli.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** One of the three services that make up the stack. */
public enum Service {
  /** Federations, privacy configurations, API keys and the epsilon ledger. */
  BUDGET("budget-service"),
  /** Device enrolment, check-in, key exchange and the relay of encrypted shares. */
  RELAY("secagg-relay-service"),
  /** Training jobs, rounds, masked sums and models. */
  AGGREGATOR("aggregator-service");

  private final String module;

  Service(String module) {
    this.module = module;
  }

  /**
   * Name of the service and of its folder in the project.
   *
   * @return for example {@code budget-service}
   */
  public String module() {
    return module;
  }

  /**
   * Where the build puts the runnable jar.
   *
   * @param home root folder of the project
   * @return path of the jar, which may not exist
   */
  Path jar(Path home) {
    return home.resolve(module).resolve("target/quarkus-app/quarkus-run.jar");
  }

  /**
   * Where the build puts the native image.
   *
   * @param home root folder of the project
   * @return path of the executable; empty if there is none
   */
  Optional<Path> nativeImage(Path home) {
    Path target = home.resolve(module).resolve("target");
    if (!Files.isDirectory(target)) {
      return Optional.empty();
    }
    try (DirectoryStream<Path> images = Files.newDirectoryStream(target, module + "-*-runner")) {
      for (Path image : images) {
        if (Files.isExecutable(image)) {
          return Optional.of(image);
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
