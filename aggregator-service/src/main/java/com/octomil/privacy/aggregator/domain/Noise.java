package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.mechanism.DistributedNoise;
import java.util.Locale;

/**
 * Noise on a sum.
 *
 * @param multiplier standard deviation z, relative to the clipping norm
 * @param placement who adds it
 */
public record Noise(double multiplier, Placement placement) {

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
  }

  /** Noise that we add. */
  public static Noise atServer(double multiplier) {
    return new Noise(multiplier, Placement.SERVER);
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
