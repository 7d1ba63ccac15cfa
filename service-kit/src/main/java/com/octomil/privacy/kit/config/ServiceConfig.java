package com.octomil.privacy.kit.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.Optional;

/** Settings of every service. Defaults stand here alone; whoever injects a value gets them. */
@ConfigMapping(prefix = "octomil")
public interface ServiceConfig {

  /**
   * Region of this service as the pins of federations name it, a DNS label. Without it the service
   * serves no pinned federation.
   */
  Optional<String> region();

  /**
   * File with the secret that all services share: one line of at least 32 printable characters.
   * Required.
   */
  Optional<String> serviceTokenFile();

  /** PostgreSQL. */
  Database database();

  /** Traces. */
  Tracing tracing();

  /** Authentication of callers over REST. */
  Auth auth();

  /** Switches that make the service less safe; each is logged at the start. */
  Insecure insecure();

  /** PostgreSQL. */
  interface Database {

    /** Host of the PostgreSQL server. */
    @WithDefault("127.0.0.1")
    String host();

    /** Port of the PostgreSQL server. */
    @WithDefault("5432")
    @Min(1)
    @Max(65535)
    int port();

    /** Name of the database; the service has a schema of its own in it. */
    @WithDefault("octomil")
    String name();

    /** Role that the service logs in with; it owns the schema. */
    @WithDefault("octomil")
    String username();

    /** Password of that role. A secret: give it as an environment variable. */
    Optional<String> password();
  }

  /** Traces. */
  interface Tracing {

    /** Whether spans are recorded and sent to {@code quarkus.otel.exporter.otlp.endpoint}. */
    @WithDefault("false")
    boolean enabled();

    /** Share of the traces that is recorded, from 0 to 1. */
    @WithDefault("1.0")
    double ratio();
  }

  /** Authentication of callers over REST. */
  interface Auth {

    /** Limits of wrong API keys. */
    Failures failures();

    /** Limits of wrong API keys. */
    interface Failures {

      /** Wrong API keys of one address in a row before it must wait. */
      @WithDefault("60")
      @Min(1)
      int burst();

      /** Wrong API keys of one address that are forgiven in a minute. */
      @WithDefault("60")
      @Min(1)
      int perMinute();
    }
  }

  /** Switches that make the service less safe. */
  interface Insecure {

    /**
     * Lets REST, gRPC, connections to other services and traces leave this host without encryption,
     * because something else, a service mesh for example, encrypts them.
     */
    @WithDefault("false")
    boolean allowPlaintext();
  }
}
