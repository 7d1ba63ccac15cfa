package com.octomil.privacy.kit.audit;

import java.util.Map;
import java.util.Optional;

/**
 * Something to be reported to the audit log. No raw identifier of a device may be in it.
 *
 * @param federation empty: the deployment as a whole
 * @param type two words with a dot, for example {@code access.read}
 * @param actor identifier of an API key, or the name of a service
 * @param data the rest
 */
public record AuditEvent(
    Optional<String> federation, String type, String actor, Map<String, String> data) {

  /** Copies the data. */
  public AuditEvent {
    data = Map.copyOf(data);
  }
}
