package com.octomil.privacy.aggregator.domain;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;

/** How the updates of a round become one. */
public sealed interface Aggregation {

  /** The name in JSON and in the database. */
  String id();

  /** Whether the updates are needed one by one. */
  default boolean separately() {
    return true;
  }

  /**
   * How many of {@code updates} values are left out at each end of every coordinate.
   *
   * @param updates at least 1
   */
  int leftOut(int updates);

  /** Why it cannot be done under a configuration, if it cannot. */
  default Optional<String> refusal(PrivacyConfiguration configuration) {
    if (configuration.secureAggregation().isPresent()) {
      return Optional.of(
          "needs the updates one by one, and with secure aggregation the server sees only their sum;"
              + " it must be mean, or secure aggregation off");
    }
    if (configuration.noise().isPresent()) {
      return Optional.of(
          "cannot be combined with differential privacy: the noise is calibrated for a sum, in which"
              + " one device moves each coordinate by at most its own; a "
              + id().replace('_', ' ')
              + " has no such bound here. It must be mean, or differential privacy off");
    }
    return Optional.empty();
  }

  /** The sum, divided as {@link Release} says. */
  record Mean() implements Aggregation {
    public static final String ID = "mean";

    @Override
    public String id() {
      return ID;
    }

    @Override
    public boolean separately() {
      return false;
    }

    @Override
    public int leftOut(int updates) {
      return 0;
    }

    @Override
    public Optional<String> refusal(PrivacyConfiguration configuration) {
      return Optional.empty();
    }
  }

  /**
   * The mean of each coordinate without the largest and the smallest values (Yin et al. 2018, arXiv
   * 1803.01498, Definition 2).
   *
   * @param fraction of the updates to leave out at each end, greater than 0 and less than 0.5;
   *     rounded down to whole updates
   */
  record TrimmedMean(double fraction) implements Aggregation {
    public static final String ID = "trimmed_mean";

    public TrimmedMean {
      if (!(fraction > 0 && fraction < 0.5)) {
        throw new IllegalArgumentException(
            "trim_fraction is " + fraction + "; it must be greater than 0 and less than 0.5");
      }
    }

    @Override
    public String id() {
      return ID;
    }

    @Override
    public int leftOut(int updates) {
      // In decimals, so that 0.29 of 100 is 29.
      return BigDecimal.valueOf(fraction)
          .multiply(BigDecimal.valueOf(updates))
          .setScale(0, RoundingMode.DOWN)
          .intValueExact();
    }
  }

  /** The median of each coordinate (Yin et al. 2018, Definition 1). */
  record CoordinateMedian() implements Aggregation {
    public static final String ID = "coordinate_median";

    @Override
    public String id() {
      return ID;
    }

    @Override
    public int leftOut(int updates) {
      return (updates - 1) / 2;
    }
  }
}
