package com.octomil.privacy.budget.domain;

import java.util.List;

/** Outcome of checking a draft. */
public sealed interface ConfigurationCheck {

  /** The draft with every default filled in. */
  record Accepted(PrivacyConfiguration configuration) implements ConfigurationCheck {}

  /** Everything that is wrong with the draft; never empty. */
  record Refused(List<Violation> violations) implements ConfigurationCheck {
    /** Copies the violations. */
    public Refused {
      violations = List.copyOf(violations);
      if (violations.isEmpty()) {
        throw new IllegalArgumentException("a refusal needs a violation");
      }
    }
  }
}
