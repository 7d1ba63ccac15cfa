package com.octomil.privacy.secagg.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.keyagreement.AuthenticationFailedException;
import com.octomil.privacy.secagg.keyagreement.InvalidPublicKeyException;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.secretsharing.SecretReconstruction;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.secretsharing.Share;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Mutates a committed corpus and feeds it to every decoder: each accepts or refuses in its
 * documented way, and what is accepted has no second encoding.
 */
class DecoderFuzzTest {
  private static final int TRIES = 3000;

  private final SecureRandom random = new SecureRandom();

  @Property(tries = TRIES)
  void bitPacking(
      @ForAll("mutants") byte[] input, @ForAll("lengths") int length, @ForAll("widths") int bits) {
    int[] vector;
    try {
      vector = BitPacking.unpack(input, length, bits);
    } catch (IllegalArgumentException e) {
      int[] sum = new int[length];
      assertThat(refuses(() -> BitPacking.addPacked(sum, input, bits))).isTrue();
      assertThat(sum).isEqualTo(new int[length]);
      return;
    }
    assertThat(BitPacking.pack(vector, bits)).isEqualTo(input);
    int[] sum = new int[length];
    BitPacking.addPacked(sum, input, bits);
    assertThat(sum).isEqualTo(vector);
  }

  /** Lengths that fit the input, which random ones hardly ever do. */
  @Property(tries = TRIES)
  void bitPackingOfFittingLength(@ForAll("mutants") byte[] input, @ForAll("widths") int bits) {
    int length = 8 * input.length / bits;
    try {
      assertThat(BitPacking.pack(BitPacking.unpack(input, length, bits), bits)).isEqualTo(input);
    } catch (IllegalArgumentException e) {
      boolean rightLength = BitPacking.packedLength(length, bits) == input.length;
      assertThat(rightLength && (length * bits) % 8 == 0).isFalse();
    }
  }

  @Property(tries = TRIES)
  void indexBitmap(@ForAll("mutants") byte[] input, @ForAll("lengths") int size) {
    for (int candidate : new int[] {size, 8 * input.length, Math.max(0, 8 * input.length - 3)}) {
      try {
        assertThat(IndexBitmap.of(candidate, IndexBitmap.parse(input, candidate))).isEqualTo(input);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).startsWith("bitmap ");
      }
    }
  }

  @Property(tries = 500)
  void shareCiphertext(@ForAll("mutants") byte[] input) {
    RoundHash roundHash = RoundHash.of(input);
    X25519KeyPair own = X25519KeyPair.fromPrivateKey(new byte[32]);
    byte[] peer = X25519KeyPair.fromPrivateKey(Arrays.copyOf(input, 32)).publicKey();
    try {
      ShareCipher.open(roundHash, own, peer, 0, 1, input);
      throw new AssertionError("nobody sealed this");
    } catch (AuthenticationFailedException e) {
      assertThat(e.getMessage()).contains("share ");
    }
  }

  @Property(tries = 500)
  void publicKeysAndSignatures(@ForAll("mutants") byte[] input) {
    X25519KeyPair own = X25519KeyPair.generate(random);
    byte[] key = Arrays.copyOf(input, 32);
    boolean valid = X25519KeyPair.isValidPublicKey(key);
    try {
      assertThat(own.agree(key)).hasSize(32);
      assertThat(valid).isTrue();
    } catch (InvalidPublicKeyException e) {
      assertThat(valid).isFalse();
    }
    assertThat(X25519KeyPair.isValidPublicKey(input)).isEqualTo(input.length == 32 && valid);
    assertThat(SigningKeyPair.verify(key, new byte[] {1}, Arrays.copyOf(input, 64))).isFalse();
    assertThat(SigningKeyPair.verify(input, new byte[] {1}, input)).isFalse();
    assertThat(GraphNonce.opens(input, Arrays.copyOf(input, 32))).isFalse();
  }

  @Property(tries = TRIES)
  void merkleProof(@ForAll("mutants") byte[] input, @ForAll int size, @ForAll int index) {
    List<byte[]> proof = new ArrayList<>();
    for (int at = 0; at < input.length; at += 32) {
      proof.add(Arrays.copyOfRange(input, at, Math.min(input.length, at + 32)));
    }
    assertThat(MerkleTree.verify(Arrays.copyOf(input, 32), size, index, input, proof)).isFalse();
  }

  @Property(tries = TRIES)
  void shamirShare(@ForAll("mutants") byte[] input) {
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    byte[][] shares = Shamir.split(secret, 2, new int[] {1, 2, 3, 4}, random);
    List<Share> revealed =
        List.of(
            new Share(0, input),
            new Share(1, shares[1]),
            new Share(2, shares[2]),
            new Share(3, shares[3]));
    SecretReconstruction.Result result =
        new SecretReconstruction(2)
            .rebuild(revealed, candidate -> Arrays.equals(candidate, secret));
    List<Integer> wrong = Arrays.equals(input, shares[0]) ? List.of() : List.of(0);
    assertThat(result).isEqualTo(new SecretReconstruction.Rebuilt(secret, wrong));
  }

  private static boolean refuses(Runnable call) {
    try {
      call.run();
      return false;
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  @Provide
  Arbitrary<Integer> lengths() {
    return Arbitraries.integers().between(0, 300);
  }

  @Provide
  Arbitrary<Integer> widths() {
    return Arbitraries.integers().between(1, 32);
  }

  /**
   * A corpus entry after up to four mutations: flip, set, insert, delete, cut, repeat, extreme
   * words.
   */
  @Provide
  Arbitrary<byte[]> mutants() {
    Arbitrary<int[]> mutation =
        Combinators.combine(
                Arbitraries.integers().between(0, 6),
                Arbitraries.integers().between(0, 1 << 20),
                Arbitraries.integers().between(0, 255))
            .as((kind, position, value) -> new int[] {kind, position, value});
    return Combinators.combine(Arbitraries.of(corpus()), mutation.list().ofMaxSize(4))
        .as(DecoderFuzzTest::mutate);
  }

  private static byte[] mutate(byte[] seed, List<int[]> mutations) {
    byte[] current = seed;
    for (int[] mutation : mutations) {
      int length = current.length;
      int position = length == 0 ? 0 : mutation[1] % length;
      byte[] next;
      switch (mutation[0]) {
        case 0 -> {
          next = current.clone();
          if (length > 0) {
            next[position] ^= (byte) (1 << (mutation[2] & 7));
          }
        }
        case 1 -> {
          next = current.clone();
          if (length > 0) {
            next[position] = (byte) mutation[2];
          }
        }
        case 2 -> {
          next = Arrays.copyOf(current, length + 1);
          System.arraycopy(current, position, next, position + 1, length - position);
          next[position] = (byte) mutation[2];
        }
        case 3 -> {
          next = Arrays.copyOf(current, Math.max(0, length - 1));
          if (length > 0) {
            System.arraycopy(current, position + 1, next, position, length - position - 1);
          }
        }
        case 4 -> next = Arrays.copyOf(current, position);
        case 5 -> {
          next = Arrays.copyOf(current, length + position);
          System.arraycopy(current, 0, next, length, position);
        }
        default -> {
          next = current.clone();
          Arrays.fill(
              next,
              position,
              Math.min(length, position + 8),
              (byte) (mutation[2] < 128 ? 0 : 0xff));
        }
      }
      current = next;
    }
    return current;
  }

  /** One hexadecimal entry a line; a line that starts with # is a comment. */
  private static List<byte[]> corpus() {
    try (var stream =
        Objects.requireNonNull(DecoderFuzzTest.class.getResourceAsStream("/fuzz/corpus.hex"))) {
      return new String(stream.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(HexFormat.of()::parseHex)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
