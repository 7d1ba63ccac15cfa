package com.octomil.privacy.budget.domain;

/** What an API key may do. */
public enum KeyScope {
  /** Everything. */
  ADMIN,
  /** Configure federations and run training. */
  OPERATOR,
  /** Read what an auditor needs. */
  AUDITOR,
  /** Read configurations, budgets and states. */
  READ
}
