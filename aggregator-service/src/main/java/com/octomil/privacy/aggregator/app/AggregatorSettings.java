package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.config.AggregatorConfig;
import com.octomil.privacy.kit.audit.ReportedSettings;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/** What auditors ask about the aggregator. */
@ApplicationScoped
class AggregatorSettings implements ReportedSettings {

  private final AggregatorConfig config;

  AggregatorSettings(AggregatorConfig config) {
    this.config = config;
  }

  @Override
  public Map<String, String> settings() {
    return Map.of("round_aggregate_retention", config.roundAggregateRetention().toString());
  }
}
