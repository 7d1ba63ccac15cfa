package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * All encrypted shares of one device: the ciphertexts, all of one length, one after the other by
 * rising roster index of the receiver.
 *
 * @param from roster index of the maker
 */
public record ShareBundle(int from, Bytes ciphertexts) {

  /**
   * Length of one ciphertext: the share of the self-mask seed and the share of the mask key,
   * sealed.
   */
  public static final int CIPHERTEXT_BYTES = 2 * Shamir.SHARE_BYTES + ShareCipher.OVERHEAD_BYTES;

  /** Checks presence. */
  public ShareBundle {
    Objects.requireNonNull(ciphertexts, "ciphertexts");
  }

  /**
   * Takes the shares of a device, which must be exactly one for every neighbour.
   *
   * @param own roster index of the device
   * @param neighbours roster indices of its neighbours, rising
   * @throws RefusedException naming the first share that does not fit
   */
  public static ShareBundle collect(int own, int[] neighbours, List<EncryptedShare> shares) {
    if (shares.size() != neighbours.length) {
      throw RefusedException.outOfRange(
          "shares",
          shares.size() + " shares",
          "must be exactly one for each of the " + neighbours.length + " neighbours");
    }
    byte[] all = new byte[neighbours.length * CIPHERTEXT_BYTES];
    boolean[] seen = new boolean[neighbours.length];
    for (int i = 0; i < shares.size(); i++) {
      EncryptedShare share = shares.get(i);
      String field = "shares[" + i + "]";
      if (share.from() != own) {
        throw RefusedException.outOfRange(
            field + ".from_index",
            Integer.toUnsignedString(share.from()),
            "must be the sender's own index " + own);
      }
      int place = Arrays.binarySearch(neighbours, share.to());
      if (place < 0) {
        throw RefusedException.outOfRange(
            field + ".to_index",
            Integer.toUnsignedString(share.to()),
            "must be the index of a neighbour");
      }
      if (seen[place]) {
        throw RefusedException.outOfRange(
            field + ".to_index",
            Integer.toString(share.to()),
            "must not repeat; there is one share for each neighbour");
      }
      seen[place] = true;
      share.ciphertext().requireSize(field + ".ciphertext", CIPHERTEXT_BYTES);
      System.arraycopy(
          share.ciphertext().toArray(), 0, all, place * CIPHERTEXT_BYTES, CIPHERTEXT_BYTES);
    }
    return new ShareBundle(own, Bytes.of(all));
  }

  /**
   * Where in a bundle the ciphertext for a receiver begins.
   *
   * @param neighboursOfMaker roster indices of the maker's neighbours, rising
   * @param to roster index of the receiver, one of them
   */
  public static int offset(int[] neighboursOfMaker, int to) {
    int place = Arrays.binarySearch(neighboursOfMaker, to);
    if (place < 0) {
      throw new IllegalArgumentException("device " + to + " is not a neighbour of the maker");
    }
    return place * CIPHERTEXT_BYTES;
  }
}
