package com.octomil.privacy.secagg.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import org.junit.jupiter.api.Test;

/** Against sums of exact binomial coefficients. */
class DiscreteTailsTest {
  private static BigInteger choose(int n, int k) {
    if (k < 0 || k > n) {
      return BigInteger.ZERO;
    }
    BigInteger result = BigInteger.ONE;
    for (int i = 1; i <= k; i++) {
      result = result.multiply(BigInteger.valueOf(n - k + i)).divide(BigInteger.valueOf(i));
    }
    return result;
  }

  private static double log(BigInteger numerator, BigInteger denominator) {
    if (numerator.signum() == 0) {
      return Double.NEGATIVE_INFINITY;
    }
    // Scaled so that a double holds it whatever its size.
    BigDecimal quotient =
        new BigDecimal(numerator).divide(new BigDecimal(denominator), MathContext.DECIMAL64);
    int exponent = quotient.precision() - quotient.scale();
    return Math.log(quotient.scaleByPowerOfTen(-exponent).doubleValue()) + exponent * Math.log(10);
  }

  @Test
  void hypergeometricTailsAreExact() {
    int[][] cases = {
      {30, 10, 12},
      {100, 5, 28},
      {100, 20, 52},
      {1000, 100, 66},
      {1000, 800, 194},
      {57, 0, 20},
      {57, 57, 20}
    };
    for (int[] c : cases) {
      BigInteger total = choose(c[0], c[2]);
      for (int x = 0; x <= c[2]; x++) {
        BigInteger above = BigInteger.ZERO;
        for (int i = x + 1; i <= c[2]; i++) {
          above = above.add(choose(c[1], i).multiply(choose(c[0] - c[1], c[2] - i)));
        }
        assertClose(DiscreteTails.logHypergeometricAbove(c[0], c[1], c[2], x), log(above, total));
        assertClose(
            DiscreteTails.logHypergeometricAtMost(c[0], c[1], c[2], x),
            log(total.subtract(above), total));
      }
    }
  }

  @Test
  void binomialTailsAreExact() {
    // p = 3/4: Pr[Bin(n, p) = i] = C(n, i) 3^i / 4^n.
    for (int n : new int[] {1, 7, 40, 300}) {
      BigInteger total = BigInteger.valueOf(4).pow(n);
      BigInteger below = BigInteger.ZERO;
      for (int x = 0; x <= n; x++) {
        assertClose(DiscreteTails.logBinomialBelow(n, 0.75, x), log(below, total));
        below = below.add(choose(n, x).multiply(BigInteger.valueOf(3).pow(x)));
      }
      assertThat(DiscreteTails.logBinomialBelow(n, 0.75, n + 1)).isZero();
      assertThat(DiscreteTails.logBinomialBelow(n, 1, n)).isEqualTo(Double.NEGATIVE_INFINITY);
    }
  }

  private static void assertClose(double actual, double expected) {
    if (Double.isInfinite(expected)) {
      assertThat(actual).isEqualTo(expected);
    } else {
      assertThat(actual).isCloseTo(expected, within(1e-11 * Math.max(1, Math.abs(expected))));
    }
  }
}
