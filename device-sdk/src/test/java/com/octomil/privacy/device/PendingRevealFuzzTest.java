package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.SecretBytes;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a device kept of a round, whole and damaged. */
class PendingRevealFuzzTest {

  private static Bytes filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return Bytes.of(bytes);
  }

  private static HeldShares shares(int value) {
    return new HeldShares(
        new SecretBytes(filled(Shamir.SHARE_BYTES, value).toArray()),
        new SecretBytes(filled(Shamir.SHARE_BYTES, value + 1).toArray()));
  }

  private static PendingReveal sample() {
    SortedMap<Integer, PendingReveal.Held> held = new TreeMap<>();
    held.put(1, new PendingReveal.Held(filled(32, 1), filled(32, 2), Optional.of(shares(3))));
    held.put(3, new PendingReveal.Held(filled(32, 5), filled(32, 6), Optional.empty()));
    BitSet sharers = new BitSet();
    sharers.set(0, 4);
    return new PendingReveal(
        new Ticket(
            filled(90, 7),
            filled(64, 8),
            filled(16, 9),
            filled(32, 10),
            filled(16, 11),
            filled(32, 12),
            Instant.ofEpochMilli(1_767_225_600_000L)),
        new RoundHash(filled(32, 10).toArray()),
        "health",
        filled(32, 13),
        Instant.ofEpochMilli(1_767_225_610_000L),
        Instant.ofEpochMilli(1_767_225_620_000L),
        3,
        2,
        4,
        2,
        filled(32, 14),
        0,
        true,
        sharers,
        sharers,
        new SecretBytes(filled(32, 15).toArray()),
        held);
  }

  @Test
  void nothingIsLostOnTheWay() throws Exception {
    byte[] encoded = sample().encode();
    PendingReveal back = PendingReveal.decode(encoded);
    assertThat(back.encode()).isEqualTo(encoded);
    assertThat(back.held().get(1).shares().orElseThrow().maskKeyShare().reveal()).startsWith(4);
    assertThat(back.held().get(3).shares()).isEmpty();
    assertThat(back.ticket()).isEqualTo(sample().ticket());
  }

  @Test
  void whatAReleaseWithoutGroupsKeptIsStillRead() throws Exception {
    byte[] whole = sample().encode();
    // That release wrote neither the minimum of the group, behind the ticket, the model, the
    // deadlines and the
    // minimum, nor the group itself, behind five more fields.
    int groupMinimum = 4 + 94 + 68 + 20 + 36 + 20 + 36 + 8 + 8 + 36 + 8 + 8 + 4;
    int group = groupMinimum + 4 + 4 + 4 + 36 + 4 + 1;
    ByteBuffer earlier = ByteBuffer.allocate(whole.length - 4 - 5);
    earlier.put(whole, 0, groupMinimum);
    earlier.put(whole, groupMinimum + 4, group - groupMinimum - 4);
    earlier.put(whole, group + 5, whole.length - group - 5);
    earlier.putInt(0, 2);

    PendingReveal back = PendingReveal.decode(earlier.array());
    assertThat(back.groupMinimum()).isEqualTo(back.minimum()).isEqualTo(3);
    assertThat(back.group().cardinality()).isEqualTo(back.cohort()).isEqualTo(4);
    assertThat(back.sharers()).isEqualTo(sample().sharers());
    assertThat(back.held().get(3).shares()).isEmpty();
  }

  @Test
  void whateverIsDamagedIsReadOrRefusedAsDamaged() {
    byte[] whole = sample().encode();
    SplittableRandom random = new SplittableRandom(7);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged =
          random.nextInt(4) == 0
              ? Arrays.copyOf(whole, random.nextInt(whole.length))
              : whole.clone();
      for (int change = random.nextInt(4); change > 0 && damaged.length > 0; change--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        PendingReveal.decode(damaged).close();
      } catch (IOException e) {
        refused++;
        assertThat(e.getMessage() == null || !e.getMessage().isEmpty()).isTrue();
      }
    }
    assertThat(refused).isGreaterThan(4000);
    assertThatCode(() -> PendingReveal.decode(whole)).doesNotThrowAnyException();
  }
}
