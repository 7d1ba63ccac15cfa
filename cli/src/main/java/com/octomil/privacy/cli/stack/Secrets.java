package com.octomil.privacy.cli.stack;

import com.octomil.privacy.audit.SigningKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/**
 * The secrets of a stack: 256 random bits each, and a key for the audit log, in files that only
 * their owner can read. They are made once; a stack on an existing work directory finds its own
 * again.
 */
final class Secrets {

  private static final int BYTES = 32;
  private static final String API_KEY_PREFIX = "edg_";

  private final Path serviceTokenFile;
  private final Path bootstrapKeyFile;
  private final Path auditSigningKeyFile;
  private final String apiKey;

  private Secrets(
      Path serviceTokenFile, Path bootstrapKeyFile, Path auditSigningKeyFile, String apiKey) {
    this.serviceTokenFile = serviceTokenFile;
    this.bootstrapKeyFile = bootstrapKeyFile;
    this.auditSigningKeyFile = auditSigningKeyFile;
    this.apiKey = apiKey;
  }

  static Secrets in(Path directory, SecureRandom random) throws IOException {
    Files.createDirectories(directory);
    Path token = directory.resolve("service-token");
    Path key = directory.resolve("bootstrap-admin-key");
    Path signingKey = directory.resolve("audit-signing-key.pem");
    readOrCreate(token, "", random);
    if (!Files.exists(signingKey)) {
      write(signingKey, SigningKey.generatePem());
    }
    return new Secrets(token, key, signingKey, readOrCreate(key, API_KEY_PREFIX, random));
  }

  private static String readOrCreate(Path file, String prefix, SecureRandom random)
      throws IOException {
    if (Files.exists(file)) {
      return Files.readString(file, StandardCharsets.US_ASCII).strip();
    }
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String secret = prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    write(file, secret);
    return secret;
  }

  private static void write(Path file, String secret) throws IOException {
    // Created with its final permissions: there is no moment at which others could read it.
    try (var channel =
        Files.newByteChannel(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      channel.write(StandardCharsets.US_ASCII.encode(secret));
    }
  }

  Path serviceTokenFile() {
    return serviceTokenFile;
  }

  Path bootstrapKeyFile() {
    return bootstrapKeyFile;
  }

  Path auditSigningKeyFile() {
    return auditSigningKeyFile;
  }

  String apiKey() {
    return apiKey;
  }
}
