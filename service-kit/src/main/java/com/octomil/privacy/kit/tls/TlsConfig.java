package com.octomil.privacy.kit.tls;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** TLS of the gRPC listener and of the connections to the other services. */
@ConfigMapping(prefix = "octomil.tls")
public interface TlsConfig {

  /** PEM file with the certificate of this service and the authorities that link it to a root. */
  Optional<Path> certificateFile();

  /** PEM file with the private key of that certificate, as PKCS #8 and not encrypted. */
  Optional<Path> keyFile();

  /** PEM file with the certificate authorities of the other services. */
  Optional<Path> caFile();

  /** How often these files are looked at; a changed certificate serves all new connections. */
  @WithDefault("1m")
  Duration reloadPeriod();
}
