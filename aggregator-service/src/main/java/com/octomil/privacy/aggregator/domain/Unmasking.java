package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.masking.Unmasker;
import com.octomil.privacy.secagg.secretsharing.SecretReconstruction;
import com.octomil.privacy.secagg.secretsharing.Share;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Rebuilds the secrets behind a masked sum from revealed shares and removes the masks. CPU-bound;
 * for one thread at a time.
 */
public final class Unmasking {
  private final RoundHash roundHash;
  private final Roster roster;
  private final UnmaskingPlan plan;
  private final SecretReconstruction reconstruction;
  private final Map<Integer, byte[]> secrets = new HashMap<>();
  private final TreeMap<Integer, Integer> wrongHolders = new TreeMap<>();
  private final TreeMap<Integer, Integer> unopened = new TreeMap<>();

  public Unmasking(RoundHash roundHash, Roster roster, UnmaskingPlan plan) {
    this.roundHash = roundHash;
    this.roster = roster;
    this.plan = plan;
    this.reconstruction = new SecretReconstruction(plan.threshold());
  }

  /**
   * Tries to rebuild every needed secret that is still missing.
   *
   * @param revealed all shares revealed so far
   * @return owners whose secret cannot be rebuilt from these shares
   */
  public List<Integer> rebuild(List<RevealedShare> revealed) {
    Map<Integer, List<Share>> byOwner = new TreeMap<>();
    unopened.clear();
    for (RevealedShare share : revealed) {
      if (share.share().length() == 0) {
        unopened.merge(share.owner(), 1, Integer::sum);
      } else if (share.kind() == plan.kindFor(share.owner())) {
        byOwner
            .computeIfAbsent(share.owner(), owner -> new ArrayList<>())
            .add(new Share(share.holder(), share.share().toArray()));
      }
    }
    List<Integer> missing = new ArrayList<>();
    for (int owner : plan.neededOwners()) {
      if (secrets.containsKey(owner)) {
        continue;
      }
      List<Share> shares = byOwner.getOrDefault(owner, List.of());
      if (shares.size() < plan.threshold()) {
        missing.add(owner);
        continue;
      }
      switch (reconstruction.rebuild(shares, check(owner))) {
        case SecretReconstruction.Rebuilt(byte[] secret, List<Integer> wrong) -> {
          secrets.put(owner, secret);
          wrong.forEach(holder -> wrongHolders.merge(holder, 1, Integer::sum));
        }
        case SecretReconstruction.Failed(String reason) -> missing.add(owner);
      }
    }
    return missing;
  }

  /**
   * What was found out about devices: wrong shares as far as rebuilding noticed them, and shares
   * that holders say they could not open; by kind and rising index.
   */
  public List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    wrongHolders.forEach((holder, times) ->
        faults.add(new Fault(roster.get(holder).id(), Fault.Kind.WRONG_SHARES, times)));
    unopened.forEach((owner, times) ->
        faults.add(new Fault(roster.get(owner).id(), Fault.Kind.UNOPENED_SHARES, times)));
    return faults;
  }

  /**
   * Subtracts all masks from {@code sum}, in place.
   *
   * @param group the group whose sum it is
   * @throws IllegalStateException if a needed secret is missing
   */
  public void removeMasks(int group, int[] sum, int ringBits) {
    try (Unmasker unmasker = new Unmasker(roundHash, ringBits)) {
      for (int owner : plan.neededOwners(group)) {
        byte[] secret = secrets.get(owner);
        if (secret == null) {
          throw new IllegalStateException(
              "the secret of roster entry " + owner + " was not rebuilt");
        }
        if (plan.kindFor(owner) == SecretKind.SELF_MASK_SEED) {
          unmasker.removeSelfMask(secret);
        } else {
          removePairMasks(unmasker, owner, secret);
        }
      }
      unmasker.apply(sum);
    }
  }

  /** Groups with survivors: those that are in the sum. */
  public int[] groups() {
    return IntStream.range(0, plan.groups())
        .filter(group -> !plan.survivors(group).isEmpty())
        .toArray();
  }

  private void removePairMasks(Unmasker unmasker, int dropped, byte[] secret) {
    try (X25519KeyPair keys = X25519KeyPair.fromPrivateKey(secret)) {
      for (int peer : plan.sharingNeighbours(dropped)) {
        if (plan.kindFor(peer) == SecretKind.SELF_MASK_SEED) {
          unmasker.removePairMasks(dropped, keys, peer, roster.get(peer).maskPublicKey().toArray());
        }
      }
    }
  }

  /** Overwrites the rebuilt secrets. */
  public void erase() {
    secrets.values().forEach(secret -> Arrays.fill(secret, (byte) 0));
    secrets.clear();
  }

  private Predicate<byte[]> check(int owner) {
    Participant participant = roster.get(owner);
    if (plan.kindFor(owner) == SecretKind.SELF_MASK_SEED) {
      byte[] commitment = participant.selfMaskCommitment().toArray();
      return seed -> SelfMask.opens(roundHash, commitment, seed);
    }
    byte[] publicKey = participant.maskPublicKey().toArray();
    return key -> {
      try (X25519KeyPair keys = X25519KeyPair.fromPrivateKey(key)) {
        return MessageDigest.isEqual(keys.publicKey(), publicKey);
      }
    };
  }
}
