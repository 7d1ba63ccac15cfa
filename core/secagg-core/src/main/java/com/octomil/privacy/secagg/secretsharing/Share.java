package com.octomil.privacy.secagg.secretsharing;

import com.octomil.privacy.secagg.internal.Checks;
import java.util.Arrays;

/**
 * One share of a secret as a holder revealed it; the value may be anything.
 *
 * @param holderIndex roster index of the holder; its evaluation point is one more
 * @param value the share, {@link Shamir#SHARE_BYTES} bytes if it is well formed
 */
public record Share(int holderIndex, byte[] value) {
  public Share {
    Checks.range("holder index", holderIndex, 0, Integer.MAX_VALUE - 1);
    value = value.clone();
  }

  @Override
  public byte[] value() {
    return value.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Share that
        && holderIndex == that.holderIndex
        && Arrays.equals(value, that.value);
  }

  @Override
  public int hashCode() {
    return 31 * holderIndex + Arrays.hashCode(value);
  }

  /** Leaves the value out. */
  @Override
  public String toString() {
    return "Share[" + holderIndex + "]";
  }
}
