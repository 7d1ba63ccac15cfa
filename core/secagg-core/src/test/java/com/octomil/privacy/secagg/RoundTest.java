package com.octomil.privacy.secagg;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.DeviceMasker;
import com.octomil.privacy.secagg.masking.RingVector;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.masking.Unmasker;
import com.octomil.privacy.secagg.secretsharing.SecretReconstruction;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.secretsharing.Share;
import com.octomil.privacy.secagg.wire.BitPacking;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A complete round over the parts of this library, with one drop-out after sharing. */
class RoundTest {
  private static final int BITS = 20;
  private static final int LENGTH = 10_007;

  private final SecureRandom random = new SecureRandom();

  @Test
  void sumOfSurvivorsIsExact() throws Exception {
    RoundHash roundHash = RoundHash.of(new byte[] {1, 2, 3});
    GraphParameters graphParameters = new GraphParameters(9, 6, 4);
    NeighbourGraph graph = NeighbourGraph.of(new byte[32], new byte[32], graphParameters);
    int n = graphParameters.cohort();
    int dropped = 3;
    X25519KeyPair[] maskKeys = new X25519KeyPair[n];
    X25519KeyPair[] shareKeys = new X25519KeyPair[n];
    byte[][] seeds = new byte[n][32];
    int[][] vectors = new int[n][];
    for (int i = 0; i < n; i++) {
      maskKeys[i] = X25519KeyPair.generate(random);
      shareKeys[i] = X25519KeyPair.generate(random);
      random.nextBytes(seeds[i]);
      vectors[i] = random.ints(LENGTH, -1000, 1001).toArray();
    }
    int[] sum = new int[LENGTH];
    long[] expected = new long[LENGTH];
    for (int i = 0; i < n; i++) {
      if (i == dropped) {
        continue;
      }
      int[] masked = vectors[i].clone();
      try (DeviceMasker masker = new DeviceMasker(roundHash, BITS)) {
        masker.addSelfMask(seeds[i]);
        for (int j : graph.neighbours(i)) {
          masker.addPairMask(maskKeys[i], i, maskKeys[j].publicKey(), j);
        }
        masker.apply(masked);
      }
      BitPacking.addPacked(sum, BitPacking.pack(masked, BITS), BITS);
      for (int c = 0; c < LENGTH; c++) {
        expected[c] += vectors[i][c];
      }
    }
    try (Unmasker unmasker = new Unmasker(roundHash, BITS)) {
      SecretReconstruction reconstruction = new SecretReconstruction(graphParameters.threshold());
      for (int i = 0; i < n; i++) {
        byte[] secret = i == dropped ? maskKeys[i].privateKey() : seeds[i];
        int[] holders = graph.neighbours(i);
        byte[][] shares =
            Shamir.split(
                secret,
                graphParameters.threshold(),
                Arrays.stream(holders).map(h -> h + 1).toArray(),
                random);
        List<Share> revealed = new ArrayList<>();
        for (int h = 0; h < holders.length; h++) {
          byte[] sealed =
              ShareCipher.seal(
                  roundHash,
                  shareKeys[i],
                  shareKeys[holders[h]].publicKey(),
                  i,
                  holders[h],
                  shares[h]);
          byte[] opened =
              ShareCipher.open(
                  roundHash,
                  shareKeys[holders[h]],
                  shareKeys[i].publicKey(),
                  i,
                  holders[h],
                  sealed);
          if (holders[h] != dropped) {
            revealed.add(new Share(holders[h], opened));
          }
        }
        byte[] publicKey = maskKeys[i].publicKey();
        byte[] commitment = SelfMask.commit(roundHash, seeds[i]);
        boolean isDropped = i == dropped;
        SecretReconstruction.Result result =
            reconstruction.rebuild(
                revealed,
                s ->
                    isDropped
                        ? Arrays.equals(X25519KeyPair.fromPrivateKey(s).publicKey(), publicKey)
                        : SelfMask.opens(roundHash, commitment, s));
        assertThat(result).isEqualTo(new SecretReconstruction.Rebuilt(secret, List.of()));
        if (isDropped) {
          for (int j : holders) {
            unmasker.removePairMasks(
                i, X25519KeyPair.fromPrivateKey(secret), j, maskKeys[j].publicKey());
          }
        } else {
          unmasker.removeSelfMask(secret);
        }
      }
      unmasker.apply(sum);
    }
    assertThat(RingVector.toSigned(sum, BITS)).isEqualTo(expected);
  }
}
