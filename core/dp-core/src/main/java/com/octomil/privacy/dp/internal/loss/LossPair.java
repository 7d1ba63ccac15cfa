package com.octomil.privacy.dp.internal.loss;

import com.octomil.privacy.dp.internal.Normal;

/**
 * Two densities p and q on the line whose log ratio, the privacy loss, grows with x.
 *
 * <p>Numbers are given in the forms that do not cancel; their relative error is far below {@link
 * LatticeBuilder#MASS_INFLATION}.
 */
interface LossPair {
  /** Density of the second distribution. */
  double density(double x);

  /** exp(loss(x0 + t)) - exp(loss(x0)), of the sign of t. */
  double rise(double x0, double t);

  /** log p(x)/q(x). */
  double loss(double x);

  /** The x in the support whose loss is {@code loss}, for losses strictly inside the range. */
  double inverse(double loss);

  /** Ends of the support, or of what is not negligible. */
  double low();

  double high();

  /** Upper bounds of the mass outside [low, high] under p above and under q below. */
  double firstAbove();

  double secondBelow();

  /** Longest panel around x on which five-point Gauss quadrature is exact to 2^-40 relative. */
  double panel(double x);

  /** Bound on |loss(inverse(l)) - l|. */
  double inverseError();

  /** N(1, sigma^2) against N(0, sigma^2): the Gaussian mechanism with unit sensitivity. */
  record Gaussian(double sigma) implements LossPair {
    private static final double REACH = 11.5;
    private static final double BEYOND = 1e-30;

    @Override
    public double density(double x) {
      return Normal.density(x / sigma) / sigma;
    }

    @Override
    public double rise(double x0, double t) {
      return Math.exp(loss(x0)) * Math.expm1(t / (sigma * sigma));
    }

    @Override
    public double loss(double x) {
      return (x - 0.5) / (sigma * sigma);
    }

    @Override
    public double inverse(double loss) {
      return loss * (sigma * sigma) + 0.5;
    }

    @Override
    public double low() {
      return -REACH * sigma;
    }

    @Override
    public double high() {
      return 1 + REACH * sigma;
    }

    @Override
    public double firstAbove() {
      return BEYOND;
    }

    @Override
    public double secondBelow() {
      return BEYOND;
    }

    @Override
    public double panel(double x) {
      return 0.7 * sigma / ((Math.abs(x) + 1) / sigma + 5);
    }

    @Override
    public double inverseError() {
      return 8
          * Normal.U
          * (1 + Math.max(Math.abs(loss(low())), loss(high())) + 1 / (sigma * sigma));
    }
  }

  /** (1-rate) q + rate p against q: Poisson sampling at {@code rate} in front of a mechanism. */
  record Sampled(LossPair base, double rate) implements LossPair {
    @Override
    public double density(double x) {
      return base.density(x);
    }

    @Override
    public double rise(double x0, double t) {
      return rate * base.rise(x0, t);
    }

    @Override
    public double loss(double x) {
      return Math.log1p(rate * Math.expm1(base.loss(x)));
    }

    @Override
    public double inverse(double loss) {
      return base.inverse(Math.log((Math.expm1(loss) + rate) / rate));
    }

    @Override
    public double low() {
      return base.low();
    }

    @Override
    public double high() {
      return base.high();
    }

    @Override
    public double firstAbove() {
      return base.firstAbove();
    }

    @Override
    public double secondBelow() {
      return base.secondBelow();
    }

    @Override
    public double panel(double x) {
      return base.panel(x);
    }

    @Override
    public double inverseError() {
      // d loss/d base.loss is at most 1; the logarithm's argument has an absolute error of a few
      // units of rate + |expm1(loss)|, which is a few units of loss again.
      return base.inverseError() + 8 * Normal.U;
    }
  }

  /**
   * (1-rate) N(0) + rate N(1) against (1-rate) N(0) + rate N(-1): Poisson sampling when one device
   * is replaced. It dominates every replacement x, y with |x|, |y| at most 1 in any dimension: the
   * divergence is E[(a + b e^u - c e^v)_+] for jointly normal log ratios u, v, convex in each of
   * e^u and e^v and with a non-positive mixed derivative, so by Price's theorem it grows with both
   * norms and as their inner product falls.
   */
  record SampledReplacement(double sigma, double rate) implements LossPair {
    @Override
    public double density(double x) {
      return ((1 - rate) * Normal.density(x / sigma) + rate * Normal.density((x + 1) / sigma))
          / sigma;
    }

    private double weight(double x) {
      return 1 - rate + rate * Math.exp((x - 0.5) / (sigma * sigma));
    }

    @Override
    public double rise(double x0, double t) {
      double variance = sigma * sigma;
      double first = rate * Math.exp((x0 - 0.5) / variance) * Math.expm1(t / variance);
      double second = rate * Math.exp((-x0 - 0.5) / variance) * Math.expm1(-t / variance);
      return (first * weight(-x0) - weight(x0) * second) / (weight(-x0 - t) * weight(-x0));
    }

    @Override
    public double loss(double x) {
      double variance = sigma * sigma;
      return Math.log1p(rate * Math.expm1((x - 0.5) / variance))
          - Math.log1p(rate * Math.expm1((-x - 0.5) / variance));
    }

    @Override
    public double inverse(double loss) {
      if (loss < 0) {
        return -inverse(-loss);
      }
      // The odds e^loss make a quadratic equation for e^(x/sigma^2); this root does not cancel.
      double linear = (1 - rate) * Math.expm1(loss);
      double cross = 2 * rate * Math.exp(0.5 * loss - 0.5 / (sigma * sigma));
      return sigma * sigma * Math.log((linear + Math.hypot(linear, cross)) / (2 * rate)) + 0.5;
    }

    @Override
    public double low() {
      return -1 - 11.5 * sigma;
    }

    @Override
    public double high() {
      return 1 + 11.5 * sigma;
    }

    @Override
    public double firstAbove() {
      return 1e-30;
    }

    @Override
    public double secondBelow() {
      return 1e-30;
    }

    @Override
    public double panel(double x) {
      return 0.7 * sigma / ((Math.abs(x) + 2) / sigma + 5);
    }

    @Override
    public double inverseError() {
      double variance = sigma * sigma;
      return 32 * Normal.U * (2 + (high() + 1) / variance);
    }
  }

  /** Laplace noise of scale b where the loss is strictly between -1/b and 1/b. */
  record LaplaceSlope(double scale) implements LossPair {
    @Override
    public double density(double x) {
      // Outputs run backwards (x from 0 to 1 is the distance from the far end) so that the loss
      // grows.
      return 0.5 / scale * Math.exp(-x / scale);
    }

    @Override
    public double rise(double x0, double t) {
      return Math.exp(loss(x0)) * Math.expm1(2 * t / scale);
    }

    @Override
    public double loss(double x) {
      return (2 * x - 1) / scale;
    }

    @Override
    public double inverse(double loss) {
      return 0.5 * (loss * scale + 1);
    }

    @Override
    public double low() {
      return 0;
    }

    @Override
    public double high() {
      return 1;
    }

    @Override
    public double firstAbove() {
      return 0;
    }

    @Override
    public double secondBelow() {
      return 0;
    }

    @Override
    public double panel(double x) {
      return 0.25 * scale;
    }

    @Override
    public double inverseError() {
      return 8 * Normal.U * (1 + 1 / scale);
    }
  }
}
