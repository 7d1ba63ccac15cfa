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
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses to start with an environment variable {@code OCTOMIL_...} that is no setting of this
 * service: a mistyped one would leave the default in force without a word. Mistyped properties are
 * refused by the mappings themselves.
 */
@ApplicationScoped
public class UnknownSettings {

  private static final int BEFORE_EVERYTHING = 1;
  private static final String KNOWN = "META-INF/octomil-settings.txt";

  private final String service;

  UnknownSettings(@ConfigProperty(name = "quarkus.application.name") String service) {
    this.service = service;
  }

  void onStart(@Observes @Priority(BEFORE_EVERYTHING) StartupEvent event) {
    Set<String> unknown = unknown(System.getenv().keySet(), known(service));
    if (!unknown.isEmpty()) {
      throw new IllegalStateException(
          "unknown settings: "
              + String.join(", ", unknown)
              + ". docs/CONFIGURATION.md lists those of the "
              + service);
    }
  }

  /**
   * Those of our variables that no setting has.
   *
   * @param variables names of all environment variables
   * @param known names of properties
   */
  static Set<String> unknown(Collection<String> variables, Set<String> known) {
    Set<String> names = known.stream().map(UnknownSettings::variable).collect(Collectors.toSet());
    return variables.stream()
        .filter(variable -> variable.startsWith("OCTOMIL_") && !names.contains(variable))
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
