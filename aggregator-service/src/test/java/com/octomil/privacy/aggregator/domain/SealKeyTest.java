package com.octomil.privacy.aggregator.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.RoundHash;
import java.security.SecureRandom;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SealKeyTest {
  private static final RoundHash ROUND = RoundHash.of(new byte[] {1});
  private final SecureRandom random = new SecureRandom();

  @Test
  void onlyTheKeyOfTheRoundOpens() {
    byte[] content = new byte[100_000];
    random.nextBytes(content);
    try (SealKey key = SealKey.generate(random);
        SealKey other = SealKey.generate(random)) {
      byte[] sealed = SealKey.seal(ROUND, key.publicKey(), content, random);
      assertThat(key.open(ROUND, sealed)).isEqualTo(content);
      assertThat(SealKey.seal(ROUND, key.publicKey(), content, random)).isNotEqualTo(sealed);
      assertThatThrownBy(() -> other.open(ROUND, sealed))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> key.open(RoundHash.of(new byte[] {2}), sealed))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void changesAreFound() {
    try (SealKey key = SealKey.generate(random)) {
      byte[] sealed = SealKey.seal(ROUND, key.publicKey(), new byte[3], random);
      for (int i = 0; i < sealed.length; i++) {
        byte[] changed = sealed.clone();
        changed[i] ^= 1;
        assertThatThrownBy(() -> key.open(ROUND, changed))
            .as("octet %d", i)
            .isInstanceOf(IllegalArgumentException.class);
        byte[] cut = Arrays.copyOf(sealed, i);
        assertThatThrownBy(() -> key.open(ROUND, cut)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }
}
