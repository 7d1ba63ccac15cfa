package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.internal.loss.LossComposition;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What a growing, non-adaptive sequence of rounds has cost so far, at a fixed delta.
 *
 * <p>Adding rounds costs one transform: the characteristic function of the loss is kept at its
 * tilt, on its window and in both directions, and multiplied by that of the new rounds. This is
 * sound at any tilt; when the charge for round-off, tails and wrap-around grows beyond a millionth
 * of delta, everything is composed anew at the tilt that fits now. Unsampled Gaussian rounds alone
 * are accounted exactly.
 *
 * <p>The upper end is a true upper bound and never falls. As with every privacy loss distribution
 * the schedule must be fixed in advance; where parameters are chosen as training goes on, use a
 * {@link RenyiFilter} or a {@link GaussianFilter}. Not thread-safe.
 */
public final class RunningAccount {
  /** Part of delta that may be charged before everything is composed anew. */
  private static final double CHARGE = 1e-6;

  /** Relative width of the interval that may come on top before everything is composed anew. */
  private static final double WIDTH = 1e-5;

  /** Windows are kept longer than needed, so that many more rounds fit into them. */
  private static final double HEADROOM = 2;

  private final double delta;
  private final PrivacyLossAccountant losses = new PrivacyLossAccountant();
  private State state;

  /**
   * @param composed null while nothing but unsampled Gaussians was run
   * @param charge what was charged when it was composed from nothing
   * @param width relative width of the interval then
   */
  private record State(
      Composition composition,
      EpsilonInterval epsilon,
      PrivacyLossAccountant.@Nullable Composed composed,
      double charge,
      double width) {
    boolean accepts(LossComposition extended, double delta) {
      return extended.charge() <= Math.max(CHARGE * delta, 2 * charge);
    }
  }

  /** An account of no rounds. */
  public RunningAccount(double delta, Adjacency adjacency) {
    this.delta = Checks.delta(delta);
    this.state = new State(Composition.empty(adjacency), new EpsilonInterval(0, 0), null, 0, 0);
  }

  /**
   * An account of the rounds run so far.
   *
   * @throws UnsupportedCompositionException with the reason if there is no sound bound
   */
  public static RunningAccount of(Composition composition, double delta)
      throws UnsupportedCompositionException {
    RunningAccount account = new RunningAccount(delta, composition.adjacency());
    account.state = account.anew(composition, new EpsilonInterval(0, 0));
    return account;
  }

  /** All rounds charged so far. */
  public Composition composition() {
    return state.composition();
  }

  /** Certified interval of the epsilon spent so far; the upper end never falls. */
  public EpsilonInterval epsilon() {
    return state.epsilon();
  }

  /**
   * Charges rounds.
   *
   * @return the interval after them
   * @throws UnsupportedCompositionException with the reason if there is no sound bound; nothing is
   *     charged then
   */
  public EpsilonInterval charge(PrivacyEvent event, long rounds)
      throws UnsupportedCompositionException {
    state = after(event, rounds);
    return state.epsilon();
  }

  /** What {@link #charge} would answer; nothing is charged. */
  public EpsilonInterval epsilonAfter(PrivacyEvent event, long rounds)
      throws UnsupportedCompositionException {
    return after(event, rounds).epsilon();
  }

  private State after(PrivacyEvent event, long rounds) throws UnsupportedCompositionException {
    Checks.count("rounds", rounds);
    if (rounds == 0) {
      return state;
    }
    State extended = extended(event, rounds);
    return extended != null
        ? extended
        : anew(state.composition().plus(event, rounds), state.epsilon());
  }

  private State anew(Composition composition, EpsilonInterval before)
      throws UnsupportedCompositionException {
    OptionalDouble mu = PrivacyAnalysis.gaussianMu(composition);
    if (mu.isPresent()) {
      EpsilonInterval exact =
          new EpsilonInterval(
              AnalyticGaussian.epsilonLower(mu.getAsDouble() * (1 - 1e-13), delta),
              AnalyticGaussian.epsilon(mu.getAsDouble(), delta));
      return new State(composition, max(before, exact), null, 0, 0);
    }
    PrivacyLossAccountant.Composed composed = losses.prepare(composition, delta, HEADROOM);
    return new State(
        composition,
        max(before, composed.interval()),
        composed,
        composed.forward().charge(),
        width(composed.interval()));
  }

  /** The rounds added at the present tilt, or null if a new one is due. */
  private @Nullable State extended(PrivacyEvent event, long rounds)
      throws UnsupportedCompositionException {
    PrivacyLossAccountant.Composed composed = state.composed();
    if (composed == null || composed.interval().upper() == Double.POSITIVE_INFINITY) {
      return null;
    }
    List<LossComposition.Term> terms =
        losses.terms(
            Composition.of(event, rounds, state.composition().adjacency()), composed.coarsest());
    for (LossComposition.Term term : terms) {
      if (!composed.forward().accepts(term.lattice())) {
        return null;
      }
    }
    LossComposition forward = composed.forward().copy();
    LossComposition backward = composed.backward().copy();
    terms.forEach(forward::extend);
    terms.forEach(backward::extend);
    double upper = forward.epsilonAgain(delta);
    if (!state.accepts(forward, delta)) {
      return null;
    }
    double lower = forward.epsilonLower(delta);
    if (composed.backwardComposed()) {
      upper = Math.max(upper, backward.epsilonAgain(delta));
      if (!state.accepts(backward, delta)) {
        return null;
      }
      lower = Math.max(lower, backward.epsilonLower(delta));
    } else if (backward.chernoffDelta(upper) > delta) {
      return null;
    }
    EpsilonInterval interval = new EpsilonInterval(Math.min(lower, upper), upper);
    if (width(interval) > 2 * state.width() + WIDTH) {
      return null;
    }
    return new State(
        state.composition().plus(event, rounds),
        max(state.epsilon(), interval),
        new PrivacyLossAccountant.Composed(
            forward, backward, composed.backwardComposed(), interval, composed.coarsest()),
        state.charge(),
        state.width());
  }

  private static double width(EpsilonInterval interval) {
    return interval.upper() > 0 ? 1 - interval.lower() / interval.upper() : 0;
  }

  /** More rounds never cost less, also not in the last digits. */
  private static EpsilonInterval max(EpsilonInterval before, EpsilonInterval after) {
    return new EpsilonInterval(
        Math.max(before.lower(), after.lower()), Math.max(before.upper(), after.upper()));
  }
}
