package com.octomil.privacy.dp.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.AnalyticGaussian;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.RenyiAccountant;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import com.octomil.privacy.dp.mechanism.DistributedNoise;
import com.octomil.privacy.dp.mechanism.DistributedNoise.Distribution;
import com.octomil.privacy.dp.mechanism.IntegerNoise;
import com.octomil.privacy.dp.mechanism.RoundedGaussian;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import org.apache.commons.numbers.gamma.RegularizedBeta;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Runs the real pipeline many times with and without a canary device and derives a lower bound on
 * epsilon from what an observer sees. It must stay below the claim; chance alone breaks that with
 * probability below 2e-8 per audit. The same audit must expose pipelines with known mistakes.
 */
class EmpiricalPrivacyAuditTest {
  private static final int RUNS = 300_000;
  private static final int LONG_RUNS = 5_000_000;
  private static final double FAILURE = 1e-8;
  private static final double DELTA = 1e-5;
  private static final double NOISE_MULTIPLIER = 1;
  private static final double CLIP = 1;
  private static final int RADIUS = 1 << 12;
  private static final int OTHERS = 9;

  private final SecureRandom random = new SecureRandom();
  private final GridEncoder encoder = new GridEncoder(CLIP, CLIP / RADIUS);
  private final IntegerNoise noise = RoundedGaussian.of(NOISE_MULTIPLIER * RADIUS);
  private final double[] canary = {-10, 0, 0, 0};
  private final double[] other = {1, 0, 0, 0};

  private static double claim() {
    return AnalyticGaussian.epsilon(1 / NOISE_MULTIPLIER, DELTA);
  }

  /** Sum of the other devices on the grid. */
  private long[] others() {
    long[] sum = new long[other.length];
    for (int i = 0; i < OTHERS; i++) {
      add(sum, encoder.encode(other, random));
    }
    return sum;
  }

  private static void add(long[] sum, int[] encoded) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += encoded[i];
    }
  }

  /** The pipeline as it is: clip, encode, sum, exact noise, public denominator. */
  private double release(long[] others, boolean withCanary) {
    return release(others, withCanary, encoder, noise);
  }

  private double release(
      long[] others, boolean withCanary, GridEncoder encoder, IntegerNoise noise) {
    long[] sum = others.clone();
    if (withCanary) {
      add(sum, encoder.encode(canary, random));
    }
    noise.addTo(sum);
    return -encoder.decode(sum[0]) / (OTHERS + 1);
  }

  @Test
  void thePipelineStaysBelowItsClaim() {
    long[] others = others();
    double bound = audit(() -> release(others, true), () -> release(others, false));
    assertThat(bound).isLessThan(claim());
    // The audit has teeth: it finds a good part of what is claimed.
    assertThat(bound).isGreaterThan(0.4 * claim());
  }

  @Test
  void theDistributedPipelineStaysBelowItsClaim() throws UnsupportedCompositionException {
    for (Distribution distribution : Distribution.values()) {
      distributed(distribution, RUNS / 5, 0.25);
    }
  }

  @Test
  @Tag("slow")
  void thePipelineStaysBelowItsClaimAtLength() throws UnsupportedCompositionException {
    long[] others = others();
    double bound =
        audit(() -> release(others, true), () -> release(others, false), LONG_RUNS, FAILURE);
    assertThat(bound).isLessThan(claim()).isGreaterThan(0.6 * claim());
    // A coarse grid, where stochastic rounding matters most.
    GridEncoder coarse = new GridEncoder(CLIP, CLIP / 2);
    IntegerNoise two = RoundedGaussian.of(NOISE_MULTIPLIER * 2);
    long[] coarseOthers = new long[other.length];
    double onCoarse =
        audit(
            () -> release(coarseOthers, true, coarse, two),
            () -> release(coarseOthers, false, coarse, two),
            LONG_RUNS,
            FAILURE);
    assertThat(onCoarse).isLessThan(claim());
    for (Distribution distribution : Distribution.values()) {
      distributed(distribution, LONG_RUNS / 4, 0.4);
    }
  }

  /** Ten devices bring a share of the noise each; the claim is the accountant's. */
  private void distributed(Distribution distribution, int runs, double least)
      throws UnsupportedCompositionException {
    double sigma = NOISE_MULTIPLIER * RADIUS;
    int devices = 10;
    DistributedNoise provisioned = DistributedNoise.provision(distribution, sigma * sigma, devices);
    IntegerNoise share = provisioned.share();
    long[] others = others();
    DoubleSupplier with = () -> release(others, true, share, devices);
    DoubleSupplier without = () -> release(others, false, share, devices);
    double claim =
        RenyiAccountant.standard()
            .epsilon(
                Composition.of(
                    provisioned.event(encoder, canary.length, Adjacency.ADD_REMOVE),
                    1,
                    Adjacency.ADD_REMOVE),
                DELTA);
    assertThat(audit(with, without, runs, FAILURE))
        .as("%s", distribution)
        .isLessThan(claim)
        .isGreaterThan(least * claim);
    // Nine of the ten shares are missing: the claim for ten does not cover that.
    double missing =
        audit(
            () -> release(others, true, share, 1),
            () -> release(others, false, share, 1),
            runs,
            FAILURE);
    assertThat(missing).as("%s with one share", distribution).isGreaterThan(claim);
  }

  private double release(long[] others, boolean withCanary, IntegerNoise share, int devices) {
    long[] sum = others.clone();
    if (withCanary) {
      add(sum, encoder.encode(canary, random));
    }
    for (int device = 0; device < devices; device++) {
      share.addTo(sum);
    }
    return -encoder.decode(sum[0]) / (OTHERS + 1);
  }

  @Test
  void invertedClippingIsCaught() {
    long[] others = others();
    double bound =
        audit(
            () -> {
              long[] sum = others.clone();
              // max instead of min: long updates keep their length.
              double scale = Math.max(1, CLIP / norm(canary));
              for (int i = 0; i < sum.length; i++) {
                sum[i] += Math.round(canary[i] * scale * RADIUS);
              }
              noise.addTo(sum);
              return -encoder.decode(sum[0]) / (OTHERS + 1);
            },
            () -> release(others, false));
    assertThat(bound).isGreaterThan(claim());
  }

  @Test
  void aPrivateDenominatorIsCaught() {
    long[] others = others();
    // A weighted average over what was really counted: the canary brings a weight of ten.
    double bound =
        audit(
            () -> release(others, true) * (OTHERS + 1) / (OTHERS + 10),
            () -> release(others, false) * (OTHERS + 1) / OTHERS);
    assertThat(bound).isGreaterThan(claim());
  }

  @Test
  void floatingPointNoiseIsCaught() {
    // The observer looks at the last bits: a sum with a third has coarser ones.
    double bound = audit(() -> fineBits(floatRelease(0)), () -> fineBits(floatRelease(1 / 3.0f)));
    assertThat(bound).isGreaterThan(claim());
  }

  private float floatRelease(float value) {
    return value + (float) (random.nextGaussian() * NOISE_MULTIPLIER);
  }

  private static double fineBits(float output) {
    double scaled = Math.scalb((double) output, 27);
    return scaled == Math.rint(scaled) ? 0 : 1;
  }

  @Test
  void ignoredRoundsAreCaught() {
    long[] others = others();
    int rounds = 6;
    double bound =
        audit(() -> repeated(others, true, rounds), () -> repeated(others, false, rounds));
    assertThat(bound).isGreaterThan(claim());
    assertThat(bound)
        .isLessThan(AnalyticGaussian.epsilon(Math.sqrt(rounds) / NOISE_MULTIPLIER, DELTA));
  }

  private double repeated(long[] others, boolean withCanary, int rounds) {
    long[] sum = others.clone();
    if (withCanary) {
      add(sum, encoder.encode(canary, random));
    }
    double outputs = 0;
    for (int i = 0; i < rounds; i++) {
      long[] round = sum.clone();
      noise.addTo(round);
      outputs -= encoder.decode(round[0]) / (OTHERS + 1);
    }
    return outputs;
  }

  @Test
  void noiseBeforeClippingIsCaught() {
    double bound = audit(() -> noiseThenClip(true), () -> noiseThenClip(false));
    assertThat(bound).isGreaterThan(claim());
  }

  private double noiseThenClip(boolean withCanary) {
    double[] update = withCanary ? canary.clone() : new double[canary.length];
    long[] drawn = new long[update.length];
    noise.addTo(drawn);
    for (int i = 0; i < update.length; i++) {
      update[i] += encoder.decode(drawn[i]);
    }
    double scale = Math.min(1, CLIP / norm(update));
    return -update[0] * scale;
  }

  @Test
  void theAuditItselfIsCalibrated() {
    // Two equal distributions: no evidence at all. Two disjoint ones: as much as the runs allow.
    assertThat(audit(random::nextGaussian, random::nextGaussian)).isZero();
    assertThat(audit(() -> 1, () -> 0)).isGreaterThan(9);
    // A Gaussian pair whose true epsilon is known from both sides.
    double bound = audit(() -> random.nextGaussian() + 0.5, random::nextGaussian);
    assertThat(bound).isLessThan(AnalyticGaussian.epsilon(0.5, DELTA)).isGreaterThan(0.8);
  }

  private static double norm(double[] update) {
    return Math.sqrt(Arrays.stream(update).map(x -> x * x).sum());
  }

  /**
   * log((p - delta)/q) with Clopper-Pearson bounds for the event that a score exceeds a threshold;
   * the threshold is chosen on separate runs.
   */
  private static double audit(DoubleSupplier with, DoubleSupplier without) {
    return audit(with, without, RUNS, FAILURE);
  }

  private static double audit(
      DoubleSupplier with, DoubleSupplier without, int runs, double failure) {
    int pilot = runs / 5;
    double[] alternative = draw(with, pilot);
    double[] base = draw(without, pilot);
    double threshold = 0;
    double best = 0;
    for (double tail : new double[] {2e-4, 1e-3, 5e-3, 0.02, 0.1}) {
      double candidate = base[(int) ((1 - tail) * (pilot - 1))];
      double gain = bound(count(alternative, candidate), count(base, candidate), pilot, failure);
      if (gain > best) {
        best = gain;
        threshold = candidate;
      }
    }
    if (best == 0) {
      return 0;
    }
    return bound(count(with, threshold, runs), count(without, threshold, runs), runs, failure);
  }

  private static double[] draw(DoubleSupplier scores, int n) {
    double[] result = new double[n];
    Arrays.setAll(result, i -> scores.getAsDouble());
    Arrays.sort(result);
    return result;
  }

  private static long count(double[] scores, double threshold) {
    return Arrays.stream(scores).filter(score -> score > threshold).count();
  }

  private static long count(DoubleSupplier scores, double threshold, int runs) {
    long count = 0;
    for (int n = 0; n < runs; n++) {
      count += scores.getAsDouble() > threshold ? 1 : 0;
    }
    return count;
  }

  private static double bound(long hits, long falseHits, int runs, double failure) {
    double low = hits == 0 ? 0 : clopperPearson(hits, runs - hits + 1, failure);
    double high =
        falseHits == runs ? 1 : clopperPearson(falseHits + 1, runs - falseHits, 1 - failure);
    return low <= DELTA ? 0 : Math.max(0, Math.log((low - DELTA) / high));
  }

  /** Quantile of the beta distribution by bisection. */
  private static double clopperPearson(double a, double b, double probability) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < 60; i++) {
      double middle = 0.5 * (low + high);
      if (RegularizedBeta.value(middle, a, b) < probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return 0.5 * (low + high);
  }
}
