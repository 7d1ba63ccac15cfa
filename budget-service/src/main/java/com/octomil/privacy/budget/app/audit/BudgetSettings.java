package com.octomil.privacy.budget.app.audit;

import com.octomil.privacy.budget.config.BudgetConfig;
import com.octomil.privacy.kit.audit.ReportedSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/** What auditors ask about the budget service. */
@ApplicationScoped
class BudgetSettings implements ReportedSettings {

  private final BudgetConfig config;

  BudgetSettings(BudgetConfig config) {
    this.config = config;
  }

  @Override
  public Map<String, String> settings() {
    return Map.of(
        "audit_checkpoint_interval",
        config.audit().checkpointInterval().toString(),
        "audit_retention",
        "unlimited");
  }
}
