package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.internal.Checks;
import com.octomil.privacy.dp.internal.loss.LatticeBuilder;
import com.octomil.privacy.dp.internal.loss.LossComposition;
import com.octomil.privacy.dp.internal.loss.LossLattice;
import com.octomil.privacy.dp.internal.loss.LossShape;
import com.octomil.privacy.dp.internal.loss.SingleRound;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Privacy loss distributions with certified bounds on both sides.
 *
 * <p>Both directions (a device more, a device less) are discretised from above by connect the dots
 * (Doroshenko et al. 2022) and from below by merging outcomes, composed separately, and evaluated
 * with every round-off charged. The answer to a registered schedule is an interval; its upper end
 * is what may be enforced. A privacy loss distribution is *not* a privacy filter (Regehr et al.
 * 2026): do not stop or adapt a schedule by it.
 *
 * <p>Each kind of round is discretised on its own lattice, which depends on nothing else, so that
 * adding a round cannot lower the answer. Discretisations are kept for related questions; an
 * account to which rounds are added one by one is a {@link RunningAccount}. Not thread-safe: one
 * instance per thread.
 */
public final class PrivacyLossAccountant {
  /** Lattice steps per root-mean-square loss of one round; at 32 the error is below 1e-4. */
  private static final double STEPS_PER_SCALE = 32;

  /** The same where the loss has atoms, which can only be rounded outwards to first order. */
  private static final double STEPS_PER_SPARSE_SCALE = 4096;

  /** Unsampled Gaussians are composed exactly and then split into parts of at most this mu. */
  private static final double MAX_GAUSSIAN_MU = 4;

  /** Relative width from which on both directions are asked for a lower end. */
  private static final double WIDE = 2e-4;

  private static final int CACHED = 256;

  private record Key(PrivacyEvent event, Adjacency adjacency, int exponent) {}

  private final Map<Key, LossLattice> lattices = new LinkedHashMap<>(64, 0.75f, true);
  private final Map<Key, Double> scales = new LinkedHashMap<>(64, 0.75f, true);

  /**
   * Epsilon at {@code delta} of the composition as a certified interval.
   *
   * @throws UnsupportedCompositionException with the reason if there is no sound bound
   */
  public EpsilonInterval epsilon(Composition composition, double delta)
      throws UnsupportedCompositionException {
    Checks.delta(delta);
    List<LossComposition.Term> finest = terms(composition, Integer.MIN_VALUE);
    if (finest.size() == 1 && finest.get(0).count() == 1) {
      // Nothing to compose: a sum over the dots of both directions.
      return single(finest, delta);
    }
    return prepare(composition, delta, 1).interval();
  }

  private static EpsilonInterval single(List<LossComposition.Term> terms, double delta) {
    SingleRound forward = new SingleRound(terms.get(0).lattice());
    SingleRound backward = new SingleRound(terms.get(0).lattice().reversed());
    double upper = Math.max(forward.epsilonUpper(delta), backward.epsilonUpper(delta));
    double lower = Math.max(forward.epsilonLower(delta), backward.epsilonLower(delta));
    return new EpsilonInterval(Math.min(lower, upper), upper);
  }

  /**
   * Both directions as they were composed for an answer.
   *
   * @param backwardComposed whether the backward direction had to be composed, too; if not, its
   *     Chernoff bound shows that it does not matter
   */
  record Composed(
      LossComposition forward,
      LossComposition backward,
      boolean backwardComposed,
      EpsilonInterval interval,
      int coarsest) {}

  /** Composes from nothing, with windows longer than needed by the factor {@code headroom}. */
  Composed prepare(Composition composition, double delta, double headroom)
      throws UnsupportedCompositionException {
    return solve(
        composition,
        (forward, backward, coarsest) -> {
          forward.headroom(headroom);
          backward.headroom(headroom);
          double upper = forward.epsilonUpper(delta);
          double lower = forward.epsilonLower(delta);
          // Either direction bounds epsilon from below.
          boolean both =
              upper == Double.POSITIVE_INFINITY
                  || lower < (1 - WIDE) * upper
                  || backward.chernoffDelta(upper, 1e-8 * delta, forward.tilt(), delta) > delta;
          if (both) {
            upper = Math.max(upper, backward.epsilonUpper(delta));
            lower = Math.max(lower, backward.epsilonLower(delta));
          }
          return new Composed(
              forward,
              backward,
              both,
              new EpsilonInterval(Math.min(lower, upper), upper),
              coarsest);
        });
  }

  /** Upper bound of delta at {@code epsilon}. */
  public double delta(Composition composition, double epsilon)
      throws UnsupportedCompositionException {
    Checks.epsilon(epsilon);
    return solve(
        composition,
        (forward, backward, coarsest) ->
            Math.max(forward.deltaUpper(epsilon), backward.deltaUpper(epsilon)));
  }

  private interface Question<T> {
    T ask(LossComposition forward, LossComposition backward, int coarsest);
  }

  private <T> T solve(Composition composition, Question<T> question)
      throws UnsupportedCompositionException {
    int coarsest = Integer.MIN_VALUE;
    for (int attempt = 0; attempt < 8; attempt++) {
      List<LossComposition.Term> terms = terms(composition, coarsest);
      try {
        return question.ask(
            new LossComposition(terms, true), new LossComposition(terms, false), coarsest);
      } catch (LossComposition.WindowException e) {
        int finest =
            terms.stream().mapToInt(t -> Math.getExponent(t.lattice().step())).min().orElse(0);
        coarsest =
            finest + Math.max(1, (int) Math.ceil(Math.log(e.steps() / 0x1p20) / Math.log(2)));
      }
    }
    throw new UnsupportedCompositionException(
        "the composition's privacy loss is too heavy-tailed for a lattice that fits into memory");
  }

  List<LossComposition.Term> terms(Composition composition, int coarsest)
      throws UnsupportedCompositionException {
    List<LossComposition.Term> terms = new ArrayList<>();
    double square = 0;
    for (Map.Entry<PrivacyEvent, Long> entry : composition.rounds().entrySet()) {
      PrivacyEvent event = entry.getKey();
      double mu = gaussianMu(event, composition.adjacency());
      if (mu > 0) {
        square = (square + entry.getValue() * mu * mu) * (1 + 0x1p-50);
      } else {
        terms.add(
            new LossComposition.Term(
                lattice(event, composition.adjacency(), coarsest), entry.getValue()));
      }
    }
    if (square > 0) {
      // Gaussians compose to one Gaussian exactly, which also divides into equal parts exactly.
      long parts = Math.max(1, (long) Math.ceil(square / (MAX_GAUSSIAN_MU * MAX_GAUSSIAN_MU)));
      double sigma = Math.sqrt(parts / square) * (1 - 0x1p-50);
      terms.add(
          new LossComposition.Term(
              lattice(PrivacyEvent.gaussian(sigma), Adjacency.ADD_REMOVE, coarsest), parts));
    }
    return terms;
  }

  /** mu of an event that is exactly a Gaussian without sampling, else 0. */
  static double gaussianMu(PrivacyEvent event, Adjacency adjacency)
      throws UnsupportedCompositionException {
    if (!unsampled(event.sampling())) {
      return 0;
    }
    if (event.mechanism() instanceof Mechanism.Gaussian gaussian) {
      return adjacency.sensitivity() / gaussian.noiseMultiplier() * (1 + 0x1p-52);
    }
    if (event.mechanism() instanceof Mechanism.TreeAggregation tree) {
      RenyiAccountant.requireZeroOut(adjacency);
      return Math.sqrt(tree.depth()) / tree.noiseMultiplier() * (1 + 0x1p-50);
    }
    return 0;
  }

  private static boolean unsampled(Sampling sampling) {
    return sampling instanceof Sampling.None
        || (sampling instanceof Sampling.Poisson p && p.rate() == 1);
  }

  private LossLattice lattice(PrivacyEvent event, Adjacency adjacency, int coarsest)
      throws UnsupportedCompositionException {
    Key scaleKey = new Key(event, adjacency, 0);
    Double scale = scales.get(scaleKey);
    LossShape shape = null;
    if (scale == null) {
      shape = shape(event, adjacency);
      scale = LatticeBuilder.scale(shape);
      if (!(scale > 1e-100 && scale < 1e100)) {
        throw new UnsupportedCompositionException(
            "the privacy loss is out of range: scale " + scale);
      }
      put(scales, scaleKey, scale);
    }
    double steps = sparse(event.mechanism()) ? STEPS_PER_SPARSE_SCALE : STEPS_PER_SCALE;
    int exponent = Math.max(coarsest, Math.getExponent(scale / steps));
    Key key = new Key(event, adjacency, exponent);
    LossLattice lattice = lattices.get(key);
    if (lattice == null) {
      try {
        lattice =
            LatticeBuilder.build(
                shape == null ? shape(event, adjacency) : shape, Math.scalb(1.0, exponent));
      } catch (ArithmeticException e) {
        throw new UnsupportedCompositionException(
            e.getMessage()
                + " in one round exceed "
                + LatticeBuilder.MAX_LOSS
                + ": too little noise for a privacy loss distribution");
      }
      put(lattices, key, lattice);
    }
    return lattice;
  }

  private static boolean sparse(Mechanism mechanism) {
    return !(mechanism instanceof Mechanism.Gaussian);
  }

  private static <K, V> void put(Map<K, V> cache, K key, V value) {
    if (cache.size() >= CACHED) {
      cache.remove(cache.keySet().iterator().next());
    }
    cache.put(key, value);
  }

  private static LossShape shape(PrivacyEvent event, Adjacency adjacency)
      throws UnsupportedCompositionException {
    Sampling sampling = event.sampling();
    boolean replace = adjacency == Adjacency.REPLACE_ONE;
    if (event.mechanism() instanceof Mechanism.Gaussian gaussian) {
      double sigma = gaussian.noiseMultiplier();
      if (sampling instanceof Sampling.Poisson poisson) {
        return replace
            ? LossShape.sampledReplacement(sigma, poisson.rate())
            : LossShape.sampledGaussian(sigma, poisson.rate());
      }
      if (sampling instanceof Sampling.WithoutReplacement without) {
        RenyiAccountant.requireReplacement(adjacency);
        return LossShape.withoutReplacement(sigma, without.rate());
      }
      if (sampling instanceof Sampling.TruncatedPoisson truncated) {
        return truncated(sigma, truncated, adjacency);
      }
      return LossShape.gaussian(sigma / adjacency.sensitivity());
    }
    if (sampling instanceof Sampling.None) {
      return unsampled(event.mechanism(), adjacency);
    }
    if (sampling instanceof Sampling.Poisson poisson
        && !replace
        && (event.mechanism() instanceof Mechanism.Laplace
            || event.mechanism() instanceof Mechanism.DiscreteGaussian)) {
      return LossShape.sampled(unsampled(event.mechanism(), Adjacency.ADD_REMOVE), poisson.rate());
    }
    if (sampling instanceof Sampling.Poisson poisson
        && adjacency == Adjacency.ADD_REMOVE
        && event.mechanism() instanceof Mechanism.EpsilonDelta) {
      // Zhu, Dong and Wang 2022, Theorem 11, for the pair that dominates both directions.
      return LossShape.sampled(unsampled(event.mechanism(), adjacency), poisson.rate());
    }
    throw new UnsupportedCompositionException(
        "no dominating pair is known here for "
            + event.mechanism().id()
            + " noise under "
            + sampling.id()
            + " sampling and "
            + adjacency.id()
            + " adjacency");
  }

  private static LossShape unsampled(Mechanism mechanism, Adjacency adjacency)
      throws UnsupportedCompositionException {
    if (mechanism instanceof Mechanism.Laplace event) {
      return LossShape.laplace(event.noiseMultiplier() / adjacency.sensitivity());
    }
    if (mechanism instanceof Mechanism.EpsilonDelta event) {
      return LossShape.epsilonDelta(event.epsilon(), event.delta());
    }
    if (mechanism instanceof Mechanism.DiscreteGaussian event) {
      if (event.dimension() != 1) {
        throw new UnsupportedCompositionException(
            "the discrete Gaussian on vectors has no privacy loss distribution that its L2"
                + " sensitivity determines; its Renyi bound holds in every dimension");
      }
      long shift = event.sensitivity() * adjacency.sensitivity();
      if (event.sigma() > 20_000 || shift > 20_000) {
        throw new UnsupportedCompositionException(
            "a discrete Gaussian of parameter above 20000 has too many atoms; use its Renyi bound");
      }
      return LossShape.discreteGaussian(event.sigma(), (int) shift);
    }
    if (mechanism instanceof Mechanism.ZeroConcentrated) {
      throw new UnsupportedCompositionException(
          "zero-concentrated privacy bounds all Renyi divergences but determines no privacy loss"
              + " distribution; use the Renyi accountant");
    }
    throw new UnsupportedCompositionException(
        "Skellam noise on vectors has a Renyi bound only; use the Renyi accountant");
  }

  /**
   * Truncated Poisson sampling: the observer is also told whether the *other* devices that were
   * drawn fill the cohort, and which of them are kept then. If they do not fill it, nothing is cut
   * and the round is the Poisson-sampled one. If they do, S of them being drawn, this device enters
   * with probability E[q B/(S+1) | S >= B] = Pr[Bin(n,q) > B] B/(n Pr[S >= B]) whichever are kept,
   * and then displaces one of them: a distance of two clipping norms.
   */
  private static LossShape truncated(
      double sigma, Sampling.TruncatedPoisson sampling, Adjacency adjacency) {
    double q = sampling.rate();
    boolean plain = adjacency == Adjacency.ADD_REMOVE;
    double full = sampling.fullWithoutOne();
    LossShape poisson =
        adjacency == Adjacency.REPLACE_ONE
            ? LossShape.sampledReplacement(sigma, q)
            : LossShape.sampledGaussian(sigma, q);
    if (full == 0) {
      return poisson;
    }
    double rate = sampling.displacementRate();
    LossShape displaced =
        plain
            ? LossShape.sampledGaussian(sigma / 2, rate)
            : LossShape.sampledReplacement(sigma / 2, rate);
    return LossShape.mixture(List.of(poisson, displaced), List.of(1 - full * (1 - 3e-9), full));
  }
}
