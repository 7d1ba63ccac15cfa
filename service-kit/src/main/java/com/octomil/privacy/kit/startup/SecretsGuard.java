package com.octomil.privacy.kit.startup;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Properties;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Refuses to start with a password of a database on another host among the Java properties: those
 * stand on the command line, where every user of the machine can read them.
 */
@ApplicationScoped
public class SecretsGuard {

  private static final int BEFORE_EVERYTHING = 1;
  private static final List<String> SECRETS =
      List.of(
          "octomil.database.password",
          "quarkus.datasource.password",
          "quarkus.datasource.reactive.password",
          "quarkus.datasource.jdbc.password");

  private final String databaseHost;

  SecretsGuard(@ConfigProperty(name = "octomil.database.host") String databaseHost) {
    this.databaseHost = databaseHost;
  }

  void onStart(@Observes @Priority(BEFORE_EVERYTHING) StartupEvent event) {
    check(System.getProperties());
  }

  /**
   * Looks at properties.
   *
   * @throws IllegalStateException naming the first secret among them
   */
  void check(Properties properties) {
    if (isLoopback(databaseHost)) {
      return;
    }
    for (String secret : SECRETS) {
      if (properties.getProperty(secret) != null) {
        throw new IllegalStateException(
            secret
                + " is a Java property, which other users of this machine can read; give it as the environment"
                + " variable "
                + UnknownSettings.variable(secret));
      }
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
