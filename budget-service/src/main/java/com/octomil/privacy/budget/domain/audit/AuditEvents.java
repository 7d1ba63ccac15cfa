package com.octomil.privacy.budget.domain.audit;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Events that a service reports, in their order.
 *
 * @param service that reports them
 * @param source identifies its database
 * @param region of the service; empty: it has none
 */
public record AuditEvents(
    String service, String source, Optional<String> region, List<Reported> events) {

  /** Copies the list. */
  public AuditEvents {
    events = List.copyOf(events);
  }

  /**
   * One event.
   *
   * @param federation empty: the deployment as a whole
   * @param number from 1, without gaps within source and federation
   * @param data a JSON object without fractions
   */
  public record Reported(
      String federation, long number, String type, String actor, Instant at, String data) {}
}
