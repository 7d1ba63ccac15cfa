package com.octomil.privacy.federation;

import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A privacy configuration; null means the service's default. The service checks the values.
 *
 * @param differentialPrivacy clipping, noise and budget
 * @param secureAggregation how updates are hidden
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

  /**
   * With the service's defaults for everything else.
   *
   * @param differentialPrivacy clipping, noise and budget
   * @param secureAggregation how updates are hidden
   */
  public PrivacyConfiguration(
      DifferentialPrivacy differentialPrivacy, SecureAggregation secureAggregation) {
    this(differentialPrivacy, secureAggregation, null, null, null);
  }

  /**
   * Clipping, noise and budget.
   *
   * @param enabled whether noise is added and budget is spent
   * @param epsilon total budget
   * @param delta of the promise
   * @param noiseMultiplier standard deviation of the noise relative to the clipping norm
   * @param maxGradNorm L2 bound of each device's update
   * @param adjacency {@code add_remove} or {@code replace_one}; null: the service's default
   * @param noisePlacement {@code server} or {@code distributed}; null: the service's default
   * @param sampling how devices are drawn; null: not at all
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

    /**
     * Differential privacy with these numbers.
     *
     * @param epsilon total budget
     * @param delta of the promise
     * @param noiseMultiplier standard deviation of the noise in clipping norms
     * @param maxGradNorm L2 bound of each update
     * @return everything else at the service's default
     */
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

    /**
     * No noise; updates are still bounded by {@code maxGradNorm}.
     *
     * @param maxGradNorm L2 bound of each update
     * @return switched off
     */
    public static DifferentialPrivacy off(double maxGradNorm) {
      return new DifferentialPrivacy(
          false, null, null, null, BigDecimal.valueOf(maxGradNorm), null, null, null, null);
    }

    /**
     * With a bound that follows the updates; an epsilon buys as many rounds as without.
     *
     * @param targetQuantile wanted share of unclipped updates, above 0 and below 1
     * @param learningRate step of the logarithm of the bound, above 0
     * @return a copy
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
   * @param enabled whether the bound moves
   * @param targetQuantile wanted share of unclipped updates; null: the service's default
   * @param learningRate step of the logarithm of the bound; null: the service's default
   */
  public record AdaptiveClipping(
      boolean enabled, @Nullable BigDecimal targetQuantile, @Nullable BigDecimal learningRate) {}

  /**
   * Masking and its assumptions.
   *
   * @param enabled whether updates are masked
   * @param minParticipatingClients fewer survivors abort a round
   * @param reconstructionThreshold fraction of a neighbourhood needed to rebuild a secret
   * @param adversary what the server is assumed to do; null: the service's default
   * @param corruptFraction of the devices that may collude with the server; null: the default
   * @param dropoutFraction of the devices that may drop out; null: the default
   * @param securityBits minus log2 of the probability that secrecy fails; null: the default
   * @param correctnessBits minus log2 of the probability that a sum cannot be unmasked; null: the
   *     default
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

    /**
     * Secure aggregation with the service's default assumptions.
     *
     * @param minParticipatingClients fewest devices in a sum
     * @param reconstructionThreshold least fraction of neighbours that rebuild a secret
     * @return everything else at the service's default
     */
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

    /**
     * Devices upload in clear.
     *
     * @return switched off
     */
    public static SecureAggregation off() {
      return new SecureAggregation(false, null, null, null, null, null, null, null);
    }

    /**
     * With other assumptions about collusion and drop-out.
     *
     * @param corruptFraction of the devices that may collude with the server
     * @param dropoutFraction of the devices that may drop out
     * @return a copy
     */
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
