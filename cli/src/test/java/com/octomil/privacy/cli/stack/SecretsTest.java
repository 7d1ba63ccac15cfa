package com.octomil.privacy.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsTest {

  @TempDir private Path directory;

  @Test
  void filesAreForTheirOwnerOnly() throws Exception {
    Secrets secrets = Secrets.in(directory, new SecureRandom());

    for (Path file :
        new Path[] {
          secrets.serviceTokenFile(), secrets.bootstrapKeyFile(), secrets.auditSigningKeyFile()
        }) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(secrets.apiKey()).matches("edg_[A-Za-z0-9_-]{43}");
    assertThat(Files.readString(secrets.bootstrapKeyFile())).isEqualTo(secrets.apiKey());
    assertThat(Files.readString(secrets.serviceTokenFile())).hasSize(43);
  }

  @Test
  void aSecondStartFindsTheSameSecrets() throws Exception {
    String first = Secrets.in(directory, new SecureRandom()).apiKey();

    assertThat(Secrets.in(directory, new SecureRandom()).apiKey()).isEqualTo(first);
  }
}
