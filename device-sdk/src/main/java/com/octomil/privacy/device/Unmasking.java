package com.octomil.privacy.device;

import static com.octomil.privacy.device.Refusal.unless;

import com.octomil.privacy.device.state.PastCohort;
import com.octomil.privacy.device.state.RoundStateStore;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.RevealedShare;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.SurvivorSignature;
import com.octomil.privacy.device.transport.SurvivorSignatures;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.secagg.SecretBytes;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.RevealItem;
import com.octomil.privacy.secagg.wire.SecretKind;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * From the acknowledged upload to the reveal: checks the survivor set, confirms it, waits until
 * enough neighbours have confirmed the same one and reveals exactly one secret of each neighbour
 * that shared.
 */
final class Unmasking {

  /** Says that this device holds no share of a neighbour, since it could not open it. */
  private static final byte[] NO_SHARE = {};

  private final PendingReveal pending;
  private final DeviceTransport transport;
  private final PhaseCalls calls;
  private final RoundStateStore store;
  private final LocalPolicy policy;
  private final Bytes ownDeviceKey;

  Unmasking(
      PendingReveal pending,
      DeviceTransport transport,
      PhaseCalls calls,
      RoundStateStore store,
      LocalPolicy policy,
      Bytes ownDeviceKey) {
    this.pending = pending;
    this.transport = transport;
    this.calls = calls;
    this.store = store;
    this.policy = policy;
    this.ownDeviceKey = ownDeviceKey;
  }

  /** Returns when the server has accepted the reveal. */
  void run() throws RoundEnded, Refusal, InterruptedException {
    Ticket ticket = pending.ticket();
    Bytes bitmap =
        calls.untilReady(
            ticket.roundId(),
            Step.GET_SURVIVORS,
            pending.signDeadline(),
            wait -> transport.survivors(ticket, wait));
    BitSet survivors = ShareExchange.bitmap("survivors", bitmap, pending.cohort());
    check(survivors);
    PastCohort cohort = cohort(survivors);
    differencing(cohort);
    first(bitmap, survivors);
    byte[] seed = pending.roundSeed().reveal();
    try (SigningKeyPair roundKey = SigningKeyPair.fromSeed(seed)) {
      confirm(bitmap, roundKey);
      collect(bitmap, survivors);
      Map<Integer, SecretKind> kinds = decide(survivors);
      store.rememberCohort(cohort);
      reveal(kinds, roundKey);
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
  }

  private void check(BitSet survivors) throws Refusal {
    unless(
        survivors.get(pending.ownIndex()),
        RefusalReason.DECLARED_DROPPED,
        "the upload of this device, "
            + pending.ownIndex()
            + ", was acknowledged and it is not among the survivors");
    BitSet strangers = (BitSet) survivors.clone();
    strangers.andNot(pending.sharers());
    unless(
        strangers.isEmpty(),
        RefusalReason.SURVIVORS_NOT_SHARERS,
        "survivors " + strangers + " had not shared");
    unless(
        survivors.cardinality() >= pending.minimum(),
        RefusalReason.TOO_FEW_DEVICES,
        "at least " + pending.minimum() + " devices must survive, not " + survivors.cardinality());
    int group = inGroup(survivors).cardinality();
    unless(
        group >= pending.groupMinimum(),
        RefusalReason.TOO_FEW_DEVICES,
        "at least " + pending.groupMinimum() + " devices of the group must survive, not " + group);
    long neighbours = pending.held().keySet().stream().filter(survivors::get).count();
    unless(
        neighbours >= pending.threshold(),
        RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
        "at least " + pending.threshold() + " neighbours must survive, not " + neighbours);
  }

  /** Those in the group of this device: their sum is unmasked on its own. */
  private BitSet inGroup(BitSet indices) {
    BitSet group = (BitSet) pending.group().clone();
    group.and(indices);
    return group;
  }

  private PastCohort cohort(BitSet survivors) {
    Optional<Set<Bytes>> keys = Optional.empty();
    if (pending.complete()) {
      Set<Bytes> all = new HashSet<>();
      all.add(ownDeviceKey);
      pending
          .held()
          .forEach((index, held) -> {
            if (survivors.get(index)) {
              all.add(held.devicePublicKey());
            }
          });
      keys = Optional.of(all);
    }
    return new PastCohort(
        pending.federation(),
        pending.modelHash(),
        pending.ticket().roundId(),
        inGroup(survivors).cardinality(),
        keys);
  }

  /**
   * Two sums of the same updates over nearly the same devices give away what the few others
   * contributed.
   */
  private void differencing(PastCohort now) throws Refusal {
    for (PastCohort past : store.cohorts(now.federation(), now.modelHash())) {
      if (past.roundId().equals(now.roundId())) {
        continue;
      }
      if (past.deviceKeys().isPresent() && now.deviceKeys().isPresent()) {
        Set<Bytes> different = new HashSet<>(past.deviceKeys().get());
        different.removeAll(now.deviceKeys().get());
        Set<Bytes> added = new HashSet<>(now.deviceKeys().get());
        added.removeAll(past.deviceKeys().get());
        different.addAll(added);
        unless(
            different.isEmpty() || different.size() >= pending.groupMinimum(),
            RefusalReason.COHORT_DIFFERENCING,
            "the cohort differs from that of round "
                + past.roundId()
                + " over the same model by "
                + different.size()
                + " devices; it must be none or at least "
                + pending.groupMinimum());
      } else {
        unless(
            policy.repeatedModelsAllowed(),
            RefusalReason.COHORT_DIFFERENCING,
            "round "
                + past.roundId()
                + " summed updates to the same model, and this device cannot see how the cohorts differ");
      }
    }
  }

  /** The first survivor set of a round is the only one, also across restarts. */
  private void first(Bytes bitmap, BitSet survivors) throws Refusal {
    Bytes recorded = store.fixSurvivors(pending.ticket().roundId(), bitmap);
    if (recorded.equals(bitmap)) {
      return;
    }
    BitSet changed = BitSet.valueOf(recorded.toArray());
    changed.xor(survivors);
    for (int index : pending.held().keySet()) {
      unless(
          !changed.get(index),
          RefusalReason.NEIGHBOUR_ALIVE_AND_DEAD,
          "neighbour " + index + " is now declared " + (survivors.get(index) ? "alive" : "dead"));
    }
    throw new Refusal(
        RefusalReason.SURVIVORS_CHANGED,
        "the status of devices " + changed + " differs from the first request");
  }

  private void confirm(Bytes bitmap, SigningKeyPair roundKey)
      throws RoundEnded, Refusal, InterruptedException {
    Bytes signature = Bytes.of(roundKey.sign(transcript(bitmap)));
    calls.untilAccepted(
        pending.ticket().roundId(),
        Step.SIGN_SURVIVORS,
        pending.signDeadline(),
        () -> transport.signSurvivors(pending.ticket(), signature));
  }

  private byte[] transcript(Bytes bitmap) {
    return Transcripts.survivors(pending.roundHash(), pending.root().toArray(), bitmap.toArray());
  }

  /**
   * Waits for confirmations of at least t neighbours over exactly this set; the device's own does
   * not count. A few that are missing or wrong do no harm, since fewer than t devices cannot
   * rebuild anything.
   */
  private void collect(Bytes bitmap, BitSet survivors)
      throws RoundEnded, Refusal, InterruptedException {
    List<Integer> asked = pending.held().keySet().stream().filter(survivors::get).toList();
    byte[] transcript = transcript(bitmap);
    Set<Integer> valid = new HashSet<>();
    Set<Integer> wrong = new HashSet<>();
    // Wrong ones are asked for on top, so that the server holds the call until enough others are
    // there.
    while (true) {
      int atLeast = Math.min(asked.size(), pending.threshold() + wrong.size());
      SurvivorSignatures answer =
          calls.untilReady(
              pending.ticket().roundId(),
              Step.GET_SURVIVOR_SIGNATURES,
              pending.signDeadline(),
              wait -> transport.survivorSignatures(pending.ticket(), asked, atLeast, wait));
      for (SurvivorSignature signature : answer.signatures()) {
        PendingReveal.Held signer = pending.held().get(signature.index());
        if (signer == null
            || !survivors.get(signature.index())
            || valid.contains(signature.index())) {
          continue;
        }
        if (SigningKeyPair.verify(
            signer.roundPublicKey().toArray(), transcript, signature.signature().toArray())) {
          valid.add(signature.index());
          wrong.remove(signature.index());
        } else {
          wrong.add(signature.index());
        }
      }
      if (valid.size() >= pending.threshold()) {
        return;
      }
      unless(
          asked.size() - wrong.size() >= pending.threshold(),
          RefusalReason.SURVIVOR_SIGNATURES_DISAGREE,
          "neighbours "
              + wrong
              + " confirmed other survivors; only "
              + valid.size()
              + " confirmed these");
      if (answer.closed() || !calls.pauseBefore(pending.signDeadline())) {
        throw new Refusal(
            wrong.isEmpty()
                ? RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD
                : RefusalReason.SURVIVOR_SIGNATURES_DISAGREE,
            "at least "
                + pending.threshold()
                + " neighbours must confirm the survivors; "
                + valid.size()
                + " did, "
                + wrong.size()
                + " confirmed others");
      }
    }
  }

  private Map<Integer, SecretKind> decide(BitSet survivors) throws Refusal {
    Map<Integer, SecretKind> kinds = new HashMap<>();
    for (int index : pending.held().keySet()) {
      kinds.put(index, survivors.get(index) ? SecretKind.SELF_MASK_SEED : SecretKind.MASK_KEY);
    }
    Map<Integer, SecretKind> recorded = store.fixReveals(pending.ticket().roundId(), kinds);
    unless(
        recorded.equals(kinds),
        RefusalReason.NEIGHBOUR_ALIVE_AND_DEAD,
        "another secret of a neighbour was revealed before");
    return kinds;
  }

  private void reveal(Map<Integer, SecretKind> kinds, SigningKeyPair roundKey)
      throws RoundEnded, Refusal, InterruptedException {
    List<RevealedShare> shares = new ArrayList<>(kinds.size());
    List<RevealItem> items = new ArrayList<>(kinds.size());
    new TreeMap<>(kinds)
        .forEach((index, kind) -> {
          PendingReveal.Held held = Objects.requireNonNull(pending.held().get(index));
          byte[] share =
              held.shares()
                  .map(both ->
                      kind == SecretKind.SELF_MASK_SEED ? both.seedShare() : both.maskKeyShare())
                  .map(SecretBytes::reveal)
                  .orElse(NO_SHARE);
          shares.add(new RevealedShare(index, kind, Bytes.of(share)));
          items.add(new RevealItem(index, kind, share));
        });
    Bytes signature =
        Bytes.of(
            roundKey.sign(
                Transcripts.reveal(
                    pending.roundHash(), pending.ticket().participantId().toArray(), items)));
    calls.untilAccepted(
        pending.ticket().roundId(),
        Step.REVEAL,
        pending.revealDeadline(),
        () -> transport.reveal(pending.ticket(), shares, signature));
  }
}
