package com.octomil.privacy.budget.domain;

import java.util.Locale;
import java.util.Set;

/** Which theorem the rounds of a version are accounted with (DESIGN, section 4). */
public enum Accountant {
  /** No round samples: the exact Gaussian composition, which is also a filter. */
  ANALYTIC_GAUSSIAN(
      "Every round adds Gaussian noise and no round samples its devices, so rounds compose exactly to one Gaussian"
          + " mechanism; the bound also holds when the noise multiplier changes between rounds."),
  /** All rounds are of one kind, registered before the first of them, and sample. */
  PRIVACY_LOSS_DISTRIBUTION(
      "Every round samples its devices and runs as registered before the first round of the version, so the certified"
          + " privacy loss distribution of that schedule may enforce the budget."),
  /** Rounds sample, and differ; or devices add the noise. */
  RENYI_FILTER(
      "Rounds sample their devices and the schedule changed during the version, or the devices add Skellam noise; a privacy"
          + " loss distribution is no filter for parameters chosen as the training goes on, so Renyi divergences at orders"
          + " fixed in advance are.");

  private final String reason;

  Accountant(String reason) {
    this.reason = reason;
  }

  /**
   * The one for an account that holds rounds of these kinds.
   *
   * @param kinds of all rounds that ran, may run, or would run next
   */
  static Accountant of(Set<RoundKind> kinds) {
    if (kinds.stream().anyMatch(kind -> kind.distributedBits().isPresent())) {
      return RENYI_FILTER;
    }
    if (kinds.stream().allMatch(kind -> kind.samplingRate().isEmpty())) {
      return ANALYTIC_GAUSSIAN;
    }
    return kinds.size() == 1 ? PRIVACY_LOSS_DISTRIBUTION : RENYI_FILTER;
  }

  /** Name that the answers carry. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Why it is the right one. */
  public String reason() {
    return reason;
  }
}
