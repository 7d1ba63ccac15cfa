package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.mechanism.DistributedNoise;
import java.util.Locale;
import java.util.Optional;

/**
 * Noise on a sum.
 *
 * @param multiplier z of the round as it is charged; without clipping bits the standard deviation
 *     relative to the clipping norm
 * @param placement who adds it
 * @param clipping bits beside the updates that share the noise; empty: the norm is fixed
 */
public record Noise(double multiplier, Placement placement, Optional<ClippingTerms> clipping) {

  /** The ring is wide enough for the noise but for one round in 2^40. */
  private static final int FAILURE_BITS = 40;

  /** Who adds the noise. */
  public enum Placement {
    /** We do, to the unmasked sum. */
    SERVER,
    /** Every device, a share to its masked update. */
    DISTRIBUTED;

    /** The name in the database. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Placement of(String id) {
      return valueOf(id.toUpperCase(Locale.ROOT));
    }
  }

  public Noise {
    if (!(multiplier > 0 && Double.isFinite(multiplier))) {
      throw new IllegalArgumentException(
          "noise_multiplier is " + multiplier + "; it must be finite and greater than 0");
    }
    if (clipping.isPresent()) {
      if (placement != Placement.SERVER) {
        throw new IllegalArgumentException(
            "noise_placement is " + placement.id() + "; it must be server with adaptive_clipping");
      }
      // Refuses a bit that would cost more than the round.
      double unused = updateMultiplier(multiplier, clipping);
    }
  }

  /** Noise for a norm that is fixed. */
  public Noise(double multiplier, Placement placement) {
    this(multiplier, placement, Optional.empty());
  }

  /** Noise that we add. */
  public static Noise atServer(double multiplier) {
    return new Noise(multiplier, Placement.SERVER);
  }

  /**
   * Standard deviation of the noise on the sum of updates, relative to the clipping norm: what the
   * clipping bits leave of it (Andrew et al. 2021, Theorem 1), or all of it.
   */
  public double updateMultiplier() {
    return updateMultiplier(multiplier, clipping);
  }

  private static double updateMultiplier(double multiplier, Optional<ClippingTerms> clipping) {
    return clipping
        .map(terms -> terms.forCohort(1).updateNoiseMultiplier(multiplier))
        .orElse(multiplier);
  }

  /** Coordinates after those of the model. */
  public int counters() {
    return clipping.isPresent() ? 1 : 0;
  }

  /**
   * Bound on the noise that is in a sum before it is unmasked.
   *
   * @param radius integer clipping radius
   * @param corruptFraction fraction of the cohort that may leave its share out
   * @throws IllegalArgumentException if the survivors might all leave theirs out
   */
  public long inSum(
      double radius, int minSurvivors, int cohort, double corruptFraction, long coordinates) {
    return placement == Placement.SERVER
        ? 0
        : DistributedNoise.forRound(multiplier, radius, minSurvivors, cohort, corruptFraction)
            .tailBound(cohort, coordinates, FAILURE_BITS);
  }
}
