package com.octomil.privacy.budget.domain;

import com.octomil.privacy.dp.accounting.Adjacency;
import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The differential-privacy half of a configuration, as the operator wrote it. While it is off its
 * numbers are kept for reading back, and mean nothing.
 *
 * @param enabled whether noise is added and epsilon accounted
 * @param epsilon total budget of the version
 * @param delta probability with which the guarantee may fail
 * @param noiseMultiplier standard deviation of the noise on the sum, relative to {@code
 *     maxGradNorm}
 * @param maxGradNorm L2 bound of each device's update; also bounds the encoding while differential
 *     privacy is off
 * @param adjacency neighbouring relation
 * @param noisePlacement who adds the noise
 * @param samplingRate probability with which the coordinator draws each device of a round; null: no
 *     sampling
 * @param adaptiveClipping how the norm follows the updates; null: it stays at {@code maxGradNorm}
 */
public record DifferentialPrivacy(
    boolean enabled,
    @Nullable BigDecimal epsilon,
    @Nullable BigDecimal delta,
    @Nullable BigDecimal noiseMultiplier,
    BigDecimal maxGradNorm,
    Adjacency adjacency,
    NoisePlacement noisePlacement,
    @Nullable BigDecimal samplingRate,
    @Nullable AdaptiveClippingTerms adaptiveClipping) {

  /** Refuses an enabled configuration that lacks a number. */
  public DifferentialPrivacy {
    if (enabled && (epsilon == null || delta == null || noiseMultiplier == null)) {
      throw new IllegalArgumentException(
          "differential privacy is enabled: epsilon, delta and noise_multiplier must be set");
    }
  }

  /**
   * What the ledger enforces; empty while differential privacy is off.
   *
   * @param quantizationBits as in {@link PrivacyConfiguration}
   */
  public Optional<GaussianBudget> budget(int quantizationBits) {
    if (!enabled || epsilon == null || delta == null || noiseMultiplier == null) {
      return Optional.empty();
    }
    return Optional.of(
        new GaussianBudget(
            Epsilon.ofBudget(epsilon),
            delta,
            noiseMultiplier,
            adjacency,
            Optional.ofNullable(samplingRate),
            noisePlacement == NoisePlacement.DISTRIBUTED
                ? Optional.of(quantizationBits)
                : Optional.empty()));
  }

  /** The same with another total budget. */
  DifferentialPrivacy withEpsilon(BigDecimal total) {
    return new DifferentialPrivacy(
        enabled,
        total,
        delta,
        noiseMultiplier,
        maxGradNorm,
        adjacency,
        noisePlacement,
        samplingRate,
        adaptiveClipping);
  }

  /**
   * The same values with every decimal in its shortest form, for comparing configurations by value.
   */
  DifferentialPrivacy normalized() {
    return new DifferentialPrivacy(
        enabled,
        Decimals.shortest(epsilon),
        Decimals.shortest(delta),
        Decimals.shortest(noiseMultiplier),
        maxGradNorm.stripTrailingZeros(),
        adjacency,
        noisePlacement,
        Decimals.shortest(samplingRate),
        adaptiveClipping == null ? null : adaptiveClipping.normalized());
  }
}
