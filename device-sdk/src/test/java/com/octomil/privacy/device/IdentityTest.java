package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.TransportException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Enrolment and the identity file. */
class IdentityTest {

  @TempDir Path directory;

  @Test
  void anIdentityFromItsFileTakesPartInRounds() throws Exception {
    Path file = directory.resolve("identity");
    try (Fleet fleet = new Fleet(4, 3)) {
      fleet.identity(0).save(file);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      try (DeviceIdentity loaded = DeviceIdentity.load(file)) {
        assertThat(loaded.certificate()).isEqualTo(fleet.identity(0).certificate());
        assertThat(loaded.token()).isEqualTo(fleet.identity(0).token());
        assertThat(loaded.tokenExpiresAt()).isEqualTo(fleet.identity(0).tokenExpiresAt());
        assertThat(loaded.region()).isEqualTo("eu");
        assertThat(loaded.toString()).doesNotContain(loaded.token());
        fleet.server().open(fleet.plan());
        var others = fleet.start(Map.of(), 1);
        FederatedDevice device =
            FederatedDevice.builder()
                .transport(fleet.transport())
                .identity(loaded)
                .trainer((model, instructions) -> new float[model.length])
                .build();
        assertThat(device.participate()).isInstanceOf(Participation.Published.class);
        for (var other : others.values()) {
          assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
        }
      }
    }
  }

  @Test
  void damagedFilesAreRefusedByName() throws Exception {
    Path file = directory.resolve("identity");
    try (Fleet fleet = new Fleet(1, 1)) {
      fleet.identity(0).save(file);
    }
    List<String> lines = Files.readAllLines(file);
    for (String key :
        List.of(
            "seed", "token", "federation", "authority-key", "certificate", "version", "region")) {
      Files.write(file, lines.stream().filter(line -> !line.startsWith(key + "=")).toList());
      assertThatThrownBy(() -> DeviceIdentity.load(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(key);
    }
    Files.write(
        file, lines.stream().map(line -> line.replaceFirst("^seed=.*", "seed=AAAA")).toList());
    assertThatThrownBy(() -> DeviceIdentity.load(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged");
  }

  @Test
  void aRelayWithAnotherAuthorityIsRefused() throws Exception {
    try (Fleet fleet = new Fleet(0, 1)) {
      assertThatThrownBy(() ->
              Enrollment.enroll(
                  fleet.transport(), "code", "eu", Bytes.of(new byte[32]), new SecureRandom()))
          .isInstanceOf(EnrollmentRefusedException.class)
          .hasMessageContaining("pinned");
    }
  }

  @Test
  void aTokenThatTheRelayDoesNotKnowIsReportedAndNotRepeated() throws Exception {
    try (Fleet known = new Fleet(1, 1);
        Fleet other = new Fleet(0, 1)) {
      FederatedDevice stranger = known.device(0, other.transport());
      assertThatThrownBy(stranger::participate)
          .isInstanceOfSatisfying(
              TransportException.class,
              e -> {
                assertThat(e.kind()).isEqualTo(TransportException.Kind.REJECTED);
                assertThat(e)
                    .hasMessageContaining(Step.CHECK_IN.id())
                    .hasMessageContaining("UNAUTHENTICATED");
              });
    }
  }
}
