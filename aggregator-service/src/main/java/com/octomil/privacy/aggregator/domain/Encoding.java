package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.sensitivity.GridEncoder;
import com.octomil.privacy.secagg.RingWidth;
import java.util.Optional;

/**
 * How an update becomes integers.
 *
 * @param clipNorm L2 bound C of one update
 * @param gridStep g; one integer step
 * @param maxNormSquared floor((C / g)^2)
 * @param ringBits width b of one coordinate of the sum
 */
public record Encoding(double clipNorm, double gridStep, long maxNormSquared, int ringBits) {

  /**
   * The grid with integer radius 2^quantizationBits, and the narrowest ring that a sum over {@code
   * cohort}, of coordinates or of weights that are counted, cannot wrap.
   *
   * @param noise bound on the noise that devices add to the sum; 0: they add none
   * @throws IllegalArgumentException if more than 32 bits were needed
   */
  public static Encoding of(
      double clipNorm,
      int quantizationBits,
      int cohort,
      Optional<Weighting> weighting,
      long noise) {
    // A division by a power of two is exact.
    double gridStep = clipNorm / (1L << quantizationBits);
    GridEncoder encoder = new GridEncoder(clipNorm, gridStep);
    return new Encoding(
        clipNorm,
        gridStep,
        encoder.maxNormSquared(),
        RingWidth.bitsFor(
            cohort,
            Math.max(
                encoder.maxAbsCoordinate(),
                weighting.filter(Weighting::counted).map(Weighting::maxWeight).orElse(0)),
            noise));
  }

  /** An encoding that was chosen before. */
  public static Encoding restored(double clipNorm, double gridStep, int ringBits) {
    return new Encoding(
        clipNorm, gridStep, new GridEncoder(clipNorm, gridStep).maxNormSquared(), ringBits);
  }

  /** Clips and rounds updates to this grid. */
  public GridEncoder encoder() {
    return new GridEncoder(clipNorm, gridStep);
  }

  /** Integer clipping radius R = C / g. */
  public double radius() {
    return clipNorm / gridStep;
  }
}
