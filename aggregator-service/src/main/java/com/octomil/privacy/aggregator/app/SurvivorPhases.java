package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Fault;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.RevealStore;
import com.octomil.privacy.aggregator.domain.RevealedShare;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.SurvivorBitmap;
import com.octomil.privacy.aggregator.domain.SurvivorVerdict;
import com.octomil.privacy.aggregator.domain.Unmasking;
import com.octomil.privacy.aggregator.domain.UnmaskingPlan;
import com.octomil.privacy.aggregator.domain.UploadStore;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * From UPLOADING to UNMASKING: who is in the sum, who confirms that, and the secrets behind it.
 * Blocking.
 */
@ApplicationScoped
class SurvivorPhases {
  private static final Logger LOG = Logger.getLogger(SurvivorPhases.class);

  private final RoundStore rounds;
  private final RevealStore reveals;
  private final UploadStore uploads;
  private final RelaySessions relay;
  private final Peers peers;
  private final RoundSignals signals;
  private final RoundWait waiting;
  private final CpuPool cpu;
  private final Clock clock;
  private final RoundMetrics metrics;

  SurvivorPhases(
      RoundStore rounds,
      RevealStore reveals,
      UploadStore uploads,
      RelaySessions relay,
      Peers peers,
      RoundSignals signals,
      RoundWait waiting,
      CpuPool cpu,
      Clock clock,
      RoundMetrics metrics) {
    this.rounds = rounds;
    this.reveals = reveals;
    this.uploads = uploads;
    this.relay = relay;
    this.peers = peers;
    this.signals = signals;
    this.waiting = waiting;
    this.cpu = cpu;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** UPLOADING: waits for uploads and fixes the survivors. */
  void collect(RoundRun run) {
    OpenRound round = run.opened(rounds);
    Roster roster = run.roster(rounds);
    int sharers = roster.sharers().cardinality();
    metrics.timed(
        RoundMetrics.Phase.UPLOAD,
        () ->
            waiting.await(
                run,
                waiting.end(run, round.uploadDeadline()),
                () -> uploads.contributionCount(round.id()) >= sharers));
    Optional<SurvivorVerdict> verdict =
        uploads.closeUploads(
            round.id(),
            roster.size(),
            round.secureAggregation() ? RoundState.SIGNING : RoundState.UNMASKING,
            contributed ->
                SurvivorVerdict.onUploads(
                    round,
                    round.graphNonce().map(nonce -> unmaskingPlan(nonce, roster, contributed)),
                    contributed),
            clock.instant());
    verdict.ifPresent(fixed -> {
      metrics.dropped(RoundMetrics.Step.UPLOAD, sharers - fixed.survivors().cardinality());
      leftOut(fixed);
      signals.changed(round.id(), RoundSignals.Topic.PHASE);
    });
  }

  private void leftOut(SurvivorVerdict verdict) {
    if (verdict.abort().isEmpty() && !verdict.leftOut().isEmpty()) {
      LOG.warnf(
          "%d groups could not be unmasked; the round goes on without them",
          verdict.leftOut().size());
      metrics.leftOut(verdict.leftOut().values());
    }
  }

  private static UnmaskingPlan unmaskingPlan(Octets nonce, Roster roster, BitSet survivors) {
    return new UnmaskingPlan(nonce, roster.graph().orElseThrow(), roster.sharers(), survivors);
  }

  private UnmaskingPlan unmaskingPlan(RoundRun run, RoundStatus status) {
    Roster roster = run.roster(rounds);
    return unmaskingPlan(
        run.opened(rounds).graphNonce().orElseThrow(), roster, survivors(roster, status));
  }

  private static BitSet survivors(Roster roster, RoundStatus status) {
    return SurvivorBitmap.decode(status.survivors().orElseThrow(), roster.size());
  }

  /**
   * SIGNING: waits for confirmations. Who has seen enough of them reveals while others still sign:
   * a silent device costs the grace, not a phase.
   */
  void awaitSigned(RoundRun run, RoundStatus status) {
    RoundId id = run.id();
    OpenRound round = run.opened(rounds);
    int expected = status.survivorCount().orElseThrow();
    UnmaskingPlan plan = unmaskingPlan(run, status);
    // Early, so that no device reveals anything for a sum that will not be made.
    requireApart(run, status, false);
    metrics.timed(
        RoundMetrics.Phase.SIGN,
        () ->
            waiting.await(
                run,
                waiting.end(run, round.signDeadline()),
                () ->
                    reveals.signers(id).cardinality() >= expected
                        || enoughRevealed(run, plan, expected)));
    if (rounds.advance(id, RoundState.SIGNING, RoundState.REVEALING, clock.instant())) {
      signals.changed(id, RoundSignals.Topic.PHASE);
    }
  }

  private boolean enoughRevealed(RoundRun run, UnmaskingPlan plan, int expected) {
    BitSet revealers = reveals.revealers(run.id());
    // Those of groups that were left out do not count.
    revealers.and(plan.survivors());
    return revealers.cardinality() >= expected || waiting.held(run, plan.rebuildable(revealers));
  }

  /** REVEALING: waits for shares until every secret that is needed can be rebuilt. */
  void awaitRevealed(RoundRun run, RoundStatus status) {
    RoundId id = run.id();
    OpenRound round = run.opened(rounds);
    int expected = status.survivorCount().orElseThrow();
    UnmaskingPlan plan = unmaskingPlan(run, status);
    Instant until = waiting.end(run, round.revealDeadline());
    Unmasking unmasking = new Unmasking(round.roundHash(), run.roster(rounds), plan);
    run.keep(unmasking);
    while (true) {
      metrics.timed(
          RoundMetrics.Phase.REVEAL,
          () -> waiting.await(run, until, () -> enoughRevealed(run, plan, expected)));
      BitSet revealers = reveals.revealers(id);
      revealers.and(plan.survivors());
      int revealed = revealers.cardinality();
      boolean last = revealed >= expected || waiting.passed(until);
      List<RevealedShare> shares = reveals.revealedShares(id);
      List<Integer> missing = cpu.call(() -> unmasking.rebuild(shares));
      if (missing.isEmpty()) {
        faults(id, unmasking);
        requireApart(run, status, true);
        if (rounds.advance(id, RoundState.REVEALING, RoundState.UNMASKING, clock.instant())) {
          metrics.dropped(RoundMetrics.Step.REVEAL, expected - revealed);
          signals.changed(id, RoundSignals.Topic.PHASE);
        }
        return;
      }
      if (last) {
        faults(id, unmasking);
        leaveOut(run, plan, missing);
        return;
      }
      // Enough shares, but wrong ones among them: wait for more of them.
      run.notEnough(clock.instant());
    }
  }

  /** Goes on without the groups whose secrets are missing, or ends the round. */
  private void leaveOut(RoundRun run, UnmaskingPlan plan, List<Integer> missing) {
    if (plan.groups() == 1) {
      throw notRebuilt(missing);
    }
    Map<Integer, Abort> failed = new TreeMap<>();
    missing.stream()
        .collect(Collectors.groupingBy(plan::group, TreeMap::new, Collectors.toList()))
        .forEach((group, owners) -> failed.put(group, notRebuilt(owners).abort()));
    SurvivorVerdict verdict = SurvivorVerdict.without(run.opened(rounds), plan, failed);
    verdict
        .abort()
        .ifPresent(abort -> {
          throw new RoundAborted(abort);
        });
    if (uploads.leaveOut(run.id(), run.roster(rounds).size(), verdict, clock.instant())) {
      leftOut(verdict);
      signals.changed(run.id(), RoundSignals.Topic.PHASE);
    }
  }

  /** The secrets of an UNMASKING round: those rebuilt before, or again from the same shares. */
  Optional<Unmasking> secrets(RoundRun run, RoundStatus status) {
    if (!run.opened(rounds).secureAggregation()) {
      return Optional.empty();
    }
    Optional<Unmasking> kept = run.takeUnmasking();
    if (kept.isPresent()) {
      return kept;
    }
    Unmasking unmasking =
        new Unmasking(
            run.opened(rounds).roundHash(), run.roster(rounds), unmaskingPlan(run, status));
    List<RevealedShare> shares = reveals.revealedShares(run.id());
    List<Integer> missing = cpu.call(() -> unmasking.rebuild(shares));
    if (!missing.isEmpty()) {
      unmasking.erase();
      throw notRebuilt(missing);
    }
    return Optional.of(unmasking);
  }

  /** Of a round without secure aggregation, before its sum is released. */
  void requireApart(RoundRun run, RoundStatus status) {
    requireApart(run, status, true);
  }

  private void requireApart(RoundRun run, RoundStatus status, boolean commit) {
    Octets survivors = status.survivors().orElseThrow();
    peers
        .orAbort(run.control(), () -> relay.differencing(run.id(), survivors, commit))
        .ifPresent(abort -> {
          throw new RoundAborted(abort);
        });
  }

  private static RoundAborted notRebuilt(List<Integer> missing) {
    return new RoundAborted(
        AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
        "The secrets of "
            + missing.size()
            + " devices could not be rebuilt from the revealed shares.");
  }

  /** Names the devices whose shares do not fit, under their pseudonyms. */
  private void faults(RoundId id, Unmasking unmasking) {
    List<Fault> faults = unmasking.faults();
    if (!faults.isEmpty()) {
      LOG.warnf("%d devices sent shares that do not fit", faults.size());
      metrics.found(faults);
      reveals.recordFaults(id, faults);
    }
  }
}
