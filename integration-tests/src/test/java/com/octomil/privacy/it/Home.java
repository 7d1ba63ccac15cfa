package com.octomil.privacy.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Where the build put things. */
public final class Home {

  private Home() {}

  /** Root folder of the project. */
  public static Path path() {
    String home = System.getProperty("octomil.home");
    if (home == null) {
      throw new IllegalStateException("the build must set the system property octomil.home");
    }
    return Path.of(home).toAbsolutePath().normalize();
  }

  /** The command line as the launcher runs it, on the JVM of this test. */
  public static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-Doctomil.home=" + path());
    command.add("-jar");
    command.add(path().resolve("cli/target/octomil-cli-" + version() + ".jar").toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private static String version() {
    String version = System.getProperty("octomil.version");
    if (version == null) {
      throw new IllegalStateException("the build must set the system property octomil.version");
    }
    return version;
  }
}
