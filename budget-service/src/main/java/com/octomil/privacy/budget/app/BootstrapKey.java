package com.octomil.privacy.budget.app;

import com.octomil.privacy.budget.config.BudgetConfig;
import com.octomil.privacy.budget.domain.ApiKeySecret;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Stores the first administrator's key at start; refuses to start with a file that does not hold
 * one.
 */
@ApplicationScoped
class BootstrapKey {

  private static final String PROPERTY = "octomil.budget.bootstrap-key-file";

  private final BudgetConfig config;
  private final ApiKeyRegistry registry;

  BootstrapKey(BudgetConfig config, ApiKeyRegistry registry) {
    this.config = config;
    this.registry = registry;
  }

  void onStart(@Observes StartupEvent event) {
    Optional<Path> file = config.bootstrapKeyFile();
    if (file.isPresent()) {
      registry.bootstrap(read(file.get()));
    }
  }

  /** The key in {@code file}; messages name the file and never its content. */
  static ApiKeySecret read(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new IllegalStateException(PROPERTY + ": cannot read '" + file + "'", e);
    }
    return ApiKeySecret.parse(text)
        .orElseThrow(() ->
            new IllegalStateException(
                PROPERTY
                    + ": '"
                    + file
                    + "' must hold one line: edg_ followed by 43 base64url characters (256 random bits)"));
  }
}
