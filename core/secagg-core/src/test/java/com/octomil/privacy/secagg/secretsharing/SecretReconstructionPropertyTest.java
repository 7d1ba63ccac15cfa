package com.octomil.privacy.secagg.secretsharing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SecretReconstructionPropertyTest {
  private final SecureRandom random = new SecureRandom();

  private byte[] secret() {
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    return secret;
  }

  private List<Share> split(byte[] secret, int threshold, int holders) {
    int[] xs = random.ints(0, 1_000_000).distinct().limit(holders).map(i -> i + 1).toArray();
    byte[][] values = Shamir.split(secret, threshold, xs, random);
    List<Share> shares = new ArrayList<>();
    for (int i = 0; i < holders; i++) {
      assertThat(values[i]).hasSize(Shamir.SHARE_BYTES);
      shares.add(new Share(xs[i] - 1, values[i]));
    }
    return shares;
  }

  private static Predicate<byte[]> is(byte[] secret) {
    return candidate -> Arrays.equals(candidate, secret);
  }

  @Property(tries = 300)
  void anyThresholdManySharesRebuild(
      @ForAll @IntRange(min = 1, max = 40) int holders, @ForAll int pick) {
    byte[] secret = secret();
    int threshold = Math.floorMod(pick, holders) + 1;
    List<Share> shares = split(secret, threshold, holders);
    Collections.shuffle(shares, random);
    SecretReconstruction reconstruction = new SecretReconstruction(threshold);
    assertThat(reconstruction.rebuild(shares.subList(0, threshold), is(secret)))
        .isEqualTo(new SecretReconstruction.Rebuilt(secret, List.of()));
    assertThat(reconstruction.rebuild(shares, is(secret)))
        .isEqualTo(new SecretReconstruction.Rebuilt(secret, List.of()));
    assertThat(reconstruction.rebuild(shares.subList(0, threshold - 1), is(secret)))
        .isInstanceOf(SecretReconstruction.Failed.class);
  }

  @Property(tries = 300)
  void wrongSharesAreNamedUpToHalfTheRedundancy(
      @ForAll @IntRange(min = 1, max = 20) int threshold,
      @ForAll @IntRange(min = 0, max = 6) int wrong,
      @ForAll @IntRange(min = 0, max = 3) int spare) {
    byte[] secret = secret();
    List<Share> shares = split(secret, threshold, threshold + 2 * wrong + spare);
    List<Integer> liars = corrupt(shares, wrong);
    assertThat(new SecretReconstruction(threshold).rebuild(shares, is(secret)))
        .isEqualTo(new SecretReconstruction.Rebuilt(secret, liars));
  }

  @Property(tries = 100)
  void subsetSearchFindsTheSecretBeyondDecoding(
      @ForAll @IntRange(min = 2, max = 8) int threshold,
      @ForAll @IntRange(min = 1, max = 4) int wrong) {
    byte[] secret = secret();
    // Exactly as many good shares as needed: decoding cannot tell, the check can.
    List<Share> shares = split(secret, threshold, threshold + wrong);
    List<Integer> liars = corrupt(shares, wrong);
    assertThat(new SecretReconstruction(threshold).rebuild(shares, is(secret)))
        .isEqualTo(new SecretReconstruction.Rebuilt(secret, liars));
  }

  @Property(tries = 100)
  void aWrongSecretIsNeverReturned(
      @ForAll @IntRange(min = 2, max = 10) int threshold,
      @ForAll @IntRange(min = 0, max = 5) int spare) {
    byte[] secret = secret();
    List<Share> shares = split(secret, threshold, threshold + spare);
    corrupt(shares, spare + 1);
    assertThat(new SecretReconstruction(threshold).rebuild(shares, is(secret)))
        .isInstanceOf(SecretReconstruction.Failed.class);
  }

  @Example
  void malformedSharesAreNamed() {
    byte[] secret = secret();
    List<Share> shares = split(secret, 3, 6);
    byte[] notCanonical = new byte[Shamir.SHARE_BYTES];
    Arrays.fill(notCanonical, (byte) 0xff);
    shares.set(0, new Share(shares.get(0).holderIndex(), notCanonical));
    shares.set(2, new Share(shares.get(2).holderIndex(), new byte[39]));
    assertThat(new SecretReconstruction(3).rebuild(shares, is(secret)))
        .isEqualTo(
            new SecretReconstruction.Rebuilt(
                secret, List.of(shares.get(0).holderIndex(), shares.get(2).holderIndex())));
  }

  @Example
  void aHolderCountsOnce() {
    byte[] secret = secret();
    List<Share> shares = split(secret, 2, 3);
    shares.add(shares.get(0));
    assertThatThrownBy(() -> new SecretReconstruction(2).rebuild(shares, is(secret)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two shares are from one holder");
  }

  @Example
  void hopelessSearchesEnd() {
    byte[] secret = secret();
    List<Share> shares = split(secret, 20, 40);
    corrupt(shares, 21);
    int[] checks = new int[1];
    Predicate<byte[]> counting =
        candidate -> {
          checks[0]++;
          return Arrays.equals(candidate, secret);
        };
    assertThat(new SecretReconstruction(20).rebuild(shares, counting))
        .isInstanceOf(SecretReconstruction.Failed.class);
    assertThat(checks[0]).isLessThanOrEqualTo(SecretReconstruction.MAX_SUBSETS + 2);
  }

  @Example
  void aLiarCostsTheSearchOnce() {
    SecretReconstruction reconstruction = new SecretReconstruction(10);
    int[] xs = IntStream.rangeClosed(1, 13).toArray();
    for (int round = 0; round < 20; round++) {
      byte[] secret = secret();
      byte[][] values = Shamir.split(secret, 10, xs, random);
      List<Share> shares = new ArrayList<>();
      for (int i = 0; i < xs.length; i++) {
        // Two liars are more than decoding corrects with three spare shares.
        values[i][0] ^= (byte) (i == 1 || i == 4 ? 1 : 0);
        shares.add(new Share(i, values[i]));
      }
      int[] checks = new int[1];
      Predicate<byte[]> counting =
          candidate -> {
            checks[0]++;
            return Arrays.equals(candidate, secret);
          };
      assertThat(reconstruction.rebuild(shares, counting))
          .isEqualTo(new SecretReconstruction.Rebuilt(secret, List.of(1, 4)));
      if (round > 0) {
        assertThat(checks[0]).isEqualTo(1);
      } else {
        assertThat(checks[0]).isGreaterThan(1);
      }
    }
  }

  @Example
  void neighbourhoodsOfThreeThousand() {
    byte[] secret = secret();
    int[] xs = IntStream.rangeClosed(1, 3000).toArray();
    byte[][] values = Shamir.split(secret, 1900, xs, random);
    List<Share> shares = new ArrayList<>();
    for (int i = 3000 - 1; i >= 3000 - 1900; i--) {
      shares.add(new Share(i, values[i]));
    }
    assertThat(new SecretReconstruction(1900).rebuild(shares, is(secret)))
        .isEqualTo(new SecretReconstruction.Rebuilt(secret, List.of()));
  }

  @Example
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> Shamir.split(new byte[31], 1, new int[] {1}, random))
        .hasMessage("secret has 31 bytes; it must have 32");
    assertThatThrownBy(() -> Shamir.split(new byte[32], 3, new int[] {1, 2}, random))
        .hasMessage("threshold is 3; it must be between 1 and 2");
    assertThatThrownBy(() -> Shamir.split(new byte[32], 1, new int[] {0}, random))
        .hasMessageContaining("evaluation point is 0");
    assertThatThrownBy(() -> Shamir.split(new byte[32], 1, new int[] {5, 5}, random))
        .hasMessageContaining("evaluation point 5 occurs twice");
  }

  @Example
  void nothingPrintsASecret() {
    byte[] secret = new byte[32];
    Arrays.fill(secret, (byte) 0x5a);
    assertThat(new SecretReconstruction.Rebuilt(secret, List.of()).toString())
        .doesNotContain("90", "5a");
    assertThat(new Share(1, new byte[] {0x5a}).toString()).isEqualTo("Share[1]");
  }

  /** Replaces {@code count} random shares by wrong ones; some differ in one limb only. */
  private List<Integer> corrupt(List<Share> shares, int count) {
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      positions.add(i);
    }
    Collections.shuffle(positions, random);
    List<Integer> chosen = new ArrayList<>(positions.subList(0, count));
    Collections.sort(chosen);
    List<Integer> liars = new ArrayList<>();
    for (int position : chosen) {
      Share share = shares.get(position);
      byte[] value = share.value();
      int limb = random.nextInt(5);
      value[8 * limb] ^= (byte) (1 + random.nextInt(255));
      shares.set(position, new Share(share.holderIndex(), value));
      liars.add(share.holderIndex());
    }
    return liars;
  }
}
