package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What every accountant says about one composition, and which of them to believe.
 *
 * @param epsilon certified interval of the chosen accountant, if it has both ends
 * @param exact analytic Gaussian epsilon, where nothing is sampled
 * @param renyi Rényi epsilon at the standard orders
 * @param renyiOverAllOrders the same, refined between and beyond the standard orders
 * @param accountant the accountant whose upper bound counts
 * @param why the reason for that choice, for people
 * @param refusals why other accountants have no answer
 */
public record PrivacyAnalysis(
    Optional<EpsilonInterval> epsilon,
    OptionalDouble exact,
    OptionalDouble renyi,
    OptionalDouble renyiOverAllOrders,
    Accountant accountant,
    String why,
    List<String> refusals) {

  /** The theorems that can answer. */
  public enum Accountant {
    /** Exact analytic Gaussian composition (Balle and Wang 2018). */
    ANALYTIC_GAUSSIAN("analytic-gaussian"),
    /** Privacy loss distributions, for schedules fixed in advance. */
    PRIVACY_LOSS_DISTRIBUTION("pld"),
    /** Rényi differential privacy. */
    RENYI("rdp"),
    /** No accountant has a sound bound. */
    NONE("none");

    private final String id;

    Accountant(String id) {
      this.id = id;
    }

    /** Stable short name. */
    public String id() {
      return id;
    }
  }

  public PrivacyAnalysis {
    refusals = List.copyOf(refusals);
  }

  /** Upper bound of epsilon by the chosen accountant; empty if every accountant refused. */
  public OptionalDouble upper() {
    return switch (accountant) {
      case ANALYTIC_GAUSSIAN, PRIVACY_LOSS_DISTRIBUTION ->
          OptionalDouble.of(epsilon.orElseThrow().upper());
      case RENYI -> renyiOverAllOrders;
      case NONE -> OptionalDouble.empty();
    };
  }

  /**
   * Asks all accountants. Give the same {@code losses} for related questions: it keeps its work.
   */
  public static PrivacyAnalysis of(
      Composition composition, double delta, PrivacyLossAccountant losses) {
    Checks.delta(delta);
    List<String> refusals = new ArrayList<>();
    OptionalDouble renyi = OptionalDouble.empty();
    OptionalDouble refined = OptionalDouble.empty();
    try {
      RenyiAccountant accountant = RenyiAccountant.standard();
      renyi = finite(accountant.epsilon(composition, delta));
      refined = finite(accountant.epsilonOverAllOrders(composition, delta));
      if (renyi.isEmpty()) {
        refusals.add("rdp: no order reaches this delta");
      }
    } catch (UnsupportedCompositionException e) {
      refusals.add("rdp: " + e.reason());
    }
    try {
      OptionalDouble mu = gaussianMu(composition);
      if (mu.isPresent()) {
        double upper = AnalyticGaussian.epsilon(mu.getAsDouble(), delta);
        return new PrivacyAnalysis(
            Optional.of(
                new EpsilonInterval(
                    AnalyticGaussian.epsilonLower(mu.getAsDouble() * (1 - 1e-13), delta), upper)),
            OptionalDouble.of(upper),
            renyi,
            refined,
            Accountant.ANALYTIC_GAUSSIAN,
            "no round is sampled: Gaussian noise composes exactly, also under adaptive choice",
            refusals);
      }
      EpsilonInterval interval = losses.epsilon(composition, delta);
      if (interval.upper() < Double.POSITIVE_INFINITY) {
        boolean tighter = refined.isEmpty() || interval.upper() <= refined.getAsDouble();
        return new PrivacyAnalysis(
            Optional.of(interval),
            OptionalDouble.empty(),
            renyi,
            refined,
            tighter ? Accountant.PRIVACY_LOSS_DISTRIBUTION : Accountant.RENYI,
            tighter
                ? "the schedule is fixed in advance: its privacy loss distribution gives the"
                    + " tightest certified bound"
                : "the Renyi bound is below the certified bound of the privacy loss distribution",
            refusals);
      }
      refusals.add("pld: some mass has infinite loss at this delta");
    } catch (UnsupportedCompositionException e) {
      refusals.add("pld: " + e.reason());
    }
    return new PrivacyAnalysis(
        Optional.empty(),
        OptionalDouble.empty(),
        renyi,
        refined,
        refined.isPresent() ? Accountant.RENYI : Accountant.NONE,
        renyi.isPresent()
            ? "only the Renyi accountant has a sound bound for this composition"
            : "no accountant has a sound bound for this composition",
        refusals);
  }

  private static OptionalDouble finite(double value) {
    return value < Double.POSITIVE_INFINITY ? OptionalDouble.of(value) : OptionalDouble.empty();
  }

  /** mu of the whole composition if it is Gaussian throughout. */
  static OptionalDouble gaussianMu(Composition composition) throws UnsupportedCompositionException {
    double sum = 0;
    for (Map.Entry<PrivacyEvent, Long> entry : composition.rounds().entrySet()) {
      double mu = PrivacyLossAccountant.gaussianMu(entry.getKey(), composition.adjacency());
      if (mu == 0) {
        return OptionalDouble.empty();
      }
      sum = (sum + entry.getValue() * mu * mu) * (1 + 0x1p-50);
    }
    return OptionalDouble.of(Math.sqrt(sum) * (1 + 0x1p-52));
  }
}
