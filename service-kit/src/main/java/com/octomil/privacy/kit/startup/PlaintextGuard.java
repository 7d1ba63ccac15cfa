package com.octomil.privacy.kit.startup;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/**
 * Refuses to start when a listener, or a connection to another service or to the database, would
 * carry plaintext beyond the loopback interface, unless {@code
 * octomil.insecure.allow-plaintext=true} says that something else, a service mesh for example,
 * encrypts it.
 */
@ApplicationScoped
public class PlaintextGuard {

  private static final Logger LOG = Logger.getLogger(PlaintextGuard.class);
  private static final Pattern CLIENT_HOST =
      Pattern.compile("quarkus\\.grpc\\.clients\\.(\"?[^.\"]+\"?)\\.host");
  private static final int BEFORE_EVERYTHING = 1;
  private static final Set<String> ENCRYPTED = Set.of("require", "verify-ca", "verify-full");
  private static final String CERTIFICATE = "octomil.tls.certificate-file";

  private final Config config;

  PlaintextGuard(Config config) {
    this.config = config;
  }

  void onStart(@Observes @Priority(BEFORE_EVERYTHING) StartupEvent event) {
    List<String> exposed = exposed();
    if (exposed.isEmpty()) {
      return;
    }
    if (config.getOptionalValue("octomil.insecure.allow-plaintext", Boolean.class).orElse(false)) {
      LOG.warnf(
          "INSECURE: octomil.insecure.allow-plaintext is on and plaintext leaves this host: %s",
          String.join("; ", exposed));
      return;
    }
    throw new IllegalStateException(
        "refusing to carry plaintext beyond loopback: "
            + String.join("; ", exposed)
            + ". Configure TLS, bind to 127.0.0.1, or set octomil.insecure.allow-plaintext=true if something"
            + " else encrypts this traffic.");
  }

  /**
   * The listeners and connections that would carry plaintext beyond loopback, one sentence each.
   */
  List<String> exposed() {
    List<String> exposed = new ArrayList<>();
    String http = value("quarkus.http.host", "0.0.0.0");
    boolean httpTls =
        isSet("quarkus.http.tls-configuration-name") || isSet("quarkus.http.ssl.certificate.files");
    boolean plainHttpOff = value("quarkus.http.insecure-requests", "enabled").equals("disabled");
    if (!isLoopback(http) && !(httpTls && plainHttpOff)) {
      exposed.add(
          "REST on quarkus.http.host=" + http + " without TLS or with plain HTTP still enabled");
    }
    // With the shared server gRPC is served by the HTTP listener, which has been looked at above.
    boolean separate = value("quarkus.grpc.server.use-separate-server", "true").equals("true");
    String grpc = value("quarkus.grpc.server.host", "0.0.0.0");
    if (separate && !isLoopback(grpc) && !separateServerHasTls()) {
      exposed.add("gRPC on quarkus.grpc.server.host=" + grpc + " without TLS");
    }
    for (String name : config.getPropertyNames()) {
      Matcher client = CLIENT_HOST.matcher(name);
      if (client.matches()) {
        String host = value(name, "localhost");
        if (!isLoopback(host) && !clientHasTls("quarkus.grpc.clients." + client.group(1))) {
          exposed.add("a gRPC client to " + name + "=" + host + " without TLS");
        }
      }
    }
    String database = value("octomil.database.host", "127.0.0.1");
    if (!isLoopback(database) && !databaseHasTls()) {
      exposed.add(
          "PostgreSQL on octomil.database.host="
              + database
              + " without TLS (quarkus.datasource.reactive.postgresql.ssl-mode and"
              + " quarkus.datasource.jdbc.additional-jdbc-properties.sslmode)");
    }
    if (value("octomil.tracing.enabled", "false").equals("true")) {
      String collector =
          value(
              "quarkus.otel.exporter.otlp.traces.endpoint",
              value("quarkus.otel.exporter.otlp.endpoint", "http://localhost:4317"));
      URI endpoint = URI.create(collector.strip());
      if (!"https".equalsIgnoreCase(endpoint.getScheme())
          && !(endpoint.getHost() != null && isLoopback(endpoint.getHost()))) {
        exposed.add("traces to " + collector + " without TLS");
      }
    }
    return exposed;
  }

  /**
   * Whether the separate gRPC server encrypts. It knows nothing of the TLS registry: a {@code
   * tls-configuration-name} on it is ignored, and only these keys count.
   */
  private boolean separateServerHasTls() {
    return isSet(CERTIFICATE)
        || isSet("quarkus.grpc.server.ssl.certificate")
        || isSet("quarkus.grpc.server.ssl.key-store")
        || value("quarkus.grpc.server.plain-text", "true").equals("false");
  }

  /**
   * Whether a gRPC client encrypts: always with the certificate of the service, else as it is told,
   * else if it has a trust store. A {@code tls-configuration-name} alone leaves it in plaintext.
   */
  private boolean clientHasTls(String prefix) {
    if (isSet(CERTIFICATE)) {
      return true;
    }
    boolean plain =
        config
            .getOptionalValue(prefix + ".plain-text", Boolean.class)
            .orElse(!isSet(prefix + ".ssl.trust-store"));
    return !plain && value(prefix + ".negotiation-type", "TLS").equalsIgnoreCase("TLS");
  }

  /** Both clients of the database encrypt: the one that migrates and the one that serves. */
  private boolean databaseHasTls() {
    return ENCRYPTED.contains(value("quarkus.datasource.reactive.postgresql.ssl-mode", "disable"))
        && ENCRYPTED.contains(
            value("quarkus.datasource.jdbc.additional-jdbc-properties.sslmode", "prefer"));
  }

  private String value(String name, String ifAbsent) {
    return config.getOptionalValue(name, String.class).orElse(ifAbsent);
  }

  private boolean isSet(String name) {
    return config.getOptionalValue(name, String.class).isPresent();
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
