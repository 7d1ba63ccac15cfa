package com.octomil.privacy.kit.grpc;

import io.grpc.Metadata;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * The secret by which our services know one another, beside mutual TLS. It is read once from the
 * file named by {@code octomil.service-token-file}; without that file the service refuses to start.
 */
@Startup
@Singleton
public class ServiceToken {

  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("x-octomil-service-token", Metadata.ASCII_STRING_MARSHALLER);

  private static final int MIN_LENGTH = 32;

  private final byte[] token;

  ServiceToken(@ConfigProperty(name = "octomil.service-token-file") Optional<String> file) {
    if (file.isEmpty()) {
      throw new IllegalStateException(
          "octomil.service-token-file is not set: name a file with a secret of at least "
              + MIN_LENGTH
              + " characters that all services share");
    }
    String text;
    try {
      text = Files.readString(Path.of(file.get()), StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new IllegalStateException(
          "octomil.service-token-file: cannot read '" + file.get() + "'", e);
    }
    if (text.length() < MIN_LENGTH || !text.chars().allMatch(c -> c > ' ' && c < 127)) {
      throw new IllegalStateException(
          "octomil.service-token-file: '"
              + file.get()
              + "' must hold one line of at least "
              + MIN_LENGTH
              + " printable ASCII characters");
    }
    this.token = text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The value to send. */
  String value() {
    return new String(token, StandardCharsets.US_ASCII);
  }

  /** Whether a received value is the token; takes the same time wherever they differ. */
  boolean matches(@Nullable String received) {
    return received != null
        && MessageDigest.isEqual(token, received.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public String toString() {
    return "ServiceToken[hidden]";
  }
}
