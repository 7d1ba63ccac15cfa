package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.Deadlines;
import com.octomil.privacy.aggregator.domain.Encoding;
import com.octomil.privacy.aggregator.domain.GroupChoice;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.PrivacyConfiguration;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.RoundTerms;
import com.octomil.privacy.aggregator.domain.TrainingPlan;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;

/** From RESERVING to OPEN: the reservation, the terms and the session at the relay. Blocking. */
@ApplicationScoped
class RoundOpening {
  private final RoundStore rounds;
  private final ModelStore models;
  private final BudgetLedger budget;
  private final RelaySessions relay;
  private final RoundSignals signals;
  private final ClearRounds clearRounds;
  private final Peers peers;
  private final AggregatorConfig config;
  private final SecureRandom random;
  private final Clock clock;
  private final RoundMetrics metrics;

  RoundOpening(
      RoundStore rounds,
      ModelStore models,
      BudgetLedger budget,
      RelaySessions relay,
      RoundSignals signals,
      ClearRounds clearRounds,
      Peers peers,
      AggregatorConfig config,
      SecureRandom random,
      Clock clock,
      RoundMetrics metrics) {
    this.rounds = rounds;
    this.models = models;
    this.budget = budget;
    this.relay = relay;
    this.signals = signals;
    this.clearRounds = clearRounds;
    this.peers = peers;
    this.config = config;
    this.random = random;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** How the round ended, if it did. Repeating it after a crash reserves nothing twice. */
  Optional<RoundDriver.End> reserveAndOpen(RoundRun run) {
    RoundAttempt attempt = run.attempt();
    return switch (metrics.timed(
        RoundMetrics.Phase.RESERVE,
        () -> peers.orAbort(run.control(), () -> budget.reserve(attempt)))) {
      case BudgetLedger.Reservation.Exhausted(String total, String spent, String required) -> {
        rounds.discard(attempt.id());
        yield Optional.of(
            new RoundDriver.End.BudgetExhausted(
                "The privacy budget does not cover another round: epsilon is "
                    + total
                    + ", "
                    + spent
                    + " is spent, and the round would bring it to "
                    + required
                    + "."));
      }
      case BudgetLedger.Reservation.Refused(String reason) -> {
        rounds.discard(attempt.id());
        yield Optional.of(new RoundDriver.End.Refused(reason));
      }
      case BudgetLedger.Reservation.UnknownFederation() -> {
        rounds.discard(attempt.id());
        yield Optional.of(
            new RoundDriver.End.Impossible(
                "The federation has no privacy configuration any more."));
      }
      case BudgetLedger.Reservation.Granted(
              String reservation,
              PrivacyConfiguration configuration) -> {
        rounds.reserved(attempt.id(), reservation, clock.instant());
        int vectorLength =
            models.find(attempt.federation(), attempt.model()).orElseThrow().vectorLength();
        Optional<String> impossible =
            impossible(run.plan(), configuration, vectorLength, config.maxGroupSize())
                .or(() ->
                    clearRounds.tooLarge(
                        run.plan().aggregation(), run.plan().cohort(), vectorLength));
        if (impossible.isPresent()) {
          rounds.abort(
              attempt.id(),
              new Abort(AbortReason.INFEASIBLE_PARAMETERS, impossible.get()),
              clock.instant());
          yield Optional.of(new RoundDriver.End.Impossible(impossible.get()));
        }
        open(run, reservation, configuration);
        yield Optional.empty();
      }
    };
  }

  /**
   * Why a plan cannot run under a configuration, if it cannot.
   *
   * @param vectorLength coordinates of the model
   * @param maxGroupSize larger rosters are split
   */
  static Optional<String> impossible(
      TrainingPlan plan, PrivacyConfiguration configuration, int vectorLength, int maxGroupSize) {
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
    Optional<String> refusal = plan.aggregation().refusal(configuration);
    if (refusal.isPresent()) {
      return Optional.of("The aggregation " + plan.aggregation().id() + " " + refusal.get() + ".");
    }
    try {
      encoding(
          plan,
          configuration,
          configuration.maxGradNorm(),
          vectorLength,
          GroupChoice.of(plan.cohort(), maxGroupSize, configuration));
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of("The encoding is impossible: " + e.getMessage() + ".");
    }
  }

  /** The radius in steps of the grid, and so the room in the ring, is the same for every norm. */
  private static Encoding encoding(
      TrainingPlan plan,
      PrivacyConfiguration configuration,
      double clipNorm,
      int vectorLength,
      Optional<Grouping> grouping) {
    double radius = 1L << configuration.quantizationBits();
    return Encoding.of(
        clipNorm,
        configuration.quantizationBits(),
        grouping.map(Grouping::maxGroupSize).orElse(plan.cohort()),
        weighting(plan, configuration),
        configuration
            .noise()
            .map(noise ->
                noise.inSum(
                    radius,
                    configuration.minSurvivors(plan.minUpdates()),
                    plan.cohort(),
                    configuration
                        .secureAggregation()
                        .map(secure -> secure.assumptions().corruptFraction())
                        .orElse(0.0),
                    vectorLength))
            .orElse(0L));
  }

  private static Optional<Weighting> weighting(
      TrainingPlan plan, PrivacyConfiguration configuration) {
    return plan.weighting(configuration.noise().isPresent());
  }

  /** The norm that the job has come to, or the configured one. */
  private double clipNorm(RoundAttempt attempt, PrivacyConfiguration configuration) {
    return configuration
        .noise()
        .flatMap(Noise::clipping)
        .map(terms ->
            ClippingNorm.current(
                    models.clippingNorm(
                        attempt.federation(), attempt.model(), attempt.modelVersion()),
                    attempt.job(),
                    terms)
                .value())
        .orElse(configuration.maxGradNorm());
  }

  private void open(RoundRun run, String reservation, PrivacyConfiguration configuration) {
    RoundAttempt attempt = run.attempt();
    TrainingPlan plan = run.plan();
    Model model = models.find(attempt.federation(), attempt.model()).orElseThrow();
    Optional<Octets> nonce = Optional.empty();
    if (configuration.secureAggregation().isPresent()) {
      byte[] fresh = new byte[GraphNonce.BYTES];
      random.nextBytes(fresh);
      nonce = Optional.of(Octets.of(fresh));
    }
    Optional<Grouping> grouping =
        GroupChoice.of(plan.cohort(), config.maxGroupSize(), configuration);
    Deadlines deadlines = Deadlines.from(clock.instant(), plan.phaseTimeout());
    RoundTerms terms =
        new RoundTerms(
            attempt.id(),
            attempt.federation(),
            configuration.version(),
            model.latest().sha256(),
            model.vectorLength(),
            encoding(
                plan,
                configuration,
                clipNorm(attempt, configuration),
                model.vectorLength(),
                grouping),
            configuration.secureAggregation(),
            nonce.map(value -> Octets.of(GraphNonce.commit(value.toArray()))),
            configuration.noise(),
            plan.cohort(),
            configuration.minSurvivors(plan.minUpdates()),
            deadlines,
            plan.algorithm(),
            plan.localEpochs(),
            plan.learningRate(),
            attempt.number(),
            configuration.regions(),
            weighting(plan, configuration),
            grouping);
    Octets parameters = relay.serialize(terms);
    Octets ticketKey =
        peers.orAbort(run.control(), deadlines.advertise(), () -> relay.open(parameters));
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
            configuration.noise(),
            plan.cohort(),
            terms.minSurvivors(),
            deadlines.upload(),
            deadlines.signSurvivors(),
            deadlines.reveal(),
            terms.weighting(),
            configuration.secureAggregation().isPresent()
                ? Optional.empty()
                : Optional.of(clearRounds.begin(attempt.id(), plan.aggregation())),
            grouping);
    if (rounds.open(round, clock.instant())) {
      signals.changed(run.id(), RoundSignals.Topic.PHASE);
    }
  }
}
