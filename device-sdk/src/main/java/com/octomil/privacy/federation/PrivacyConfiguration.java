package com.octomil.privacy.federation;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A privacy configuration; null means the service's default. The service checks the values.
 *
 * @param expectedCohort devices that a round plans for
 * @param quantizationBits the clipping radius is 2^quantizationBits grid steps
 * @param regions whose devices may take part
 */
public record PrivacyConfiguration(
    DifferentialPrivacy differentialPrivacy,
    SecureAggregation secureAggregation,
    @Nullable Integer expectedCohort,
    @Nullable Integer quantizationBits,
    @Nullable List<String> regions) {

  /** With the service's defaults for everything else. */
  public PrivacyConfiguration(
      DifferentialPrivacy differentialPrivacy, SecureAggregation secureAggregation) {
    this(differentialPrivacy, secureAggregation, null, null, null);
  }

  /**
   * Clipping, noise and budget.
   *
   * @param epsilon total budget
   * @param noiseMultiplier standard deviation of the noise relative to the clipping norm
   * @param maxGradNorm L2 bound of each device's update
   * @param adaptiveClipping how the bound follows the updates; it starts at {@code maxGradNorm}
   */
  public record DifferentialPrivacy(
      boolean enabled,
      @Nullable BigDecimal epsilon,
      @Nullable BigDecimal delta,
      @Nullable BigDecimal noiseMultiplier,
      @Nullable BigDecimal maxGradNorm,
      @Nullable String adjacency,
      @Nullable String noisePlacement,
      @Nullable String sampling,
      @Nullable AdaptiveClipping adaptiveClipping) {

    /** Differential privacy with these numbers. */
    public static DifferentialPrivacy of(
        double epsilon, double delta, double noiseMultiplier, double maxGradNorm) {
      return new DifferentialPrivacy(
          true,
          BigDecimal.valueOf(epsilon),
          BigDecimal.valueOf(delta),
          BigDecimal.valueOf(noiseMultiplier),
          BigDecimal.valueOf(maxGradNorm),
          null,
          null,
          null,
          null);
    }

    /** No noise; updates are still bounded by {@code maxGradNorm}. */
    public static DifferentialPrivacy off(double maxGradNorm) {
      return new DifferentialPrivacy(
          false, null, null, null, BigDecimal.valueOf(maxGradNorm), null, null, null, null);
    }

    /**
     * With a bound that follows the updates; an epsilon buys as many rounds as without.
     *
     * @param targetQuantile wanted share of unclipped updates, above 0 and below 1
     * @param learningRate step of the logarithm of the bound, above 0
     */
    public DifferentialPrivacy withAdaptiveClipping(double targetQuantile, double learningRate) {
      return new DifferentialPrivacy(
          enabled,
          epsilon,
          delta,
          noiseMultiplier,
          maxGradNorm,
          adjacency,
          noisePlacement,
          sampling,
          new AdaptiveClipping(
              true, BigDecimal.valueOf(targetQuantile), BigDecimal.valueOf(learningRate)));
    }
  }

  /**
   * Clipping that follows the updates (Andrew et al. 2021).
   *
   * @param targetQuantile wanted share of unclipped updates
   * @param learningRate step of the logarithm of the bound
   */
  public record AdaptiveClipping(
      boolean enabled, @Nullable BigDecimal targetQuantile, @Nullable BigDecimal learningRate) {}

  /**
   * Masking and its assumptions.
   *
   * @param minParticipatingClients fewer survivors abort a round
   * @param reconstructionThreshold fraction of a neighbourhood needed to rebuild a secret
   */
  public record SecureAggregation(
      boolean enabled,
      @Nullable Integer minParticipatingClients,
      @Nullable BigDecimal reconstructionThreshold,
      @Nullable String adversary,
      @Nullable BigDecimal corruptFraction,
      @Nullable BigDecimal dropoutFraction,
      @Nullable Integer securityBits,
      @Nullable Integer correctnessBits) {

    /** Secure aggregation with the service's default assumptions. */
    public static SecureAggregation of(
        int minParticipatingClients, double reconstructionThreshold) {
      return new SecureAggregation(
          true,
          minParticipatingClients,
          BigDecimal.valueOf(reconstructionThreshold),
          null,
          null,
          null,
          null,
          null);
    }

    /** Devices upload in clear. */
    public static SecureAggregation off() {
      return new SecureAggregation(false, null, null, null, null, null, null, null);
    }

    /** With other assumptions about collusion and drop-out. */
    public SecureAggregation assuming(double corruptFraction, double dropoutFraction) {
      return new SecureAggregation(
          enabled,
          minParticipatingClients,
          reconstructionThreshold,
          adversary,
          BigDecimal.valueOf(corruptFraction),
          BigDecimal.valueOf(dropoutFraction),
          securityBits,
          correctnessBits);
    }
  }
}
