package com.octomil.privacy.budget.grpc;

import com.octomil.privacy.kit.validation.Names;
import java.util.Optional;

/** The region that another service says it runs in. */
final class CallerRegion {

  private CallerRegion() {}

  /** The region, empty if the caller has none; refuses what is not a DNS label. */
  static Optional<String> of(String stated) {
    return stated.isEmpty()
        ? Optional.empty()
        : Optional.of(Names.requireDnsLabel("region", stated));
  }
}
