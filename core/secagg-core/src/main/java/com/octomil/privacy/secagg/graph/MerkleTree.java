package com.octomil.privacy.secagg.graph;

import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.Transcript;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * Merkle tree with SHA-256 over the roster, shaped and hashed as in RFC 9162, section 2.1: a leaf
 * is the hash of a zero byte and the entry, an inner node the hash of a one byte and both children.
 * Immutable and thread-safe.
 */
public final class MerkleTree {
  /** Length of a hash. */
  public static final int HASH_BYTES = 32;

  // levels.get(0) are the leaf hashes; a last node without a sibling moves up unchanged.
  private final List<byte[][]> levels = new ArrayList<>();

  /** Builds the tree over the entries in their order; at least one. */
  public MerkleTree(List<byte[]> leaves) {
    if (leaves.isEmpty()) {
      throw new IllegalArgumentException("the tree has no leaves; it needs at least 1");
    }
    MessageDigest digest = Transcript.newSha256();
    byte[][] level = new byte[leaves.size()][];
    for (int i = 0; i < level.length; i++) {
      level[i] = leafHash(digest, leaves.get(i));
    }
    levels.add(level);
    while (level.length > 1) {
      byte[][] parents = new byte[(level.length + 1) / 2][];
      for (int i = 0; i < parents.length; i++) {
        parents[i] =
            2 * i + 1 < level.length
                ? nodeHash(digest, level[2 * i], level[2 * i + 1])
                : level[2 * i];
      }
      levels.add(parents);
      level = parents;
    }
  }

  /** Number of leaves. */
  public int size() {
    return levels.get(0).length;
  }

  public byte[] root() {
    return levels.get(levels.size() - 1)[0].clone();
  }

  /**
   * Sibling hashes from the leaf up to the root; levels at which the node has no sibling are left
   * out.
   */
  public List<byte[]> proof(int index) {
    Checks.range("index", index, 0, size() - 1);
    List<byte[]> proof = new ArrayList<>();
    int position = index;
    for (byte[][] level : levels) {
      int sibling = position ^ 1;
      if (sibling < level.length) {
        proof.add(level[sibling].clone());
      }
      position /= 2;
    }
    return proof;
  }

  /**
   * Whether {@code leaf} is entry {@code index} of the tree with {@code size} leaves and this root
   * (RFC 9162, section 2.1.3.2). Malformed proofs are refused, never an exception.
   */
  public static boolean verify(byte[] root, int size, int index, byte[] leaf, List<byte[]> proof) {
    if (index < 0 || index >= size || root.length != HASH_BYTES) {
      return false;
    }
    MessageDigest digest = Transcript.newSha256();
    byte[] hash = leafHash(digest, leaf);
    int node = index;
    int last = size - 1;
    for (byte[] sibling : proof) {
      if (last == 0 || sibling.length != HASH_BYTES) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        hash = nodeHash(digest, sibling, hash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        hash = nodeHash(digest, hash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && MessageDigest.isEqual(hash, root);
  }

  private static byte[] leafHash(MessageDigest digest, byte[] leaf) {
    digest.update((byte) 0);
    return digest.digest(leaf);
  }

  private static byte[] nodeHash(MessageDigest digest, byte[] left, byte[] right) {
    digest.update((byte) 1);
    digest.update(left);
    return digest.digest(right);
  }
}
