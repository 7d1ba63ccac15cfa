package com.octomil.privacy.secagg.keyagreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.RoundHash;
import java.security.SecureRandom;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ShareCipherTest {
  private final SecureRandom random = new SecureRandom();
  private final RoundHash roundHash = RoundHash.of(new byte[] {7});
  private final X25519KeyPair alice = X25519KeyPair.generate(random);
  private final X25519KeyPair bob = X25519KeyPair.generate(random);
  private final byte[] plaintext = new byte[80];

  private byte[] seal(byte[] text) {
    return ShareCipher.seal(roundHash, alice, bob.publicKey(), 3, 5, text);
  }

  @Test
  void opensWhatWasSealed() throws Exception {
    random.nextBytes(plaintext);
    byte[] sealed = seal(plaintext);
    assertThat(sealed).hasSize(80 + ShareCipher.OVERHEAD_BYTES);
    assertThat(ShareCipher.open(roundHash, bob, alice.publicKey(), 3, 5, sealed))
        .isEqualTo(plaintext);
  }

  @Test
  void repeatingGivesTheSameBytesAndAnotherPlaintextAnotherNonce() {
    byte[] other = plaintext.clone();
    other[0] ^= 1;
    assertThat(seal(plaintext)).isEqualTo(seal(plaintext));
    assertThat(Arrays.copyOf(seal(plaintext), 12)).isNotEqualTo(Arrays.copyOf(seal(other), 12));
  }

  @Test
  void everythingIsBound() {
    byte[] sealed = seal(plaintext);
    RoundHash otherRound = RoundHash.of(new byte[] {8});
    X25519KeyPair carol = X25519KeyPair.generate(random);
    assertRefused(otherRound, bob, alice.publicKey(), 3, 5, sealed);
    assertRefused(roundHash, bob, alice.publicKey(), 5, 3, sealed);
    assertRefused(roundHash, bob, alice.publicKey(), 3, 6, sealed);
    assertRefused(roundHash, bob, alice.publicKey(), 2, 5, sealed);
    assertRefused(roundHash, carol, alice.publicKey(), 3, 5, sealed);
    assertRefused(roundHash, bob, carol.publicKey(), 3, 5, sealed);
    // Reflected to its sender.
    assertRefused(roundHash, alice, bob.publicKey(), 3, 5, sealed);
    assertRefused(roundHash, bob, new byte[32], 3, 5, sealed);
    for (int length = 0; length < sealed.length; length++) {
      assertRefused(roundHash, bob, alice.publicKey(), 3, 5, Arrays.copyOf(sealed, length));
    }
    for (int i = 0; i < sealed.length; i++) {
      byte[] altered = sealed.clone();
      altered[i] ^= 0x40;
      assertRefused(roundHash, bob, alice.publicKey(), 3, 5, altered);
    }
  }

  private static void assertRefused(
      RoundHash roundHash, X25519KeyPair own, byte[] peer, int from, int to, byte[] sealed) {
    assertThatThrownBy(() -> ShareCipher.open(roundHash, own, peer, from, to, sealed))
        .isInstanceOf(AuthenticationFailedException.class);
  }
}
