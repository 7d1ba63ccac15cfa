package com.octomil.privacy.secagg;

import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * SHA-256 of a label and the serialized round parameters. It is bound into every key, signature and
 * associated data of the round, so that a server cannot tell two devices different parameters
 * (model-inconsistency attack, arXiv 2111.07380).
 *
 * @param bytes 32 bytes
 */
public record RoundHash(byte[] bytes) {
  /** Length in bytes. */
  public static final int BYTES = 32;

  public RoundHash {
    bytes = Checks.length("round_hash", bytes, BYTES).clone();
  }

  /** Hashes the parameters exactly as they were received, never re-serialized. */
  public static RoundHash of(byte[] serializedParameters) {
    return new RoundHash(Transcript.of(Labels.ROUND).variable(serializedParameters).sha256());
  }

  @Override
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RoundHash that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "RoundHash[" + HexFormat.of().formatHex(bytes) + "]";
  }
}
