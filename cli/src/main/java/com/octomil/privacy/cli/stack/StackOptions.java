package com.octomil.privacy.cli.stack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How to run a stack.
 *
 * @param home root folder of the project, under which the services are built
 * @param workDirectory where data, logs and secrets go; absent: a new folder for temporary files,
 *     removed at the end unless something failed
 * @param startTimeout how long a service may take until it is ready
 * @param jvmOptions further options of the JVM of every service
 * @param nativeImages whether the services run from their native images instead of on a JVM
 * @param properties further configuration properties by service
 */
public record StackOptions(
    Path home,
    Optional<Path> workDirectory,
    Duration startTimeout,
    List<String> jvmOptions,
    boolean nativeImages,
    Map<Service, Map<String, String>> properties) {

  /** The system property in which the launcher passes the root folder of the project. */
  public static final String HOME_PROPERTY = "octomil.home";

  /** Copies and validates. */
  public StackOptions {
    if (startTimeout.isNegative() || startTimeout.isZero()) {
      throw new IllegalArgumentException(
          "startTimeout is " + startTimeout + "; it must be positive");
    }
    jvmOptions = List.copyOf(jvmOptions);
    Map<Service, Map<String, String>> copy = new EnumMap<>(Service.class);
    properties.forEach((service, own) -> copy.put(service, Map.copyOf(own)));
    properties = Map.copyOf(copy);
  }

  /**
   * Options with defaults for the project that the launcher belongs to.
   *
   * @return options for a temporary stack
   * @throws StackException if the launcher did not pass the root folder
   */
  public static StackOptions fromLauncher() throws StackException {
    String home = System.getProperty(HOME_PROPERTY);
    if (home == null || home.isBlank()) {
      throw new StackException(
          "the system property "
              + HOME_PROPERTY
              + " is not set; run the command through the octomil script or pass -D"
              + HOME_PROPERTY
              + "=<root folder of the project>");
    }
    return in(Path.of(home));
  }

  /**
   * Options with defaults.
   *
   * @param home root folder of the project
   * @return options for a temporary stack
   */
  public static StackOptions in(Path home) {
    return new StackOptions(
        home.toAbsolutePath().normalize(),
        Optional.empty(),
        Duration.ofMinutes(4),
        List.of(),
        false,
        Map.of());
  }

  /**
   * Runs the services from the native images that {@code mvn package -Dnative} made, or on a JVM.
   *
   * @param wanted whether from images
   * @return a copy with that choice
   */
  public StackOptions withNativeImages(boolean wanted) {
    return new StackOptions(home, workDirectory, startTimeout, jvmOptions, wanted, properties);
  }

  /**
   * Keeps data, logs and secrets in a folder of the caller's.
   *
   * @param directory created if missing
   * @return a copy with that folder
   */
  public StackOptions withWorkDirectory(Path directory) {
    return new StackOptions(
        home,
        Optional.of(directory.toAbsolutePath().normalize()),
        startTimeout,
        jvmOptions,
        nativeImages,
        properties);
  }

  /**
   * Adds configuration properties of one service.
   *
   * @param service the service they are for
   * @param more the properties; they win over earlier ones
   * @return a copy with them
   */
  public StackOptions withProperties(Service service, Map<String, String> more) {
    Map<Service, Map<String, String>> merged = new EnumMap<>(Service.class);
    merged.putAll(properties);
    Map<String, String> own = new HashMap<>(merged.getOrDefault(service, Map.of()));
    own.putAll(more);
    merged.put(service, own);
    return new StackOptions(home, workDirectory, startTimeout, jvmOptions, nativeImages, merged);
  }

  /**
   * Adds options of the JVM of every service.
   *
   * @param more for example {@code -Xmx512m}; they win over the defaults
   * @return a copy with them
   */
  public StackOptions withJvmOptions(List<String> more) {
    List<String> all = new ArrayList<>(jvmOptions);
    all.addAll(more);
    return new StackOptions(home, workDirectory, startTimeout, all, nativeImages, properties);
  }
}
