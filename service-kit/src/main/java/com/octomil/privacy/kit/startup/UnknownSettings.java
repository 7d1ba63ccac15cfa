package com.octomil.privacy.kit.startup;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses to start with a setting under {@code octomil.} that this service does not have: a
 * mistyped name would leave the default in force without a word.
 */
@ApplicationScoped
public class UnknownSettings {

  private static final int BEFORE_EVERYTHING = 1;
  private static final String KNOWN = "META-INF/octomil-settings.txt";

  private final Config config;
  private final String service;

  UnknownSettings(
      Config config, @ConfigProperty(name = "quarkus.application.name") String service) {
    this.config = config;
    this.service = service;
  }

  void onStart(@Observes @Priority(BEFORE_EVERYTHING) StartupEvent event) {
    List<String> names =
        Stream.concat(
                StreamSupport.stream(config.getConfigSources().spliterator(), false)
                    .flatMap(source -> source.getPropertyNames().stream()),
                System.getenv().keySet().stream())
            .toList();
    Set<String> unknown = unknown(names, known(service));
    if (!unknown.isEmpty()) {
      throw new IllegalStateException(
          "unknown settings: "
              + String.join(", ", unknown)
              + ". docs/CONFIGURATION.md lists those of the "
              + service);
    }
  }

  /**
   * Those of the names, as properties or as environment variables, that no setting has.
   *
   * @param names names of properties and environment variables, of whatever kind
   * @param known names of properties
   */
  static Set<String> unknown(Collection<String> names, Set<String> known) {
    Set<String> variables =
        known.stream().map(UnknownSettings::variable).collect(Collectors.toSet());
    return names.stream()
        .filter(name ->
            name.startsWith("OCTOMIL_")
                ? !variables.contains(name)
                // Environment variables are also listed as properties with dots for underscores.
                : name.startsWith("octomil.") && !variables.contains(variable(name)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The environment variable of a property, by the rule of MicroProfile Config. */
  static String variable(String property) {
    return property.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }

  /**
   * Names of the settings of a service: one line each, the service or {@code all}, and the name.
   */
  static Set<String> known(String service) {
    try (InputStream in = UnknownSettings.class.getClassLoader().getResourceAsStream(KNOWN)) {
      if (in == null) {
        throw new IllegalStateException(KNOWN + " is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .map(line -> line.split(" "))
          .filter(line -> line[0].equals("all") || line[0].equals(service))
          .map(line -> line[1])
          .collect(Collectors.toSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
