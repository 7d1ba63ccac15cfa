package com.octomil.privacy.kit.audit;

import java.time.Instant;
import java.util.List;

/**
 * Events on their way to the log, in their order.
 *
 * @param service that reports them
 * @param source identifies its database
 */
public record AuditBatch(String service, String source, List<Numbered> events) {

  /** Copies the list. */
  public AuditBatch {
    events = List.copyOf(events);
  }

  /**
   * One event.
   *
   * @param federation empty: the deployment as a whole
   * @param number from 1, without gaps within source and federation
   * @param data a JSON object
   */
  public record Numbered(
      String federation, long number, String type, String actor, Instant at, String data) {}
}
