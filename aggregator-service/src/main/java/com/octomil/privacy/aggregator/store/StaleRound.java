package com.octomil.privacy.aggregator.store;

/** Rolls a publication back: job, round or model have moved on. */
final class StaleRound extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StaleRound() {
    super("the round is stale", null, false, false);
  }
}
