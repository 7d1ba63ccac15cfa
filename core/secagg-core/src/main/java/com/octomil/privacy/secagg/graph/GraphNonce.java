package com.octomil.privacy.secagg.graph;

import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import java.security.MessageDigest;

/**
 * Commitment to the graph nonce. The server commits before any device key exists and opens after
 * the roster is fixed, so that neither the server nor devices can choose who becomes whose
 * neighbour. Thread-safe.
 */
public final class GraphNonce {
  /** Length of a nonce. */
  public static final int BYTES = 32;

  private GraphNonce() {}

  /** Commitment of 32 bytes to a nonce of 32 random bytes. */
  public static byte[] commit(byte[] nonce) {
    return Transcript.of(Labels.GRAPH_NONCE).fixed("graph_nonce", nonce, BYTES).sha256();
  }

  /** Whether {@code nonce} opens {@code commitment}; false for a nonce of the wrong length. */
  public static boolean opens(byte[] commitment, byte[] nonce) {
    return nonce.length == BYTES && MessageDigest.isEqual(commitment, commit(nonce));
  }

  static byte[] checked(byte[] nonce) {
    return Checks.length("graph_nonce", nonce, BYTES);
  }
}
