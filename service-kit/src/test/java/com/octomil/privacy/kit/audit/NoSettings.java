package com.octomil.privacy.kit.audit;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;

/** The kit alone has nothing to report. */
@ApplicationScoped
public class NoSettings implements ReportedSettings {

  @Override
  public Map<String, String> settings() {
    return Map.of();
  }
}
