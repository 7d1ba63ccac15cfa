package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.Deadlines;
import com.octomil.privacy.aggregator.domain.Encoding;
import com.octomil.privacy.aggregator.domain.Fault;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.PrivacyConfiguration;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.Release;
import com.octomil.privacy.aggregator.domain.RevealedShare;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.RoundTerms;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.aggregator.domain.TrainingPlan;
import com.octomil.privacy.aggregator.domain.Unmasking;
import com.octomil.privacy.aggregator.domain.UnmaskingPlan;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.aggregator.domain.Weights;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import com.octomil.privacy.secagg.masking.RingVector;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * Runs one attempt at a round from the reservation to the publication. Blocking; one attempt at a
 * time for each job, on a thread that may wait. Every wait has an end.
 */
@ApplicationScoped
class RoundDriver {
  private static final Logger LOG = Logger.getLogger(RoundDriver.class);

  /** How long a call of the relay may be held; bounds how late a cancellation is noticed. */
  private static final Duration RELAY_POLL = Duration.ofSeconds(1);

  /** How much later than its deadline the relay may report the end of a phase. */
  private static final Duration RELAY_SLACK = Duration.ofSeconds(5);

  private final RoundStore rounds;
  private final ModelStore models;
  private final BudgetLedger budget;
  private final RelaySessions relay;
  private final RoundSettlement settlement;
  private final RoundSignals signals;
  private final CpuPool cpu;
  private final Peers peers;
  private final AggregatorConfig config;
  private final SecureRandom random;
  private final Clock clock;
  private final RoundMetrics metrics;

  RoundDriver(
      RoundStore rounds,
      ModelStore models,
      BudgetLedger budget,
      RelaySessions relay,
      RoundSettlement settlement,
      RoundSignals signals,
      CpuPool cpu,
      Peers peers,
      AggregatorConfig config,
      SecureRandom random,
      Clock clock,
      RoundMetrics metrics) {
    this.rounds = rounds;
    this.models = models;
    this.budget = budget;
    this.relay = relay;
    this.settlement = settlement;
    this.signals = signals;
    this.cpu = cpu;
    this.peers = peers;
    this.config = config;
    this.random = random;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** How an attempt ended. */
  sealed interface End {
    /** The round is published; it may not be committed yet. */
    record Published() implements End {}

    /** Without a result; another attempt may succeed. */
    record Aborted(Abort abort) implements End {}

    /** Refused by the budget, before any device was asked. */
    record BudgetExhausted(String reason) implements End {}

    /** Refused by the pins of the federation, before any device was asked. */
    record Refused(String reason) implements End {}

    /** No attempt can succeed. */
    record Impossible(String reason) implements End {}
  }

  /** Leaves the attempt from any depth. */
  private static final class AbortedException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient Abort abort;

    AbortedException(AbortReason reason, String detail) {
      super(detail, null, false, false);
      this.abort = new Abort(reason, detail);
    }
  }

  /**
   * Runs an attempt; whatever happens the round is over afterwards, unless the driver was stopped.
   */
  End run(TrainingJob job, int number, int attemptNumber, JobControl control) {
    Model model = models.find(job.federation(), job.model()).orElseThrow();
    RoundAttempt attempt =
        new RoundAttempt(
            RoundId.random(random),
            job.id(),
            job.federation(),
            job.model(),
            number,
            attemptNumber,
            model.latest().version());
    rounds.begin(attempt, clock.instant());
    End end;
    try {
      end = reserveAndRun(job, model, attempt, control);
    } catch (AbortedException e) {
      end = aborted(attempt, e.abort);
    } catch (ServiceException e) {
      control.check();
      LOG.warnf("round aborted: %s", e.detail());
      end = aborted(attempt, new Abort(AbortReason.INTERNAL, e.detail()));
    } catch (JobControl.Stopped e) {
      throw e;
    } catch (RuntimeException e) {
      control.check();
      LOG.error("round aborted by an unexpected failure", e);
      end =
          aborted(
              attempt,
              new Abort(AbortReason.INTERNAL, "The aggregator failed; its log has the reason."));
    }
    metrics.ended(outcome(end));
    return end;
  }

  private static String outcome(End end) {
    return switch (end) {
      case End.Published p -> RoundMetrics.PUBLISHED;
      case End.Aborted(Abort abort) -> abort.reason().id();
      case End.BudgetExhausted e -> RoundMetrics.BUDGET_EXHAUSTED;
      case End.Refused r -> RoundMetrics.REFUSED;
      case End.Impossible i -> RoundMetrics.IMPOSSIBLE;
    };
  }

  private End aborted(RoundAttempt attempt, Abort abort) {
    settlement.abort(attempt.id(), abort);
    return new End.Aborted(abort);
  }

  private End reserveAndRun(
      TrainingJob job, Model model, RoundAttempt attempt, JobControl control) {
    return switch (metrics.timed(
        RoundMetrics.Phase.RESERVE,
        () -> peers.patiently(control, () -> budget.reserve(attempt)))) {
      case BudgetLedger.Reservation.Exhausted(String total, String spent, String required) -> {
        rounds.discard(attempt.id());
        yield new End.BudgetExhausted(
            "The privacy budget does not cover another round: epsilon is "
                + total
                + ", "
                + spent
                + " is spent, and the round would bring it to "
                + required
                + ".");
      }
      case BudgetLedger.Reservation.Refused(String reason) -> {
        rounds.discard(attempt.id());
        yield new End.Refused(reason);
      }
      case BudgetLedger.Reservation.UnknownFederation() -> {
        rounds.discard(attempt.id());
        yield new End.Impossible("The federation has no privacy configuration any more.");
      }
      case BudgetLedger.Reservation.Granted(
              String reservation,
              PrivacyConfiguration configuration) -> {
        rounds.reserved(attempt.id(), reservation, clock.instant());
        Optional<String> impossible = impossible(job.plan(), configuration);
        if (impossible.isPresent()) {
          settlement.abort(
              attempt.id(), new Abort(AbortReason.INFEASIBLE_PARAMETERS, impossible.get()));
          yield new End.Impossible(impossible.get());
        }
        OpenRound round = open(job.plan(), model, attempt, reservation, configuration, control);
        collect(round, job.plan(), control);
        yield new End.Published();
      }
    };
  }

  /** Why a plan cannot run under a configuration, if it cannot. */
  static Optional<String> impossible(TrainingPlan plan, PrivacyConfiguration configuration) {
    int minSurvivors = configuration.minSurvivors(plan.minUpdates());
    if (plan.cohort() < minSurvivors) {
      return Optional.of(
          "The cohort of "
              + plan.cohort()
              + " devices is smaller than the minimum of "
              + minSurvivors
              + " survivors.");
    }
    if (configuration.secureAggregation().isPresent()
        && plan.cohort() < GraphParameters.MIN_COHORT) {
      return Optional.of(
          "The cohort of "
              + plan.cohort()
              + " devices is too small for secure aggregation, which needs "
              + GraphParameters.MIN_COHORT
              + ".");
    }
    try {
      Encoding.of(
          configuration.maxGradNorm(),
          configuration.quantizationBits(),
          plan.cohort(),
          weighting(plan, configuration));
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("The encoding is impossible: " + e.getMessage() + ".");
    }
  }

  private static Optional<Weighting> weighting(
      TrainingPlan plan, PrivacyConfiguration configuration) {
    return plan.weighting(configuration.noiseMultiplier().isPresent());
  }

  private OpenRound open(
      TrainingPlan plan,
      Model model,
      RoundAttempt attempt,
      String reservation,
      PrivacyConfiguration configuration,
      JobControl control) {
    Optional<Octets> nonce = Optional.empty();
    if (configuration.secureAggregation().isPresent()) {
      byte[] fresh = new byte[GraphNonce.BYTES];
      random.nextBytes(fresh);
      nonce = Optional.of(Octets.of(fresh));
    }
    Deadlines deadlines = Deadlines.from(clock.instant(), plan.phaseTimeout());
    RoundTerms terms =
        new RoundTerms(
            attempt.id(),
            attempt.federation(),
            configuration.version(),
            model.latest().sha256(),
            model.vectorLength(),
            Encoding.of(
                configuration.maxGradNorm(),
                configuration.quantizationBits(),
                plan.cohort(),
                weighting(plan, configuration)),
            configuration.secureAggregation(),
            nonce.map(value -> Octets.of(GraphNonce.commit(value.toArray()))),
            configuration.noiseMultiplier(),
            plan.cohort(),
            configuration.minSurvivors(plan.minUpdates()),
            deadlines,
            plan.algorithm(),
            plan.localEpochs(),
            plan.learningRate(),
            attempt.number(),
            configuration.regions(),
            weighting(plan, configuration));
    Octets parameters = relay.serialize(terms);
    Octets ticketKey =
        peers.patiently(control, deadlines.advertise(), () -> relay.open(parameters));
    OpenRound round =
        new OpenRound(
            attempt,
            parameters,
            RoundHash.of(parameters.toArray()),
            ticketKey,
            nonce,
            reservation,
            configuration.version(),
            model.vectorLength(),
            terms.encoding(),
            configuration.noiseMultiplier(),
            plan.cohort(),
            terms.minSurvivors(),
            deadlines.upload(),
            deadlines.signSurvivors(),
            deadlines.reveal(),
            terms.weighting());
    step(round.id(), rounds.open(round, clock.instant()));
    metrics.timed(RoundMetrics.Phase.EXCHANGE, () -> awaitShared(round, deadlines, control));
    return round;
  }

  /** Follows the relay until the sharers are fixed, and opens the graph on the way. */
  private void awaitShared(OpenRound round, Deadlines deadlines, JobControl control) {
    Instant until = deadlines.share().plus(RELAY_SLACK);
    Optional<RelaySessions.Phase> known = Optional.empty();
    boolean graphOpened = false;
    while (true) {
      Optional<RelaySessions.Phase> seen = known;
      RelaySessions.Session session =
          peers.patiently(control, until, () -> relay.await(round.id(), seen, RELAY_POLL));
      checkStopped(control);
      switch (session.phase()) {
        case ADVERTISE, SHARE -> {}
        case ROSTER_CLOSED -> {
          if (!graphOpened) {
            openGraph(round, until, control);
            graphOpened = true;
          }
        }
        case SHARED -> {
          startUploads(round, session, until, control);
          return;
        }
        case ABORTED -> {
          Abort abort =
              session
                  .abort()
                  .orElseGet(() -> new Abort(AbortReason.INTERNAL, "The relay aborted the round."));
          throw new AbortedException(abort.reason(), abort.detail());
        }
        case CLOSED ->
            throw new AbortedException(AbortReason.INTERNAL, "The relay has closed the session.");
      }
      if (!clock.instant().isBefore(until)) {
        throw new AbortedException(
            AbortReason.DEADLINE, "Keys and shares were not exchanged in time.");
      }
      known = Optional.of(session.phase());
    }
  }

  private void openGraph(OpenRound round, Instant until, JobControl control) {
    try {
      peers.patiently(
          control,
          until,
          () -> {
            relay.openGraph(round.id(), round.graphNonce().orElseThrow());
            return true;
          });
    } catch (ServiceException e) {
      // Infeasible parameters abort the session; its state says so better than this answer.
      RelaySessions.Session session =
          peers.patiently(
              control, until, () -> relay.await(round.id(), Optional.empty(), Duration.ZERO));
      Abort abort = session.abort().orElseThrow(() -> e);
      throw new AbortedException(abort.reason(), abort.detail());
    }
  }

  private void startUploads(
      OpenRound round, RelaySessions.Session session, Instant until, JobControl control) {
    List<Participant> participants =
        peers.patiently(control, until, () -> relay.participants(round.id()));
    Optional<Roster.Graph> graph = Optional.empty();
    if (round.secureAggregation()) {
      graph =
          Optional.of(
              new Roster.Graph(
                  session
                      .rosterRoot()
                      .orElseThrow(
                          () -> new IllegalStateException("the relay gave no roster root")),
                  new GraphParameters(participants.size(), session.degree(), session.threshold())));
    }
    if (participants.size() > round.targetCohort()) {
      // The ring is sized for the target; more contributions could wrap the sum.
      throw new AbortedException(
          AbortReason.INTERNAL,
          "The roster has "
              + participants.size()
              + " devices; the round was made for "
              + round.targetCohort()
              + ".");
    }
    Roster roster = new Roster(participants, graph);
    int sharers = roster.sharers().cardinality();
    if (sharers < round.minSurvivors()) {
      throw tooFew(sharers, "shared", round.minSurvivors());
    }
    metrics.dropped(RoundMetrics.Step.ADVERTISE, session.checkedIn() - roster.size());
    metrics.dropped(RoundMetrics.Step.SHARE, roster.size() - sharers);
    step(round.id(), rounds.startUploads(round.id(), roster, session.checkedIn(), clock.instant()));
  }

  private static AbortedException tooFew(int count, String did, int minimum) {
    return new AbortedException(
        AbortReason.TOO_FEW_DEVICES,
        count + " devices " + did + "; the minimum is " + minimum + ".");
  }

  /** From the first upload to the publication. */
  private void collect(OpenRound round, TrainingPlan plan, JobControl control) {
    Roster roster = rounds.roster(round.id()).orElseThrow();
    BitSet sharers = roster.sharers();
    metrics.timed(
        RoundMetrics.Phase.UPLOAD,
        () ->
            await(
                round,
                control,
                earlier(round.uploadDeadline(), plan),
                () -> rounds.contributionCount(round.id()) >= sharers.cardinality()));
    BitSet survivors =
        rounds
            .closeUploads(
                round.id(),
                roster.size(),
                round.secureAggregation() ? RoundState.SIGNING : RoundState.UNMASKING,
                contributed -> verdict(round, roster, contributed),
                clock.instant())
            .orElseThrow(
                () -> new AbortedException(AbortReason.INTERNAL, "Another driver has taken over."));
    signals.changed(round.id(), RoundSignals.Topic.PHASE);
    metrics.dropped(RoundMetrics.Step.UPLOAD, sharers.cardinality() - survivors.cardinality());
    verdict(round, roster, survivors)
        .ifPresent(abort -> {
          throw new AbortedException(abort.reason(), abort.detail());
        });
    Optional<Unmasking> unmasking =
        round.secureAggregation()
            ? Optional.of(rebuildSecrets(round, roster, survivors, plan, control))
            : Optional.empty();
    publish(round, plan, unmasking, survivors.cardinality());
  }

  private static Optional<Abort> verdict(OpenRound round, Roster roster, BitSet survivors) {
    if (survivors.cardinality() < round.minSurvivors()) {
      return Optional.of(tooFew(survivors.cardinality(), "uploaded", round.minSurvivors()).abort);
    }
    return round
        .graphNonce()
        .flatMap(nonce -> unmaskingPlan(nonce, roster, survivors).infeasible());
  }

  private static UnmaskingPlan unmaskingPlan(Octets nonce, Roster roster, BitSet survivors) {
    return new UnmaskingPlan(nonce, roster.graph().orElseThrow(), roster.sharers(), survivors);
  }

  private Unmasking rebuildSecrets(
      OpenRound round, Roster roster, BitSet survivors, TrainingPlan plan, JobControl control) {
    RoundId id = round.id();
    UnmaskingPlan unmaskingPlan =
        unmaskingPlan(round.graphNonce().orElseThrow(), roster, survivors);
    int expected = survivors.cardinality();
    // Who has seen enough confirmations reveals while others still sign: a silent device costs the
    // grace, not a phase.
    Grace grace = new Grace();
    BooleanSupplier enoughRevealed =
        () -> {
          BitSet revealers = rounds.revealers(id);
          return revealers.cardinality() >= expected
              || grace.passed(unmaskingPlan.rebuildable(revealers));
        };
    metrics.timed(
        RoundMetrics.Phase.SIGN,
        () ->
            await(
                round,
                control,
                earlier(round.signDeadline(), plan),
                () ->
                    rounds.signers(id).cardinality() >= expected || enoughRevealed.getAsBoolean()));
    step(id, rounds.advance(id, RoundState.SIGNING, RoundState.REVEALING, clock.instant()));

    Instant until = earlier(round.revealDeadline(), plan);
    Unmasking unmasking = new Unmasking(round.roundHash(), roster, unmaskingPlan);
    while (true) {
      metrics.timed(RoundMetrics.Phase.REVEAL, () -> await(round, control, until, enoughRevealed));
      int revealed = rounds.revealers(id).cardinality();
      boolean last = revealed >= expected || !clock.instant().isBefore(until);
      List<RevealedShare> shares = rounds.revealedShares(id);
      List<Integer> missing = cpu.call(() -> unmasking.rebuild(shares));
      if (missing.isEmpty()) {
        metrics.dropped(RoundMetrics.Step.REVEAL, expected - revealed);
        faults(id, unmasking);
        step(id, rounds.advance(id, RoundState.REVEALING, RoundState.UNMASKING, clock.instant()));
        return unmasking;
      }
      if (last) {
        faults(id, unmasking);
        unmasking.erase();
        throw new AbortedException(
            AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
            "The secrets of "
                + missing.size()
                + " devices could not be rebuilt from the revealed shares.");
      }
      // Enough shares, but wrong ones among them: wait for more of them.
      grace.restart();
    }
  }

  /** Names the devices whose shares do not fit, under their pseudonyms. */
  private void faults(RoundId id, Unmasking unmasking) {
    List<Fault> faults = unmasking.faults();
    if (!faults.isEmpty()) {
      LOG.warnf("%d devices sent shares that do not fit", faults.size());
      metrics.found(faults);
      rounds.recordFaults(id, faults);
    }
  }

  private void publish(
      OpenRound round, TrainingPlan plan, Optional<Unmasking> unmasking, int survivors) {
    int bits = round.encoding().ringBits();
    RoundAttempt attempt = round.attempt();
    int[] sum = rounds.total(round.id(), round.coordinates(), bits);
    byte[] model =
        models.content(attempt.federation(), attempt.model(), attempt.modelVersion()).orElseThrow();
    RoundStore.Publication publication =
        metrics.timed(
            RoundMetrics.Phase.UNMASK,
            () ->
                cpu.call(() -> {
                  unmasking.ifPresent(secrets -> secrets.removeMasks(sum, bits));
                  long[] signed = RingVector.toSigned(sum, bits);
                  OptionalLong totalWeight = totalWeight(round, signed, survivors);
                  Release release =
                      Release.of(
                          Arrays.copyOf(signed, round.vectorLength()),
                          round.encoding(),
                          round.noiseMultiplier());
                  float[] next =
                      release.apply(
                          Weights.decode(model),
                          round.encoding().gridStep(),
                          totalWeight.isPresent()
                              ? Release.denominator(
                                  totalWeight.getAsLong(), round.weighting().orElseThrow())
                              : round.targetCohort(),
                          plan.serverLearningRate());
                  return new RoundStore.Publication(
                      release.aggregateOctets(), Weights.encode(next), totalWeight);
                }));
    if (rounds.publish(attempt, publication, clock.instant()).isEmpty()) {
      throw new AbortedException(
          AbortReason.CANCELLED, "The job was stopped or its model has changed.");
    }
    signals.changed(round.id(), RoundSignals.Topic.PHASE);
  }

  /** The counter behind the coordinates of the model, if the round has one. */
  private static OptionalLong totalWeight(OpenRound round, long[] sum, int survivors) {
    Optional<Weighting> counted = round.weighting().filter(Weighting::counted);
    if (counted.isEmpty()) {
      return OptionalLong.empty();
    }
    long total = sum[round.vectorLength()];
    long most = (long) survivors * counted.get().maxWeight();
    if (total < survivors || total > most) {
      // Masked weights cannot be checked one by one; a sum that no honest devices have can be.
      throw new AbortedException(
          AbortReason.INTERNAL,
          "The weights of "
              + survivors
              + " devices add up to "
              + total
              + "; they must add up to "
              + survivors
              + " to "
              + most
              + ".");
    }
    return OptionalLong.of(total);
  }

  /** The end of a phase: its deadline, or earlier, one phase timeout from now. */
  private Instant earlier(Instant deadline, TrainingPlan plan) {
    Instant relative = clock.instant().plus(plan.phaseTimeout());
    return relative.isBefore(deadline) ? relative : deadline;
  }

  /** Waits until {@code done} or {@code until}. */
  private void await(OpenRound round, JobControl control, Instant until, BooleanSupplier done) {
    while (true) {
      long seen = signals.version(round.id(), RoundSignals.Topic.PROGRESS);
      checkStopped(control);
      if (done.getAsBoolean() || !clock.instant().isBefore(until)) {
        return;
      }
      Duration left = Duration.between(clock.instant(), until);
      Duration poll =
          config.revealGrace().compareTo(RoundDirectory.FRESH) < 0
              ? config.revealGrace()
              : RoundDirectory.FRESH;
      signals.await(
          round.id(), RoundSignals.Topic.PROGRESS, seen, left.compareTo(poll) < 0 ? left : poll);
      RoundSignals.coalesce();
    }
  }

  private static void checkStopped(JobControl control) {
    control.check();
    if (control.inactive()) {
      throw new AbortedException(AbortReason.CANCELLED, "The training job was cancelled.");
    }
  }

  /** A step that was not taken means that somebody else ended the round. */
  private void step(RoundId id, boolean taken) {
    if (!taken) {
      throw new AbortedException(AbortReason.INTERNAL, "Another driver has taken over.");
    }
    signals.changed(id, RoundSignals.Topic.PHASE);
  }

  /** A short time after a condition has first held. */
  private final class Grace {
    private Optional<Instant> end = Optional.empty();

    boolean passed(boolean condition) {
      if (!condition) {
        return false;
      }
      if (end.isEmpty()) {
        end = Optional.of(clock.instant().plus(config.revealGrace()));
      }
      return !clock.instant().isBefore(end.get());
    }

    void restart() {
      end = Optional.of(clock.instant().plus(config.revealGrace()));
    }
  }
}
