package com.octomil.privacy.relay.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShareBundleTest {

  private static final int[] NEIGHBOURS = {1, 4, 7};

  private static EncryptedShare share(int from, int to, int length) {
    byte[] ciphertext = new byte[length];
    Arrays.fill(ciphertext, (byte) to);
    return new EncryptedShare(from, to, Bytes.of(ciphertext));
  }

  private static List<EncryptedShare> good() {
    return new ArrayList<>(
        List.of(
            share(2, 7, ShareBundle.CIPHERTEXT_BYTES),
            share(2, 1, ShareBundle.CIPHERTEXT_BYTES),
            share(2, 4, ShareBundle.CIPHERTEXT_BYTES)));
  }

  private static String fieldRefused(List<EncryptedShare> shares) {
    RefusedException refusal =
        catchThrowableOfType(
            RefusedException.class, () -> ShareBundle.collect(2, NEIGHBOURS, shares));
    assertThat(refusal).isNotNull();
    return String.valueOf(refusal.field());
  }

  @Test
  void ciphertextsLieByRisingReceiver() {
    byte[] all = ShareBundle.collect(2, NEIGHBOURS, good()).ciphertexts().toArray();
    assertThat(all).hasSize(3 * 108);
    for (int neighbour : NEIGHBOURS) {
      int offset = ShareBundle.offset(NEIGHBOURS, neighbour);
      assertThat(Arrays.copyOfRange(all, offset, offset + 108)).containsOnly(neighbour);
    }
  }

  @Test
  void everyNeighbourGetsExactlyOne() {
    assertThat(fieldRefused(List.of())).isEqualTo("shares");
    assertThat(fieldRefused(good().subList(0, 2))).isEqualTo("shares");
    List<EncryptedShare> tooMany = good();
    tooMany.add(share(2, 4, 108));
    assertThat(fieldRefused(tooMany)).isEqualTo("shares");
    List<EncryptedShare> twice = good();
    twice.set(2, share(2, 7, 108));
    assertThat(fieldRefused(twice)).isEqualTo("shares[2].to_index");
    List<EncryptedShare> stranger = good();
    stranger.set(1, share(2, 3, 108));
    assertThat(fieldRefused(stranger)).isEqualTo("shares[1].to_index");
    List<EncryptedShare> negative = good();
    negative.set(1, share(2, -1, 108));
    assertThat(fieldRefused(negative)).isEqualTo("shares[1].to_index");
  }

  @Test
  void sharesAreFromTheSenderAndOfTheRightLength() {
    List<EncryptedShare> foreign = good();
    foreign.set(0, share(3, 7, 108));
    assertThat(fieldRefused(foreign)).isEqualTo("shares[0].from_index");
    for (int length : new int[] {0, 107, 109}) {
      List<EncryptedShare> wrong = good();
      wrong.set(0, share(2, 7, length));
      assertThat(fieldRefused(wrong)).isEqualTo("shares[0].ciphertext");
    }
  }
}
