package com.octomil.privacy.secagg.masking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.RingWidth;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MaskSumPropertyTest {
  private final SecureRandom random = new SecureRandom();

  /** One call of the cipher over the whole length, as the protocol describes it. */
  private static int[] naive(byte[] key, int length, int bits) throws Exception {
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[16]));
    ByteBuffer stream =
        ByteBuffer.wrap(cipher.doFinal(new byte[4 * length])).order(ByteOrder.LITTLE_ENDIAN);
    int[] mask = new int[length];
    for (int i = 0; i < length; i++) {
      mask[i] = stream.getInt() & RingWidth.mask(bits);
    }
    return mask;
  }

  private byte[] key() {
    byte[] key = new byte[16];
    random.nextBytes(key);
    return key;
  }

  @Property(tries = 60)
  void equalsTheNaiveSum(
      @ForAll @IntRange(min = 1, max = 9000) int length,
      @ForAll @IntRange(min = 1, max = 32) int bits,
      @ForAll @IntRange(min = 0, max = 9) int added,
      @ForAll @IntRange(min = 0, max = 9) int subtracted,
      @ForAll StreamAddition addition)
      throws Exception {
    int[] vector = random.ints(length).toArray();
    int[] expected = vector.clone();
    try (MaskSum masks = new MaskSum(bits, addition)) {
      for (int m = 0; m < added + subtracted; m++) {
        byte[] key = key();
        int[] mask = naive(key, length, bits);
        for (int i = 0; i < length; i++) {
          expected[i] += m < added ? mask[i] : -mask[i];
        }
        masks.add(key, m >= added);
      }
      masks.apply(vector, 1);
    }
    RingVector.reduce(expected, bits);
    assertThat(vector).isEqualTo(expected);
  }

  @Example
  void columnRangesInParallelGiveTheSame() throws Exception {
    // Not a multiple of anything, and enough for several ranges.
    int length = 300_007;
    byte[][] keys = new byte[150][];
    try (MaskSum one = new MaskSum(23);
        MaskSum many = new MaskSum(23)) {
      for (int i = 0; i < keys.length; i++) {
        keys[i] = key();
        one.add(keys[i].clone(), i % 3 == 0);
        many.add(keys[i].clone(), i % 3 == 0);
      }
      int[] first = new int[length];
      int[] second = new int[length];
      one.apply(first, 1);
      many.apply(second, 7);
      assertThat(second).isEqualTo(first);
      int[] expected = new int[length];
      for (int i = 0; i < keys.length; i++) {
        int[] mask = naive(keys[i], length, 32);
        for (int c = 0; c < length; c++) {
          expected[c] += i % 3 == 0 ? -mask[c] : mask[c];
        }
      }
      RingVector.reduce(expected, 23);
      assertThat(first).isEqualTo(expected);
    }
  }

  @Property(tries = 50)
  void pairMasksCancel(
      @ForAll @IntRange(min = 1, max = 300) int length,
      @ForAll @IntRange(min = 1, max = 32) int bits) {
    RoundHash roundHash = RoundHash.of(new byte[] {9});
    X25519KeyPair first = X25519KeyPair.generate(random);
    X25519KeyPair second = X25519KeyPair.generate(random);
    int[] a = new int[length];
    int[] b = new int[length];
    try (DeviceMasker masker = new DeviceMasker(roundHash, bits)) {
      masker.addPairMask(first, 2, second.publicKey(), 11);
      masker.apply(a);
    }
    try (DeviceMasker masker = new DeviceMasker(roundHash, bits)) {
      masker.addPairMask(second, 11, first.publicKey(), 2);
      masker.apply(b);
    }
    RingVector.addInto(a, b, bits);
    assertThat(a).containsOnly(0);
  }

  @Example
  void masksDependOnRoundAndBothEnds() {
    X25519KeyPair first = X25519KeyPair.generate(random);
    X25519KeyPair second = X25519KeyPair.generate(random);
    RoundHash round = RoundHash.of(new byte[] {1});
    byte[] key = MaskKeys.pair(round, first, 2, second.publicKey(), 11);
    assertThat(MaskKeys.pair(round, second, 11, first.publicKey(), 2)).isEqualTo(key);
    assertThat(MaskKeys.pair(RoundHash.of(new byte[] {2}), first, 2, second.publicKey(), 11))
        .isNotEqualTo(key);
    assertThat(MaskKeys.pair(round, first, 2, second.publicKey(), 12)).isNotEqualTo(key);
    assertThat(MaskKeys.pair(round, first, 3, second.publicKey(), 11)).isNotEqualTo(key);
    assertThatThrownBy(() -> MaskKeys.pair(round, first, 2, second.publicKey(), 2))
        .hasMessage("device 2 has no mask with itself");
    byte[] seed = new byte[32];
    assertThat(MaskKeys.self(round, seed))
        .isNotEqualTo(MaskKeys.self(RoundHash.of(new byte[] {2}), seed));
  }

  @Example
  void commitmentsOpenOnlyWithTheSeed() {
    RoundHash round = RoundHash.of(new byte[] {1});
    byte[] seed = new byte[32];
    byte[] commitment = SelfMask.commit(round, seed);
    assertThat(SelfMask.opens(round, commitment, seed)).isTrue();
    assertThat(SelfMask.opens(RoundHash.of(new byte[] {2}), commitment, seed)).isFalse();
    assertThat(SelfMask.opens(round, commitment, new byte[31])).isFalse();
    seed[31] = 1;
    assertThat(SelfMask.opens(round, commitment, seed)).isFalse();
  }

  @Example
  void signedRepresentatives() {
    assertThat(RingVector.toSigned(new int[] {0, 1, 3, 4, 7}, 3)).containsExactly(0, 1, 3, -4, -1);
    assertThat(RingVector.toSigned(new int[] {0, 1}, 1)).containsExactly(0, -1);
    assertThat(RingVector.toSigned(new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1}, 32))
        .containsExactly(Integer.MAX_VALUE, Integer.MIN_VALUE, -1);
    assertThatThrownBy(() -> RingVector.addInto(new int[2], new int[3], 8))
        .hasMessage("vector has 3 coordinates; the sum has 2");
    assertThatThrownBy(() -> new DeviceMasker(RoundHash.of(new byte[0]), 33))
        .hasMessage("ring_bits is 33; it must be between 1 and 32");
  }
}
