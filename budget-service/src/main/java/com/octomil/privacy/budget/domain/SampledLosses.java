package com.octomil.privacy.budget.domain;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.PrivacyLossAccountant;
import com.octomil.privacy.dp.accounting.RenyiAccountant;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import com.octomil.privacy.dp.mechanism.DistributedNoise;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Losses of rounds that sample their devices. Answers are kept, since a ledger asks for the same
 * few again and again. Thread-safe.
 */
final class SampledLosses {

  /**
   * The orders of the Rényi filter. They are fixed here, before any round of any version: only then
   * the filter holds for parameters that are chosen as the training goes on.
   */
  static final double[] ORDERS = {3, 6, 10, 18, 32, 64};

  private static final double SLACK = 1e-9;

  /** A question; doubles are what the mechanisms run with. */
  private record Question(Map<RoundKind, Long> rounds, double delta, Adjacency adjacency) {}

  private record Moment(RoundKind kind, Adjacency adjacency, int order) {}

  private static final SampledLosses INSTANCE = new SampledLosses();

  // The accountant keeps discretisations and is not thread-safe itself.
  private final ReentrantLock lock = new ReentrantLock();
  private final PrivacyLossAccountant losses = new PrivacyLossAccountant();
  private final Map<Question, Epsilon> scheduled = new Recent<>(4096);
  private final Map<Moment, Double> moments = new Recent<>(1024);

  private SampledLosses() {}

  private static final class Recent<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;
    private final int most;

    Recent(int most) {
      super(16, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
      return size() > most;
    }
  }

  /**
   * Upper end of the certified interval of the privacy loss distribution; sound for a schedule that
   * was registered before its first round.
   */
  static Epsilon scheduled(RoundTally rounds, GaussianBudget terms) {
    return INSTANCE.distribution(rounds, terms);
  }

  /**
   * What the Rényi filter over {@link #ORDERS} has spent: the smallest epsilon for which it would
   * have admitted these rounds (Feldman and Zrnic 2021, Theorem 4.3; each of the m orders holds a
   * share delta/m).
   */
  static Epsilon adaptive(RoundTally rounds, GaussianBudget terms) {
    return INSTANCE.filter(rounds, terms);
  }

  private Epsilon distribution(RoundTally rounds, GaussianBudget terms) {
    Question question =
        new Question(
            new TreeMap<>(rounds.byKind()), Decimals.roundedDown(terms.delta()), terms.adjacency());
    lock.lock();
    try {
      Epsilon known = scheduled.get(question);
      if (known == null) {
        Composition composition = Composition.empty(terms.adjacency());
        for (Map.Entry<RoundKind, Long> entry : rounds.byKind().entrySet()) {
          composition = composition.plus(event(entry.getKey()), entry.getValue());
        }
        known = Epsilon.ofLoss(losses.epsilon(composition, question.delta()).upper());
        scheduled.put(question, known);
      }
      return known;
    } catch (UnsupportedCompositionException e) {
      throw unsupported(e);
    } finally {
      lock.unlock();
    }
  }

  private Epsilon filter(RoundTally rounds, GaussianBudget terms) {
    double share = Math.log(ORDERS.length) - Math.log(Decimals.roundedDown(terms.delta()));
    double least = Double.POSITIVE_INFINITY;
    lock.lock();
    try {
      for (int i = 0; i < ORDERS.length; i++) {
        double divergence = 0;
        for (Map.Entry<RoundKind, Long> entry : rounds.byKind().entrySet()) {
          divergence += entry.getValue() * moment(entry.getKey(), terms.adjacency(), i);
        }
        least = Math.min(least, divergence * (1 + SLACK) + share / (ORDERS[i] - 1));
      }
    } catch (UnsupportedCompositionException e) {
      throw unsupported(e);
    } finally {
      lock.unlock();
    }
    return Epsilon.ofLoss(least * (1 + 1e-12));
  }

  private double moment(RoundKind kind, Adjacency adjacency, int order)
      throws UnsupportedCompositionException {
    Moment key = new Moment(kind, adjacency, order);
    Double known = moments.get(key);
    if (known == null) {
      known = RenyiAccountant.renyi(event(kind), adjacency, ORDERS[order]);
      moments.put(key, known);
    }
    return known;
  }

  private static PrivacyEvent event(RoundKind kind) {
    double noise = kind.noiseMultiplier().doubleValue();
    if (kind.distributedBits().isPresent()) {
      return skellam(noise, kind.distributedBits().get());
    }
    return kind.samplingRate()
        .map(rate -> PrivacyEvent.sampledGaussian(noise, rate.doubleValue()))
        .orElseGet(() -> PrivacyEvent.gaussian(noise));
  }

  /**
   * The charge for the fewest survivors whose noise can be relied on; all others only add noise. It
   * holds for models of any length.
   */
  private static PrivacyEvent skellam(double noise, int bits) {
    double radius = 1L << bits;
    return DistributedNoise.forRound(noise, radius, 1, 1, 0)
        .event(new GridEncoder(1, 1 / radius), Integer.MAX_VALUE, Adjacency.ADD_REMOVE);
  }

  private static IllegalStateException unsupported(UnsupportedCompositionException e) {
    // Configurations without a sound bound are refused when they are put.
    return new IllegalStateException("no sound bound for a configuration in force", e);
  }
}
