package com.octomil.privacy.budget.domain;

import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.RingWidth;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** Computes what a configuration means. Stateless; may take milliseconds for large cohorts. */
public final class MeaningOf {

  /** Below this, secure aggregation may cost more than it gives. */
  static final int SMALL_FLEET = 20;

  static final BigDecimal HIGH_DROPOUT = new BigDecimal("0.4");
  static final BigDecimal WEAK_EPSILON = BigDecimal.TEN;
  static final BigDecimal TINY_EPSILON = new BigDecimal("0.1");
  static final BigDecimal TINY_NORM = new BigDecimal("0.01");
  static final BigDecimal LARGE_NORM = BigDecimal.valueOf(100);
  static final BigDecimal HALF = new BigDecimal("0.5");
  static final double FREQUENT_ABORTS = 0.05;

  private final PrivacyConfiguration configuration;
  private final List<Warning> warnings = new ArrayList<>();

  private MeaningOf(PrivacyConfiguration configuration) {
    this.configuration = configuration;
  }

  /**
   * What {@code configuration} means in a version with this history.
   *
   * @param held committed rounds and unresolved reservations of the version
   * @param spent stored high-water mark of the version
   */
  public static Meaning configuration(
      PrivacyConfiguration configuration, RoundTally held, Epsilon spent) {
    return new MeaningOf(configuration).compute(held, spent);
  }

  private Meaning compute(RoundTally held, Epsilon spent) {
    DifferentialPrivacy dp = configuration.differentialPrivacy();
    SecureAggregation sa = configuration.secureAggregation();
    Optional<GaussianBudget> budget = configuration.budget();
    Optional<Epsilon> perRound =
        budget.map(
            b -> Accounting.of(RoundTally.EMPTY, b).epsilon(RoundTally.EMPTY.plus(b.round(), 1)));
    Optional<Accounting> accounting = budget.map(b -> Accounting.of(held, b));
    Optional<Long> affordable = accounting.map(a -> a.affordable(held, spent));
    budgetWarnings(budget, perRound, affordable, held);
    normWarnings(dp.maxGradNorm());
    Optional<GraphPlan> plan = plan(sa);
    OptionalDouble abort = OptionalDouble.empty();
    Integer minimum = sa.minParticipatingClients();
    if (plan.isPresent() && minimum != null) {
      abort =
          OptionalDouble.of(
              ParameterChoice.abortProbability(
                  plan.get().graph(), sa.dropoutFraction().doubleValue(), minimum));
    }
    cohortWarnings(sa, abort);
    samplingWarnings(dp);
    clippingWarnings(dp, sa);
    return new Meaning(
        accounting.map(Accounting::accountant),
        perRound,
        affordable,
        plan.map(found -> found.graph().degree()),
        plan.map(found -> found.graph().threshold()),
        plan.map(GraphPlan::dropoutFraction),
        abort,
        RingWidth.bitsFor(
            configuration.expectedCohort(),
            1L << configuration.quantizationBits(),
            NoiseRoom.of(dp, sa, configuration.expectedCohort(), configuration.quantizationBits())),
        warnings);
  }

  private Optional<GraphPlan> plan(SecureAggregation sa) {
    if (!sa.enabled()) {
      return Optional.empty();
    }
    try {
      return Optional.of(GraphPlan.of(sa, configuration.expectedCohort()));
    } catch (InfeasibleParametersException e) {
      // Checked when it was accepted; only an earlier release can have stored it.
      warn(
          "infeasible_parameters",
          "secure_aggregation",
          "No neighbour degree and threshold are private and correct for this cohort: "
              + e.getMessage());
      return Optional.empty();
    }
  }

  private void budgetWarnings(
      Optional<GaussianBudget> budget,
      Optional<Epsilon> perRound,
      Optional<Long> affordable,
      RoundTally held) {
    if (budget.isEmpty() || perRound.isEmpty() || affordable.isEmpty()) {
      warn(
          "differential_privacy_disabled",
          "differential_privacy.enabled",
          "Models and sums are published without noise: they carry no privacy guarantee, and regulated data must not"
              + " be trained on this way.");
      return;
    }
    BigDecimal epsilon = budget.get().epsilon().decimal();
    BigDecimal delta = budget.get().delta();
    String noise = budget.get().noiseMultiplier().toPlainString();
    long rounds = affordable.get();
    if (rounds == 0) {
      warn(
          "no_round_affordable",
          "differential_privacy.noise_multiplier",
          held.rounds() == 0
              ? "One round with noise_multiplier "
                  + noise
                  + " costs epsilon "
                  + perRound.get()
                  + ", more than the whole budget of "
                  + epsilon.toPlainString()
                  + ": every round will be refused. Raise noise_multiplier or epsilon."
              : "The rest of the budget affords no further round with noise_multiplier "
                  + noise
                  + ": every round will be refused. Raise epsilon or noise_multiplier, or open a new version.");
    } else if (rounds == 1) {
      warn(
          "single_round",
          "differential_privacy.noise_multiplier",
          "The rest of the budget affords one round only: a round with noise_multiplier "
              + noise
              + " costs epsilon "
              + perRound.get()
              + " on its own. Training over many rounds needs a larger noise_multiplier.");
    }
    if (epsilon.compareTo(WEAK_EPSILON) > 0) {
      warn(
          "unusual_epsilon",
          "differential_privacy.epsilon",
          "An epsilon above 10 gives a weak guarantee; values up to 4 are usual for health data.");
    } else if (epsilon.compareTo(TINY_EPSILON) < 0) {
      warn(
          "unusual_epsilon",
          "differential_privacy.epsilon",
          "An epsilon below 0.1 needs so much noise that small fleets learn little.");
    }
    if (delta.multiply(BigDecimal.valueOf(configuration.expectedCohort())).compareTo(BigDecimal.ONE)
        >= 0) {
      warn(
          "large_delta",
          "differential_privacy.delta",
          "delta is not below 1 / expected_cohort: the guarantee would allow a device to be revealed outright.");
    }
  }

  private void samplingWarnings(DifferentialPrivacy dp) {
    if (dp.enabled() && dp.samplingRate() != null) {
      warn(
          "sampling_must_be_real",
          "differential_privacy.sampling",
          "Only rounds whose coordinator declares that it draws each device with this probability, in secret, are"
              + " charged as sampled; all others are charged in full.");
    }
  }

  private void clippingWarnings(DifferentialPrivacy dp, SecureAggregation sa) {
    AdaptiveClippingTerms terms = dp.adaptiveClipping();
    if (terms == null) {
      return;
    }
    if (!dp.enabled()) {
      warn(
          "clipping_is_fixed",
          "differential_privacy.adaptive_clipping",
          "The norm follows the updates only while differential privacy is enabled; until then it is max_grad_norm.");
    }
    // Who drops out counts as half within the norm, since no private count divides.
    BigDecimal away = terms.targetQuantile().subtract(HALF).abs();
    BigDecimal reach = HALF.multiply(BigDecimal.ONE.subtract(sa.dropoutFraction()));
    if (sa.enabled() && away.compareTo(reach) >= 0) {
      warn(
          "quantile_out_of_reach",
          "differential_privacy.adaptive_clipping.target_quantile",
          "With dropout_fraction "
              + sa.dropoutFraction().toPlainString()
              + " the released share of unclipped updates lies between "
              + HALF.subtract(reach).stripTrailingZeros().toPlainString()
              + " and "
              + HALF.add(reach).stripTrailingZeros().toPlainString()
              + ": the norm would move to its bound. Choose a target_quantile between them.");
    }
  }

  private void normWarnings(BigDecimal norm) {
    if (norm.compareTo(TINY_NORM) < 0 || norm.compareTo(LARGE_NORM) > 0) {
      warn(
          "unusual_max_grad_norm",
          "differential_privacy.max_grad_norm",
          "max_grad_norm is usually 0.01 to 100: a smaller one clips everything away, a larger one scales the noise up.");
    }
  }

  private void cohortWarnings(SecureAggregation sa, OptionalDouble abort) {
    if (!sa.enabled()) {
      warn(
          "secure_aggregation_disabled",
          "secure_aggregation.enabled",
          "The aggregator sees every device's update in clear; regulated data must not be trained on this way.");
      return;
    }
    int cohort = configuration.expectedCohort();
    if (cohort < SMALL_FLEET) {
      warn(
          "small_fleet",
          "expected_cohort",
          "With fewer than 20 devices secure aggregation may cost more than it gives: a sum over so few says much about"
              + " each.");
    }
    if (sa.dropoutFraction().compareTo(HIGH_DROPOUT) > 0) {
      warn(
          "high_dropout",
          "secure_aggregation.dropout_fraction",
          "With more than 40 % of the devices dropping out rounds will often abort.");
    }
    if (abort.isPresent() && abort.getAsDouble() > FREQUENT_ABORTS) {
      warn(
          "frequent_aborts",
          "secure_aggregation.min_participating_clients",
          String.format(
              Locale.ROOT,
              "At the assumed drop-out %.1f %% of the rounds abort. Raise expected_cohort or lower"
                  + " min_participating_clients.",
              100 * abort.getAsDouble()));
    }
  }

  private void warn(String code, String field, String message) {
    warnings.add(new Warning(code, field, message));
  }
}
