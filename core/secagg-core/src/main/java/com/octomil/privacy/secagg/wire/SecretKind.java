package com.octomil.privacy.secagg.wire;

/**
 * Which of a neighbour's two secrets a revealed share belongs to. Numbers as in the .proto file.
 */
public enum SecretKind {
  /** The owner survived: its self-mask seed is removed from the sum. */
  SELF_MASK_SEED(1),
  /** The owner dropped out after sharing: its pairwise masks are removed from the sum. */
  MASK_KEY(2);

  private final int number;

  SecretKind(int number) {
    this.number = number;
  }

  /** Number on the wire. */
  public int number() {
    return number;
  }
}
