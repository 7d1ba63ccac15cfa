package com.octomil.privacy.cli.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The profile that {@code octomil up} leaves for other terminals. */
class ProfileTest {

  private static final Map<String, String> HERE =
      Map.of(
          "budget", "http://127.0.0.1:1",
          "relay", "http://localhost:2",
          "aggregator", "http://[::1]:3");

  @TempDir private Path folder;

  private Profile.Saved save(Map<String, String> addresses, String key) throws IOException {
    return Profile.saveLocal(folder.resolve("octomil"), "local", addresses, key);
  }

  private Path file(String name) {
    return folder.resolve("octomil").resolve(name);
  }

  @Test
  void theKeyIsInAFileOfItsOwnThatOnlyTheOwnerReads() throws IOException {
    assertThat(save(HERE, "edg_a")).isEqualTo(Profile.Saved.CREATED);
    assertThat(file("local.key")).hasContent("edg_a");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("local.key"))))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("."))))
        .isEqualTo("rwx------");
    assertThat(file("local.properties")).content().contains("local.key").doesNotContain("edg_a");
  }

  @Test
  void aChangeIsReported() throws IOException {
    save(HERE, "edg_a");
    assertThat(save(HERE, "edg_a")).isEqualTo(Profile.Saved.SAME);
    assertThat(save(HERE, "edg_b")).isEqualTo(Profile.Saved.REPLACED);
    assertThat(file("local.key")).hasContent("edg_b");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("local.key"))))
        .isEqualTo("rw-------");
    assertThat(save(Map.of("budget", "http://127.0.0.1:9"), "edg_b"))
        .isEqualTo(Profile.Saved.REPLACED);
  }

  @Test
  void aProfileOfAnInstallationElsewhereIsLeftAlone() throws IOException {
    save(HERE, "edg_a");
    Path profile = file("local.properties");
    for (String elsewhere :
        new String[] {
          "https://budget.example.org", "http://127.0.0.1.example.org", "http://localhost.example"
        }) {
      Files.writeString(profile, "budget=" + elsewhere + "\n");
      assertThat(save(HERE, "edg_b")).as(elsewhere).isEqualTo(Profile.Saved.OF_ANOTHER);
      assertThat(profile).content().contains(elsewhere);
      assertThat(file("local.key")).hasContent("edg_a");
    }
  }
}
