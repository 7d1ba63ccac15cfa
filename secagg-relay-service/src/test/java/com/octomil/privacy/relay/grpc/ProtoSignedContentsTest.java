package com.octomil.privacy.relay.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.relay.domain.AbortReason;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.CertificateClaims;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.TicketClaims;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ProtoSignedContentsTest {

  private final ProtoSignedContents contents = new ProtoSignedContents();

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void claimsSurviveTheWire() {
    TicketClaims ticket =
        new TicketClaims(
            RoundId.of(filled(16, 1)),
            Bytes.of(filled(32, 2)),
            ParticipantId.of(filled(16, 3)),
            Bytes.of(filled(32, 4)),
            Instant.ofEpochMilli(1_790_000_000_123L));
    assertThat(contents.readTicket(contents.write(ticket))).isEqualTo(ticket);
    CertificateClaims certificate =
        new CertificateClaims(
            Bytes.of(filled(32, 5)),
            new FederationName("clinic"),
            Instant.ofEpochMilli(1),
            Instant.ofEpochMilli(2));
    assertThat(contents.readCertificate(contents.write(certificate))).isEqualTo(certificate);
  }

  @Test
  void otherBytesAreRefused() {
    Bytes noMessage = Bytes.of(filled(40, 0xff));
    assertThatThrownBy(() -> contents.readTicket(noMessage)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> contents.readCertificate(noMessage))
        .isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> contents.readTicket(Bytes.of(new byte[0])))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void everyReasonToAbortSurvivesTheWire() {
    for (AbortReason reason : AbortReason.values()) {
      assertThat(Messages.toDomain(Messages.toProto(reason))).isEqualTo(reason);
    }
  }

  @Test
  void nobodyWaitsLongerThanTheContractAllows() {
    assertThat(Messages.waitOf(0)).isEqualTo(Duration.ZERO);
    assertThat(Messages.waitOf(19_999)).isEqualTo(Duration.ofMillis(19_999));
    assertThat(Messages.waitOf(60_000)).isEqualTo(Duration.ofSeconds(20));
    // 4,294,967,295 on the wire.
    assertThat(Messages.waitOf(-1)).isEqualTo(Duration.ofSeconds(20));
  }
}
