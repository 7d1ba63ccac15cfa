package com.octomil.privacy.device;

import static com.octomil.privacy.device.Refusal.unless;

import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.EncryptedShare;
import com.octomil.privacy.device.transport.ReceivedShares;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.SecretBytes;
import com.octomil.privacy.secagg.keyagreement.AuthenticationFailedException;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Splits the device's two secrets among its neighbours and opens what they made for it. */
final class ShareExchange {

  private final RoundHash roundHash;
  private final RoundKeys keys;
  private final Neighbourhood neighbourhood;

  ShareExchange(RoundHash roundHash, RoundKeys keys, Neighbourhood neighbourhood) {
    this.roundHash = roundHash;
    this.keys = keys;
    this.neighbourhood = neighbourhood;
  }

  /**
   * What a neighbour that shared entrusted to this device.
   *
   * @param owner the neighbour's advert
   * @param shares of its secrets; empty if what it made for this device could not be opened
   */
  record Held(Advert owner, Optional<HeldShares> shares) {}

  /**
   * One ciphertext for each neighbour: the share of the self-mask seed, then the share of the mask
   * key.
   */
  List<EncryptedShare> seal(SecureRandom random) {
    int[] holders =
        neighbourhood.neighbours().keySet().stream().mapToInt(index -> index + 1).toArray();
    int threshold = neighbourhood.graph().threshold();
    byte[] seed = keys.selfMaskSeed().reveal();
    byte[] maskKey = keys.mask().privateKey();
    byte[][] seedShares = new byte[0][];
    byte[][] maskKeyShares = new byte[0][];
    try {
      seedShares = Shamir.split(seed, threshold, holders, random);
      maskKeyShares = Shamir.split(maskKey, threshold, holders, random);
      List<EncryptedShare> sealed = new ArrayList<>(holders.length);
      int at = 0;
      for (Map.Entry<Integer, Advert> neighbour : neighbourhood.neighbours().entrySet()) {
        byte[] both = Arrays.copyOf(seedShares[at], 2 * Shamir.SHARE_BYTES);
        System.arraycopy(maskKeyShares[at], 0, both, Shamir.SHARE_BYTES, Shamir.SHARE_BYTES);
        byte[] ciphertext =
            ShareCipher.seal(
                roundHash,
                keys.share(),
                neighbour.getValue().sharePublicKey().toArray(),
                neighbourhood.ownIndex(),
                neighbour.getKey(),
                both);
        Arrays.fill(both, (byte) 0);
        sealed.add(
            new EncryptedShare(neighbourhood.ownIndex(), neighbour.getKey(), Bytes.of(ciphertext)));
        at++;
      }
      return sealed;
    } finally {
      Arrays.fill(seed, (byte) 0);
      Arrays.fill(maskKey, (byte) 0);
      for (byte[] share : seedShares) {
        Arrays.fill(share, (byte) 0);
      }
      for (byte[] share : maskKeyShares) {
        Arrays.fill(share, (byte) 0);
      }
    }
  }

  /**
   * The sharers' bitmap, checked against the roster, this device and the minimum.
   *
   * @param groupMinimum fewest in the group of this device
   */
  BitSet sharers(ReceivedShares received, int minimum, int groupMinimum) throws Refusal {
    BitSet sharers = bitmap("sharers", received.sharers(), neighbourhood.graph().cohort());
    unless(
        sharers.get(neighbourhood.ownIndex()),
        RefusalReason.DECLARED_NOT_SHARED,
        "this device, "
            + neighbourhood.ownIndex()
            + ", handed over its shares and is not among the sharers");
    unless(
        sharers.cardinality() >= minimum,
        RefusalReason.TOO_FEW_DEVICES,
        "at least " + minimum + " devices must have shared, not " + sharers.cardinality());
    BitSet group = (BitSet) neighbourhood.group().clone();
    group.and(sharers);
    unless(
        group.cardinality() >= groupMinimum,
        RefusalReason.TOO_FEW_DEVICES,
        "at least "
            + groupMinimum
            + " devices of the group must have shared, not "
            + group.cardinality());
    return sharers;
  }

  /**
   * Opens exactly one share of each neighbour that shared. Neighbours that made something else for
   * this device are kept without shares, as long as they are no more than could be hostile: the
   * masks do not depend on it, and others hold shares of theirs. More than that is the relay's
   * doing.
   *
   * @param hostile most hostile devices to be expected among the neighbours
   */
  SortedMap<Integer, Held> open(ReceivedShares received, BitSet sharers, int hostile)
      throws Refusal {
    List<Integer> expected =
        neighbourhood.neighbours().keySet().stream().filter(sharers::get).toList();
    List<Integer> actual = received.shares().stream().map(EncryptedShare::fromIndex).toList();
    unless(
        actual.equals(expected),
        RefusalReason.SHARES_INCOMPLETE,
        "shares must come from " + expected + ", not " + actual);
    unless(
        expected.size() >= neighbourhood.graph().threshold(),
        RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
        "at least "
            + neighbourhood.graph().threshold()
            + " neighbours must have shared, not "
            + expected.size());
    SortedMap<Integer, Held> held = new TreeMap<>();
    List<Integer> unopened = new ArrayList<>();
    try {
      for (EncryptedShare share : received.shares()) {
        unless(
            share.toIndex() == neighbourhood.ownIndex(),
            RefusalReason.SHARES_INCOMPLETE,
            "a share is for device " + share.toIndex() + ", not " + neighbourhood.ownIndex());
        Advert owner = Objects.requireNonNull(neighbourhood.neighbours().get(share.fromIndex()));
        Held entrusted = new Held(owner, open(owner, share));
        held.put(share.fromIndex(), entrusted);
        if (entrusted.shares().isEmpty()) {
          unopened.add(share.fromIndex());
        }
      }
      unless(
          unopened.size() <= hostile,
          RefusalReason.SHARE_NOT_AUTHENTIC,
          "the shares of devices "
              + unopened
              + " were not made by them for this device and round; at most "
              + hostile
              + " neighbours are expected to be hostile");
    } catch (Refusal refusal) {
      held.values().forEach(entrusted -> entrusted.shares().ifPresent(HeldShares::close));
      throw refusal;
    }
    return held;
  }

  private Optional<HeldShares> open(Advert owner, EncryptedShare share) {
    byte[] both;
    try {
      both =
          ShareCipher.open(
              roundHash,
              keys.share(),
              owner.sharePublicKey().toArray(),
              share.fromIndex(),
              share.toIndex(),
              share.ciphertext().toArray());
    } catch (AuthenticationFailedException e) {
      return Optional.empty();
    }
    byte[] seedShare = new byte[0];
    byte[] maskKeyShare = new byte[0];
    try {
      if (both.length != 2 * Shamir.SHARE_BYTES) {
        return Optional.empty();
      }
      seedShare = Arrays.copyOf(both, Shamir.SHARE_BYTES);
      maskKeyShare = Arrays.copyOfRange(both, Shamir.SHARE_BYTES, both.length);
      // Whoever revealed what is no share would be blamed for it.
      return Shamir.isWellFormed(seedShare) && Shamir.isWellFormed(maskKeyShare)
          ? Optional.of(new HeldShares(new SecretBytes(seedShare), new SecretBytes(maskKeyShare)))
          : Optional.empty();
    } finally {
      Arrays.fill(both, (byte) 0);
      Arrays.fill(seedShare, (byte) 0);
      Arrays.fill(maskKeyShare, (byte) 0);
    }
  }

  /** Parses a bitmap over the roster. */
  static BitSet bitmap(String field, Bytes bitmap, int cohort) throws Refusal {
    try {
      return IndexBitmap.parse(bitmap.toArray(), cohort);
    } catch (IllegalArgumentException e) {
      throw new Refusal(RefusalReason.MALFORMED_BITMAP, field + ": " + e.getMessage());
    }
  }
}
