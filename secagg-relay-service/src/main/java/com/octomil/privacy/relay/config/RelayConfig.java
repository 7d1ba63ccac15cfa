package com.octomil.privacy.relay.config;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.NotNull;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** Settings of the relay under {@code octomil.relay}. */
@ConfigMapping(prefix = "octomil.relay")
public interface RelayConfig {

  /**
   * File with the 32-byte Ed25519 seed of the enrolment authority, in hexadecimal or base64.
   * Without it the seed is created at the first start and kept in the database.
   */
  Optional<Path> enrollmentAuthorityKeyFile();

  /** How long a device token and the certificate that comes with it are valid. */
  @WithDefault("P90D")
  @NotNull
  Duration deviceTokenLifetime();

  /** How long a device token stays good after the device has got the next one. */
  @WithDefault("PT1H")
  @NotNull
  Duration tokenRotationOverlap();

  /** How long an enrolment code can be used if the operator does not say. */
  @WithDefault("PT24H")
  @NotNull
  Duration enrollmentCodeLifetime();

  /** When a device for which there is no round is told to ask again. Raise it for large fleets. */
  @WithDefault("PT0.5S")
  @NotNull
  Duration checkInRetry();

  /** How often a replica looks for changes that other replicas made and for deadlines. */
  @WithDefault("PT0.1S")
  @NotNull
  Duration watchInterval();

  /**
   * How long after the last deadline of a round the aggregator may report its end. Then the session
   * expires and its secrets are erased. Tickets are valid as long.
   */
  @WithDefault("PT10M")
  @NotNull
  Duration sessionGrace();
}
