package com.octomil.privacy.dp.mechanism;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongSupplier;
import org.apache.commons.numbers.gamma.Erfc;
import org.apache.commons.numbers.gamma.RegularizedBeta;
import org.apache.commons.numbers.gamma.RegularizedGamma;

/**
 * A battery of tests of a noise sampler against the distribution it should have. A correct sampler
 * has a p-value below {@link #ALARM} in a given test with about that probability.
 */
final class NoiseExamination {
  /** With fewer than a thousand tests in a build, chance alone raises an alarm below 1e-7. */
  static final double ALARM = 1e-10;

  private static final int CELLS = 64;
  private static final int LEAST_EXPECTED = 200;

  /** One test and how likely a correct sampler looks at least as bad. */
  record Finding(String test, double pValue) {}

  private NoiseExamination() {}

  /** The findings, most suspicious first. */
  static List<Finding> examine(LongSupplier sampler, NoiseDistribution truth, int samples) {
    double sigma = Math.sqrt(truth.variance());
    long[] borders = borders(truth, sigma, samples);
    long[] cells = new long[borders.length + 1];
    int modulus = truth.uniformModulus();
    long[] residues = new long[modulus];
    long[] reaches = {
      (long) Math.ceil(2 * sigma),
      (long) Math.ceil(3 * sigma),
      (long) Math.ceil(4 * sigma),
      (long) Math.ceil(5 * sigma)
    };
    long[] above = new long[reaches.length];
    long[] below = new long[reaches.length];
    double sum = 0;
    double squares = 0;
    double products = 0;
    double last = 0;
    for (int n = 0; n < samples; n++) {
      long k = sampler.getAsLong();
      int cell = Arrays.binarySearch(borders, k);
      cells[cell < 0 ? -cell - 1 : cell]++;
      residues[(int) Math.floorMod(k, (long) modulus)]++;
      for (int i = 0; i < reaches.length && Math.abs(k) >= reaches[i]; i++) {
        (k > 0 ? above : below)[i]++;
      }
      double z = k / sigma;
      sum += z;
      squares += z * z;
      products += z * last;
      last = z;
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding("mean", twoSided(sum / Math.sqrt(samples))));
    double spread = truth.fourthMoment() / Math.pow(truth.variance(), 2) - 1;
    findings.add(
        new Finding("variance", twoSided((squares - samples) / Math.sqrt(spread * samples))));
    findings.add(new Finding("neighbours", twoSided(products / Math.sqrt(samples))));
    double[] expected = new double[cells.length];
    for (int i = 0; i < cells.length; i++) {
      double left = i == 0 ? 1 : truth.upperTail(borders[i - 1] + 1);
      double right = i == borders.length ? 0 : truth.upperTail(borders[i] + 1);
      expected[i] = (left - right) * samples;
    }
    findings.add(new Finding("shape", pearson(cells, expected)));
    if (modulus > 1) {
      double[] even = new double[modulus];
      Arrays.fill(even, (double) samples / modulus);
      findings.add(new Finding("low bits", pearson(residues, even)));
    }
    long beyondAbove = samples;
    long beyondBelow = samples;
    double probability = 1;
    for (int i = 0; i < reaches.length; i++) {
      // Given that a sample is beyond the last reach, it is beyond this one with the ratio.
      double tail = truth.upperTail(reaches[i]);
      findings.add(
          new Finding("above " + (i + 2), binomial(above[i], beyondAbove, tail / probability)));
      findings.add(
          new Finding("below " + (i + 2), binomial(below[i], beyondBelow, tail / probability)));
      beyondAbove = above[i];
      beyondBelow = below[i];
      probability = tail;
    }
    findings.sort(Comparator.comparingDouble(Finding::pValue));
    return findings;
  }

  /** Upper ends of cells of about equal probability, none of them nearly empty. */
  private static long[] borders(NoiseDistribution truth, double sigma, int samples) {
    List<Long> borders = new ArrayList<>();
    double least = Math.max(1.0 / CELLS, (double) LEAST_EXPECTED / samples);
    long reach = (long) Math.ceil(12 * sigma) + 2;
    double left = 1;
    while (left > 2 * least) {
      // The smallest border that leaves at least one cell's probability below it.
      long low = borders.isEmpty() ? -reach : borders.get(borders.size() - 1) + 1;
      long high = reach;
      while (low < high) {
        long middle = Math.floorDiv(low + high, 2L);
        if (left - truth.upperTail(middle + 1) >= least) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      if (truth.upperTail(low + 1) < least) {
        break;
      }
      borders.add(low);
      left = truth.upperTail(low + 1);
    }
    return borders.stream().mapToLong(Long::longValue).toArray();
  }

  private static double twoSided(double z) {
    return Erfc.value(Math.abs(z) / Math.sqrt(2));
  }

  private static double pearson(long[] counts, double[] expected) {
    double statistic = 0;
    for (int i = 0; i < counts.length; i++) {
      statistic += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
    }
    return counts.length == 1
        ? 1
        : RegularizedGamma.Q.value(0.5 * (counts.length - 1), 0.5 * statistic);
  }

  /** Exact two-sided p-value of a count. */
  static double binomial(long hits, long trials, double probability) {
    if (trials == 0 || probability <= 0 || probability >= 1) {
      boolean possible =
          hits <= trials && (probability > 0 || hits == 0) && (probability < 1 || hits == trials);
      return possible ? 1 : 0;
    }
    double atMost =
        hits == trials ? 1 : RegularizedBeta.complement(probability, hits + 1.0, trials - hits);
    double atLeast = hits == 0 ? 1 : RegularizedBeta.value(probability, hits, trials - hits + 1.0);
    return Math.min(1, 2 * Math.min(atMost, atLeast));
  }
}
