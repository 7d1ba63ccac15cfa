package com.octomil.privacy.secagg.graph;

import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * Who is whose neighbour: devices are placed on a ring by a random permutation, neighbours are
 * those within degree / 2 positions (Bell et al., "Secure Single-Server Aggregation with
 * (Poly)Logarithmic Overhead", CCS 2020). With degree n - 1 the graph is complete.
 *
 * <p>The permutation is a Fisher-Yates shuffle driven by SHA-256 in counter mode with rejection
 * sampling, seeded by the committed nonce and the roster root; everybody who knows both computes
 * the same graph. Immutable and thread-safe.
 */
public final class NeighbourGraph {
  private final GraphParameters parameters;
  // ring[position] = roster index, positions[roster index] = position
  private final int[] ring;
  private final int[] positions;

  private NeighbourGraph(GraphParameters parameters, int[] ring) {
    this.parameters = parameters;
    this.ring = ring;
    positions = new int[ring.length];
    for (int position = 0; position < ring.length; position++) {
      positions[ring[position]] = position;
    }
  }

  /**
   * The graph for an opened nonce and a roster.
   *
   * @param nonce graph nonce, 32 bytes
   * @param root Merkle root of the roster, 32 bytes
   */
  public static NeighbourGraph of(byte[] nonce, byte[] root, GraphParameters parameters) {
    byte[] seed =
        Transcript.of(Labels.GRAPH_SEED)
            .fixed("graph_nonce", GraphNonce.checked(nonce), GraphNonce.BYTES)
            .fixed("root", root, MerkleTree.HASH_BYTES)
            .u32(parameters.cohort())
            .sha256();
    int[] ring = new int[parameters.cohort()];
    Arrays.setAll(ring, i -> i);
    WordStream words = new WordStream(seed);
    for (int i = ring.length - 1; i > 0; i--) {
      int j = words.below(i + 1);
      int swap = ring[i];
      ring[i] = ring[j];
      ring[j] = swap;
    }
    return new NeighbourGraph(parameters, ring);
  }

  public GraphParameters parameters() {
    return parameters;
  }

  /** Roster indices of the neighbours of a device, rising; {@code degree} many. */
  public int[] neighbours(int index) {
    Checks.range("index", index, 0, ring.length - 1);
    int[] result = new int[parameters.degree()];
    int count = 0;
    if (parameters.isComplete()) {
      for (int other = 0; other < ring.length; other++) {
        if (other != index) {
          result[count++] = other;
        }
      }
      return result;
    }
    for (int distance = 1; distance <= parameters.degree() / 2; distance++) {
      result[count++] = ring[Math.floorMod(positions[index] + distance, ring.length)];
      result[count++] = ring[Math.floorMod(positions[index] - distance, ring.length)];
    }
    Arrays.sort(result);
    return result;
  }

  /** Whether two different devices are neighbours. */
  public boolean areNeighbours(int first, int second) {
    Checks.range("index", first, 0, ring.length - 1);
    Checks.range("index", second, 0, ring.length - 1);
    int distance = Math.abs(positions[first] - positions[second]);
    return first != second
        && (parameters.isComplete()
            || Math.min(distance, ring.length - distance) <= parameters.degree() / 2);
  }

  /**
   * Unbiased integers from SHA-256(label | seed | block number), eight big-endian words a block.
   */
  private static final class WordStream {
    private final byte[] prefix;
    private final MessageDigest digest = Transcript.newSha256();
    private ByteBuffer block = ByteBuffer.allocate(0);
    private long next;

    WordStream(byte[] seed) {
      prefix = Transcript.of(Labels.GRAPH_STREAM).fixed("seed", seed, 32).toBytes();
    }

    int below(int bound) {
      long limit = (1L << 32) / bound * bound;
      while (true) {
        long word = Integer.toUnsignedLong(word());
        if (word < limit) {
          return (int) (word % bound);
        }
      }
    }

    private int word() {
      if (!block.hasRemaining()) {
        digest.update(prefix);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, next++));
        block = ByteBuffer.wrap(digest.digest());
      }
      return block.getInt();
    }
  }
}
