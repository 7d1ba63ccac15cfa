package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs of other languages, as processes. */
final class Tools {

  /** Set where their absence must not go unnoticed. */
  private static final String REQUIRED = "IT_TOOLS_REQUIRED";

  private Tools() {}

  /**
   * Skips the test if a command does not succeed, because something is not installed; fails where
   * {@value #REQUIRED} is true.
   *
   * @param packages what to install
   */
  static void require(String packages, String... command) {
    boolean there;
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      there = finished(process, Duration.ofSeconds(30)) && process.exitValue() == 0;
    } catch (IOException e) {
      there = false;
    }
    String missing = "`" + String.join(" ", command) + "` does not run; install " + packages;
    if (!there && Boolean.parseBoolean(System.getenv(REQUIRED))) {
      fail(missing);
    }
    assumeTrue(there, missing);
  }

  /**
   * Runs a command to its end, which must be a success, and returns what it printed.
   *
   * @param environment added to that of this process
   */
  static String run(
      Path folder, Map<String, String> environment, Duration patience, List<String> command) {
    try {
      Path output = Files.createTempFile("octomil-it", ".out");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        boolean finished = finished(process, patience);
        String printed = Files.readString(output);
        assertThat(finished).as("%s ends: %s", command, printed).isTrue();
        assertThat(process.exitValue()).as("%s: %s", command, printed).isZero();
        return printed;
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(String.join(" ", command), e);
    }
  }

  private static boolean finished(Process process, Duration patience) {
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
