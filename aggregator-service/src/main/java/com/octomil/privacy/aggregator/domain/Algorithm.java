package com.octomil.privacy.aggregator.domain;

import java.util.Locale;
import java.util.Optional;

/** Federated training algorithm. */
public enum Algorithm {
  /**
   * Federated averaging (McMahan et al. 2017): devices train locally, the server adds the average
   * update.
   */
  FEDAVG;

  /** The name on the wire, for example {@code fedavg}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Algorithm> of(String id) {
    for (Algorithm a : values()) {
      if (a.id().equals(id)) {
        return Optional.of(a);
      }
    }
    return Optional.empty();
  }
}
