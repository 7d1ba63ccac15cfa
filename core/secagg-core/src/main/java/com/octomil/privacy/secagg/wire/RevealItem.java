package com.octomil.privacy.secagg.wire;

import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import java.util.Arrays;
import java.util.Objects;

/**
 * One revealed share.
 *
 * @param ownerIndex roster index of the device whose secret this is a share of
 * @param kind which secret
 * @param share the Shamir share, {@link Shamir#SHARE_BYTES} bytes; empty if the holder has none,
 *     since what the owner made for it could not be opened
 */
public record RevealItem(int ownerIndex, SecretKind kind, byte[] share) {
  public RevealItem {
    Checks.range("owner_index", ownerIndex, 0, Integer.MAX_VALUE);
    Objects.requireNonNull(kind, "kind");
    share = share.length == 0 ? share : Checks.length("share", share, Shamir.SHARE_BYTES).clone();
  }

  @Override
  public byte[] share() {
    return share.clone();
  }

  /** Whether the holder says that it has no share. */
  public boolean isMissing() {
    return share.length == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RevealItem that
        && ownerIndex == that.ownerIndex
        && kind == that.kind
        && Arrays.equals(share, that.share);
  }

  @Override
  public int hashCode() {
    return Objects.hash(ownerIndex, kind, Arrays.hashCode(share));
  }

  /** Leaves the share out. */
  @Override
  public String toString() {
    return "RevealItem[" + ownerIndex + ", " + kind + "]";
  }
}
