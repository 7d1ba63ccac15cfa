package com.octomil.privacy.kit.auth;

import java.util.Set;

/** What an API key may do. */
public enum Scope {
  /** Everything, including API keys. */
  ADMIN,
  /** Configure federations, run training, manage devices; includes {@link #READ}. */
  OPERATOR,
  /** Read everything an auditor needs, including audit and releases; includes {@link #READ}. */
  AUDITOR,
  /** Read configurations, budgets and states. */
  READ;

  /** Whether a key with {@code granted} scopes may do what needs this scope. */
  public boolean isGrantedBy(Set<Scope> granted) {
    if (granted.contains(ADMIN) || granted.contains(this)) {
      return true;
    }
    return this == READ && (granted.contains(OPERATOR) || granted.contains(AUDITOR));
  }
}
