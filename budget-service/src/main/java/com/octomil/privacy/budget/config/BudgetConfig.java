package com.octomil.privacy.budget.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of the budget service. */
@ConfigMapping(prefix = "octomil.budget")
public interface BudgetConfig {

  /**
   * File with the first administrator's API key: {@code edg_} and 43 base64url characters on one
   * line. Its hash is stored at start. Without it the service starts, and only keys that exist
   * already are good.
   */
  Optional<Path> bootstrapKeyFile();

  /** The audit log. */
  Audit audit();

  /** The audit log. */
  interface Audit {

    /**
     * File with the Ed25519 private key that signs checkpoints of the audit log, in PEM (PKCS #8).
     * Required. To change the key, put the new one before the old one in this file: the old one
     * then vouches for it.
     */
    Optional<Path> signingKeyFile();

    /**
     * Insecure: without a file, makes a key and keeps it in the database, where whoever rules the
     * database can sign a forged log.
     */
    @WithDefault("false")
    boolean keyInDatabase();

    /** How often chains that have grown get a checkpoint. */
    @WithDefault("PT1H")
    @NotNull
    Duration checkpointInterval();
  }

  /** The dashboard. */
  Dashboard dashboard();

  /** The dashboard. */
  interface Dashboard {

    /** Whether {@code /dashboard/} is served. */
    @WithDefault("true")
    boolean enabled();

    /**
     * Addresses of the aggregators' REST API as browsers reach them, such as {@code
     * https://training.example.com}: scheme, host and port. The dashboard takes the first one that
     * serves the federation. Without any it calls its own address, for a proxy that serves all
     * services at one. The aggregators must allow the dashboard's origin, by {@code
     * quarkus.http.cors.enabled} and {@code quarkus.http.cors.origins}.
     */
    Optional<List<URI>> aggregatorUrls();

    /** The same for relays. */
    Optional<List<URI>> relayUrls();
  }
}
