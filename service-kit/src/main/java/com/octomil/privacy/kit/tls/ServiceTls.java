package com.octomil.privacy.kit.tls;

import io.quarkus.arc.Unremovable;
import io.quarkus.grpc.spi.GrpcBuilderProvider;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The certificate of this service towards other services and devices, renewed from its files
 * without a restart.
 *
 * <p>Thread-safe.
 */
@Startup
@ApplicationScoped
@Unremovable
public class ServiceTls {

  private static final Logger LOG = Logger.getLogger(ServiceTls.class);

  private final Optional<ReloadingCredentials> credentials;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("tls-watch").daemon().factory());

  /**
   * Reads the files, if any are configured.
   *
   * @throws IllegalStateException if only some of the three are, or if they cannot be used; the
   *     message names the setting or the file
   */
  ServiceTls(TlsConfig config) {
    credentials = read(config);
    if (credentials.isPresent()) {
      requireTlsChannels();
    }
    credentials.ifPresent(reloading -> {
      long millis = Math.max(1, config.reloadPeriod().toMillis());
      var unused =
          watch.scheduleWithFixedDelay(
              () -> reload(reloading), millis, millis, TimeUnit.MILLISECONDS);
    });
  }

  /**
   * Without them clients would fall back to plaintext, and send the token of the services in it.
   */
  private static void requireTlsChannels() {
    if (ServiceLoader.load(GrpcBuilderProvider.class).stream()
        .noneMatch(provider -> provider.type() == TlsChannels.class)) {
      throw new IllegalStateException(
          "octomil.tls.certificate-file is set, but this build cannot make TLS connections");
    }
  }

  /** The certificate and whom to trust; empty without {@code octomil.tls.certificate-file}. */
  Optional<ReloadingCredentials> credentials() {
    return credentials;
  }

  private static Optional<ReloadingCredentials> read(TlsConfig config) {
    if (config.certificateFile().isEmpty()
        && config.keyFile().isEmpty()
        && config.caFile().isEmpty()) {
      return Optional.empty();
    }
    Path certificate = require("octomil.tls.certificate-file", config.certificateFile());
    Path key = require("octomil.tls.key-file", config.keyFile());
    Path authorities = require("octomil.tls.ca-file", config.caFile());
    try {
      return Optional.of(new ReloadingCredentials(certificate, key, authorities));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("TLS cannot be set up: " + e, e);
    }
  }

  private static Path require(String setting, Optional<Path> value) {
    return value.orElseThrow(() ->
        new IllegalStateException(
            setting
                + " is not set; octomil.tls.certificate-file, octomil.tls.key-file and"
                + " octomil.tls.ca-file belong together"));
  }

  private static void reload(ReloadingCredentials credentials) {
    try {
      if (credentials.reload()) {
        LOG.info("a renewed certificate is in use for new connections");
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      LOG.warnf("the certificate on disk cannot be used, the one before stays: %s", e.toString());
    }
  }

  void stop(@Observes ShutdownEvent event) {
    watch.shutdownNow();
  }
}
