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
 * (Poly)Logarithmic Overhead", CCS 2020). With degree n - 1 the graph is complete. A cohort in
 * groups is cut into arcs of the permutation, group g of G holding positions floor(g n / G) to
 * floor((g+1) n / G) - 1, and each arc is closed to a ring of its own; so neighbours are a random
 * choice among all devices, as they are without groups.
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

  /**
   * Roster indices of the neighbours of a device, rising; {@code degree} many, or all others of its
   * group if they are fewer.
   */
  public int[] neighbours(int index) {
    Checks.range("index", index, 0, ring.length - 1);
    int group = groupAt(positions[index]);
    int start = start(group);
    int size = start(group + 1) - start;
    if (parameters.degree() >= size - 1) {
      return Arrays.stream(ring, start, start + size)
          .filter(other -> other != index)
          .sorted()
          .toArray();
    }
    int[] result = new int[parameters.degree()];
    int place = positions[index] - start;
    int count = 0;
    for (int distance = 1; distance <= parameters.degree() / 2; distance++) {
      result[count++] = ring[start + Math.floorMod(place + distance, size)];
      result[count++] = ring[start + Math.floorMod(place - distance, size)];
    }
    Arrays.sort(result);
    return result;
  }

  /** Whether two different devices are neighbours. */
  public boolean areNeighbours(int first, int second) {
    int group = group(first);
    if (group != group(second) || first == second) {
      return false;
    }
    int size = start(group + 1) - start(group);
    int distance = Math.abs(positions[first] - positions[second]);
    return parameters.degree() >= size - 1
        || Math.min(distance, size - distance) <= parameters.degree() / 2;
  }

  /** The group of a device, from 0. */
  public int group(int index) {
    Checks.range("index", index, 0, ring.length - 1);
    return groupAt(positions[index]);
  }

  /** Roster indices of the devices of a group, rising. */
  public int[] members(int group) {
    Checks.range("group", group, 0, parameters.groups() - 1);
    return Arrays.stream(ring, start(group), start(group + 1)).sorted().toArray();
  }

  /** First position of a group on the permutation. */
  private int start(int group) {
    return (int) ((long) group * ring.length / parameters.groups());
  }

  private int groupAt(int position) {
    // The group whose start is the last one not after the position.
    return (int) (((position + 1L) * parameters.groups() - 1) / ring.length);
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
