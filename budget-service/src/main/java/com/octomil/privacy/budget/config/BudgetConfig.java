package com.octomil.privacy.budget.config;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/** Settings of the budget service. */
@ConfigMapping(prefix = "octomil.budget")
public interface BudgetConfig {

  /**
   * File with the first administrator's API key: {@code edg_} and 43 base64url characters on one
   * line. Its hash is stored at start. Without it the service starts, and only keys that exist
   * already are good.
   */
  Optional<Path> bootstrapKeyFile();
}
