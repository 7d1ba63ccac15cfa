package com.octomil.privacy.dp.mechanism;

import com.octomil.privacy.dp.internal.Normal;
import java.util.function.IntToDoubleFunction;

/** What a noise sampler should follow: a symmetric distribution on the integers. */
interface NoiseDistribution {
  /** Pr[X >= k], with few digits lost far out. */
  double upperTail(long k);

  double variance();

  /** Expected fourth power. */
  double fourthMoment();

  /** Largest power of two modulo which samples are uniform to within 1e-9, at most 64. */
  int uniformModulus();

  /** From the probabilities of 0, 1, 2, ... up to a common factor. */
  static NoiseDistribution ofWeights(int reach, IntToDoubleFunction weight) {
    double[] tails = new double[reach + 2];
    double variance = 0;
    double fourth = 0;
    for (int k = reach; k >= 1; k--) {
      double p = weight.applyAsDouble(k);
      tails[k] = tails[k + 1] + p;
      variance += 2 * p * k * k;
      fourth += 2 * p * k * k * (double) k * k;
    }
    double total = weight.applyAsDouble(0) + 2 * tails[1];
    double variance1 = variance / total;
    double fourth1 = fourth / total;
    return new NoiseDistribution() {
      @Override
      public double upperTail(long k) {
        return k > reach ? 0 : k > 0 ? tails[(int) k] / total : 1 - upperTail(1 - k);
      }

      @Override
      public double variance() {
        return variance1;
      }

      @Override
      public double fourthMoment() {
        return fourth1;
      }

      @Override
      public int uniformModulus() {
        return modulus(Math.sqrt(variance1));
      }
    };
  }

  /** The rounded Gaussian of any width, and other wide noise that looks the same to any sample. */
  static NoiseDistribution rounded(double sigma, double variance, double fourthMoment) {
    return new NoiseDistribution() {
      @Override
      public double upperTail(long k) {
        return Normal.upperTail((k - 0.5) / sigma);
      }

      @Override
      public double variance() {
        return variance;
      }

      @Override
      public double fourthMoment() {
        return fourthMoment;
      }

      @Override
      public int uniformModulus() {
        return modulus(sigma);
      }
    };
  }

  static NoiseDistribution roundedGaussian(double sigma) {
    if (sigma < 200) {
      return ofWeights(
          2 + (int) (38 * sigma),
          k -> Normal.upperTail((k - 0.5) / sigma) - Normal.upperTail((k + 0.5) / sigma));
    }
    return rounded(sigma, sigma * sigma + 1.0 / 12, 3 * Math.pow(sigma, 4));
  }

  static NoiseDistribution discreteGaussian(double sigma) {
    return sigma < 1000
        ? ofWeights(2 + (int) (38 * sigma), k -> Math.exp(-0.5 * (k / sigma) * (k / sigma)))
        : rounded(sigma, sigma * sigma, 3 * Math.pow(sigma, 4));
  }

  static NoiseDistribution skellam(double variance) {
    double sigma = Math.sqrt(variance);
    if (variance > 1e6) {
      return rounded(sigma, variance, 3 * variance * variance);
    }
    // Pr[k] = sum over j of p(j + k) p(j), for Poisson p relative to its mode.
    double mean = variance / 2;
    int mode = (int) mean;
    int low = Math.min(mode, (int) (40 * Math.sqrt(mean)) + 5);
    int size = low + (int) (40 * Math.sqrt(mean)) + 60;
    double[] poisson = new double[size];
    poisson[low] = 1;
    for (int i = low + 1; i < size; i++) {
      poisson[i] = poisson[i - 1] * mean / (mode - low + i);
    }
    for (int i = low - 1; i >= 0; i--) {
      poisson[i] = poisson[i + 1] * (mode - low + i + 1) / mean;
    }
    return ofWeights(
        Math.min(size - 1, (int) (20 * sigma) + 40),
        k -> {
          double sum = 0;
          for (int j = 0; j + k < size; j++) {
            sum += poisson[j] * poisson[j + k];
          }
          return sum;
        });
  }

  private static int modulus(double sigma) {
    // The k-th Fourier coefficient is below exp(-2 pi^2 sigma^2 / modulus^2).
    int modulus = 64;
    while (modulus > 1 && modulus > sigma / 1.1) {
      modulus /= 2;
    }
    return modulus;
  }
}
