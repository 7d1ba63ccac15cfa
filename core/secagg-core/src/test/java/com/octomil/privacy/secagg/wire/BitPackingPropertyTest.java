package com.octomil.privacy.secagg.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.RingWidth;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BitPackingPropertyTest {
  private final SecureRandom random = new SecureRandom();

  /** The stream as one little-endian integer: sum of v[i] * 2^(i * bits). */
  private static byte[] naive(int[] vector, int bits) {
    BigInteger stream = BigInteger.ZERO;
    for (int i = vector.length - 1; i >= 0; i--) {
      stream = stream.shiftLeft(bits).or(BigInteger.valueOf(Integer.toUnsignedLong(vector[i])));
    }
    byte[] bytes = new byte[(vector.length * bits + 7) / 8];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = stream.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  private int[] vector(int length, int bits) {
    int mask = RingWidth.mask(bits);
    return random.ints(length).map(v -> v & mask).toArray();
  }

  @Property
  void packsAsDescribedAndBack(
      @ForAll @IntRange(min = 0, max = 150) int length,
      @ForAll @IntRange(min = 1, max = 32) int bits) {
    int[] vector = vector(length, bits);
    byte[] packed = BitPacking.pack(vector, bits);
    assertThat(packed)
        .isEqualTo(naive(vector, bits))
        .hasSize(BitPacking.packedLength(length, bits));
    assertThat(BitPacking.unpack(packed, length, bits)).isEqualTo(vector);
    int[] sum = vector(length, bits);
    int[] expected = sum.clone();
    for (int i = 0; i < length; i++) {
      expected[i] = expected[i] + vector[i] & RingWidth.mask(bits);
    }
    BitPacking.addPacked(sum, packed, bits);
    assertThat(sum).isEqualTo(expected);
  }

  @Property
  void thereIsOneEncodingOnly(
      @ForAll @IntRange(min = 1, max = 60) int length,
      @ForAll @IntRange(min = 1, max = 32) int bits) {
    byte[] packed = BitPacking.pack(vector(length, bits), bits);
    assertThatThrownBy(
            () -> BitPacking.unpack(Arrays.copyOf(packed, packed.length + 1), length, bits))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> BitPacking.unpack(Arrays.copyOf(packed, packed.length - 1), length, bits))
        .isInstanceOf(IllegalArgumentException.class);
    for (int bit = length * bits; bit < 8 * packed.length; bit++) {
      byte[] padded = packed.clone();
      padded[bit >> 3] |= (byte) (1 << (bit & 7));
      assertThatThrownBy(() -> BitPacking.unpack(padded, length, bits))
          .hasMessage("padding after the last coordinate is not zero");
      int[] sum = new int[length];
      assertThatThrownBy(() -> BitPacking.addPacked(sum, padded, bits))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(sum).containsOnly(0);
    }
  }

  @Example
  void coordinatesThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> BitPacking.pack(new int[] {0, 8}, 3))
        .hasMessage("a coordinate does not fit 3 bits; reduce the vector first");
    assertThatThrownBy(() -> BitPacking.pack(new int[] {-1}, 31))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(BitPacking.pack(new int[] {-1}, 32)).containsOnly(-1);
  }

  @Example
  void lengthBeyondOneArrayIsRefused() {
    assertThat(BitPacking.packedLength(Integer.MAX_VALUE, 7)).isEqualTo(1_879_048_192);
    assertThatThrownBy(() -> BitPacking.packedLength(Integer.MAX_VALUE, 32))
        .isInstanceOf(ArithmeticException.class);
  }

  @Example
  void ringWidths() {
    assertThat(RingWidth.bitsFor(1, 1)).isEqualTo(2);
    assertThat(RingWidth.bitsFor(2, 1)).isEqualTo(3);
    assertThat(RingWidth.bitsFor(100, 128)).isEqualTo(15);
    assertThat(RingWidth.bitsFor(1, (1L << 31) - 1)).isEqualTo(32);
    assertThatThrownBy(() -> RingWidth.bitsFor(1, 1L << 31))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RingWidth.bitsFor(Integer.MAX_VALUE, Long.MAX_VALUE))
        .hasMessageContaining("does not fit 32 bits");
    assertThatThrownBy(() -> RingWidth.bitsFor(0, 5))
        .hasMessage("cohort is 0; it must be at least 1");
    assertThatThrownBy(() -> RingWidth.bitsFor(5, 0))
        .hasMessage("largest absolute coordinate is 0; it must be at least 1");
  }

  @Property
  void ringHoldsTheExtremeSums(
      @ForAll @IntRange(min = 1, max = 1_000_000) int cohort,
      @ForAll @IntRange(min = 1, max = 1000) int max) {
    int bits = RingWidth.bitsFor(cohort, max);
    long range = 2L * cohort * max;
    assertThat(1L << bits).isGreaterThan(range);
    assertThat(1L << (bits - 1)).isLessThanOrEqualTo(range);
  }

  @Property
  void bitmaps(@ForAll Set<@IntRange(max = 99) Integer> indices) {
    byte[] bitmap = IndexBitmap.of(100, indices);
    assertThat(bitmap).hasSize(13);
    BitSet parsed = IndexBitmap.parse(bitmap, 100);
    assertThat(parsed.stream().boxed().toList()).containsExactlyInAnyOrderElementsOf(indices);
    assertThat(IndexBitmap.of(100, parsed)).isEqualTo(bitmap);
  }

  @Example
  void bitmapLayoutAndRefusals() {
    assertThat(IndexBitmap.of(10, List.of(0, 3, 9))).containsExactly(0b0000_1001, 0b0000_0010);
    assertThatThrownBy(() -> IndexBitmap.parse(new byte[] {0, 4}, 10))
        .hasMessage("bitmap names index 10; the roster has 10 entries");
    assertThatThrownBy(() -> IndexBitmap.parse(new byte[3], 10))
        .hasMessage("bitmap has 3 bytes; a roster of 10 has 2");
    assertThatThrownBy(() -> IndexBitmap.of(10, List.of(10)))
        .hasMessage("index is 10; it must be between 0 and 9");
  }
}
