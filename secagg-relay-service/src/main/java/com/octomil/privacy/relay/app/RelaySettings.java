package com.octomil.privacy.relay.app;

import com.octomil.privacy.kit.audit.ReportedSettings;
import com.octomil.privacy.relay.config.RelayConfig;
import jakarta.inject.Singleton;
import java.util.Map;

/** What auditors ask about the relay. */
@Singleton
class RelaySettings implements ReportedSettings {

  private final RelayConfig config;

  RelaySettings(RelayConfig config) {
    this.config = config;
  }

  @Override
  public Map<String, String> settings() {
    return Map.of(
        "device_token_lifetime", config.deviceTokenLifetime().toString(),
        "token_rotation_overlap", config.tokenRotationOverlap().toString(),
        "session_grace", config.sessionGrace().toString());
  }
}
