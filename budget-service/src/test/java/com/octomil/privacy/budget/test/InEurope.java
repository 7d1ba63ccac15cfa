package com.octomil.privacy.budget.test;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.Map;

/** In the region eu, with checkpoints of the audit log as often as it looks for them. */
public class InEurope implements QuarkusTestProfile {

  @Override
  public Map<String, String> getConfigOverrides() {
    return Map.of(
        "octomil.region", "eu",
        "octomil.budget.audit.checkpoint-interval", "PT1S");
  }
}
