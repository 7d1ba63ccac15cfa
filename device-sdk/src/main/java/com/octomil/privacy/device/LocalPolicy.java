package com.octomil.privacy.device;

import com.octomil.privacy.secagg.AdversaryModel;
import java.time.Duration;

/**
 * What a device demands of a round before it takes part, whatever the server configured. Immutable.
 *
 * @param minimumCohort fewest devices in a sum that this device lets itself be added to; at least 3
 * @param minimumSecurityBits lowest sigma
 * @param requireTwoFacedServerProtection whether rounds must withstand a server that tells
 *     neighbourhoods different survivor sets
 * @param minimumNoiseMultiplier lowest noise multiplier; 0 accepts rounds without differential
 *     privacy
 * @param maximumVectorLength most model coordinates this device can hold
 * @param maximumLocalEpochs most passes over the local data
 * @param maximumRoundDuration longest time until the last deadline
 * @param clockTolerance how far this device's clock may be off
 * @param clearUploadsAllowed whether rounds without secure aggregation are accepted, in which the
 *     server sees the update
 * @param repeatedModelsAllowed whether the device lets itself be summed again over a model that it
 *     was summed over before when it cannot tell that the two cohorts differ by none or by at least
 *     the minimum
 * @param maximumClipNorm largest clipping norm of a round; noise is relative to it, so a norm far
 *     beyond the updates drowns them
 */
public record LocalPolicy(
    int minimumCohort,
    int minimumSecurityBits,
    boolean requireTwoFacedServerProtection,
    double minimumNoiseMultiplier,
    int maximumVectorLength,
    int maximumLocalEpochs,
    Duration maximumRoundDuration,
    Duration clockTolerance,
    boolean clearUploadsAllowed,
    boolean repeatedModelsAllowed,
    double maximumClipNorm) {

  /** Most coordinates whose bytes one Java array holds. */
  private static final int MOST_COORDINATES = Integer.MAX_VALUE / Float.BYTES - 16;

  /** Refuses values out of range with an {@link IllegalArgumentException} that names them. */
  public LocalPolicy {
    require(minimumCohort >= 3, "minimumCohort", minimumCohort, "at least 3");
    require(minimumSecurityBits >= 1, "minimumSecurityBits", minimumSecurityBits, "at least 1");
    require(
        minimumNoiseMultiplier >= 0 && Double.isFinite(minimumNoiseMultiplier),
        "minimumNoiseMultiplier",
        minimumNoiseMultiplier,
        "finite and not negative");
    require(
        maximumVectorLength >= 1 && maximumVectorLength <= MOST_COORDINATES,
        "maximumVectorLength",
        maximumVectorLength,
        "from 1 to " + MOST_COORDINATES);
    require(maximumLocalEpochs >= 1, "maximumLocalEpochs", maximumLocalEpochs, "at least 1");
    require(
        !maximumRoundDuration.isNegative() && !maximumRoundDuration.isZero(),
        "maximumRoundDuration",
        maximumRoundDuration,
        "greater than zero");
    require(!clockTolerance.isNegative(), "clockTolerance", clockTolerance, "not negative");
    require(maximumClipNorm > 0, "maximumClipNorm", maximumClipNorm, "greater than zero");
  }

  /**
   * Secure aggregation with at least 3 devices, 40 bits and protection against a two-faced server,
   * any noise, models of up to 64 million coordinates, rounds of up to a day, two minutes of clock
   * error, no clear uploads, no repeated model, any clipping norm.
   *
   * @return the policy that devices have unless another is set
   */
  public static LocalPolicy standard() {
    return new LocalPolicy(
        3,
        40,
        true,
        0,
        64_000_000,
        1000,
        Duration.ofDays(1),
        Duration.ofMinutes(2),
        false,
        false,
        Double.POSITIVE_INFINITY);
  }

  /** The adversary that rounds must withstand at least. */
  AdversaryModel weakestAdversary() {
    return requireTwoFacedServerProtection
        ? AdversaryModel.SEMI_MALICIOUS
        : AdversaryModel.SEMI_HONEST;
  }

  /**
   * This policy with another {@link #minimumCohort}.
   *
   * @param value fewest devices of a round
   * @return a copy
   */
  public LocalPolicy withMinimumCohort(int value) {
    return new LocalPolicy(
        value,
        minimumSecurityBits,
        requireTwoFacedServerProtection,
        minimumNoiseMultiplier,
        maximumVectorLength,
        maximumLocalEpochs,
        maximumRoundDuration,
        clockTolerance,
        clearUploadsAllowed,
        repeatedModelsAllowed,
        maximumClipNorm);
  }

  /**
   * This policy with another {@link #requireTwoFacedServerProtection}.
   *
   * @param required whether rounds without it are refused
   * @return a copy
   */
  public LocalPolicy withTwoFacedServerProtection(boolean required) {
    return new LocalPolicy(
        minimumCohort,
        minimumSecurityBits,
        required,
        minimumNoiseMultiplier,
        maximumVectorLength,
        maximumLocalEpochs,
        maximumRoundDuration,
        clockTolerance,
        clearUploadsAllowed,
        repeatedModelsAllowed,
        maximumClipNorm);
  }

  /**
   * This policy with another {@link #minimumNoiseMultiplier}.
   *
   * @param value least noise of a round
   * @return a copy
   */
  public LocalPolicy withMinimumNoiseMultiplier(double value) {
    return new LocalPolicy(
        minimumCohort,
        minimumSecurityBits,
        requireTwoFacedServerProtection,
        value,
        maximumVectorLength,
        maximumLocalEpochs,
        maximumRoundDuration,
        clockTolerance,
        clearUploadsAllowed,
        repeatedModelsAllowed,
        maximumClipNorm);
  }

  /**
   * This policy with another {@link #clearUploadsAllowed}.
   *
   * @param allowed whether rounds without secure aggregation are joined
   * @return a copy
   */
  public LocalPolicy withClearUploadsAllowed(boolean allowed) {
    return new LocalPolicy(
        minimumCohort,
        minimumSecurityBits,
        requireTwoFacedServerProtection,
        minimumNoiseMultiplier,
        maximumVectorLength,
        maximumLocalEpochs,
        maximumRoundDuration,
        clockTolerance,
        allowed,
        repeatedModelsAllowed,
        maximumClipNorm);
  }

  /**
   * This policy with another {@link #repeatedModelsAllowed}.
   *
   * @param allowed whether nearly the same devices may be summed over one model again
   * @return a copy
   */
  public LocalPolicy withRepeatedModelsAllowed(boolean allowed) {
    return new LocalPolicy(
        minimumCohort,
        minimumSecurityBits,
        requireTwoFacedServerProtection,
        minimumNoiseMultiplier,
        maximumVectorLength,
        maximumLocalEpochs,
        maximumRoundDuration,
        clockTolerance,
        clearUploadsAllowed,
        allowed,
        maximumClipNorm);
  }

  /**
   * This policy with another {@link #maximumClipNorm}.
   *
   * @param value largest norm that an update is clipped to
   * @return a copy
   */
  public LocalPolicy withMaximumClipNorm(double value) {
    return new LocalPolicy(
        minimumCohort,
        minimumSecurityBits,
        requireTwoFacedServerProtection,
        minimumNoiseMultiplier,
        maximumVectorLength,
        maximumLocalEpochs,
        maximumRoundDuration,
        clockTolerance,
        clearUploadsAllowed,
        repeatedModelsAllowed,
        value);
  }

  private static void require(boolean holds, String field, Object value, String accepted) {
    if (!holds) {
      throw new IllegalArgumentException(field + " must be " + accepted + ", not " + value);
    }
  }
}
