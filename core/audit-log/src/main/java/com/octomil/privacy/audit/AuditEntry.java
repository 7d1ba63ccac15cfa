package com.octomil.privacy.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/**
 * One entry of the log.
 *
 * @param federation empty: the deployment as a whole
 * @param sequence from 1, without gaps within the federation
 * @param at when it happened, by the clock of the service
 * @param recordedAt when it was written to the log
 * @param type what happened, for example {@code round.opened}
 * @param actor who did it: identifier of an API key, or the name of a service
 * @param service that reports it
 * @param source the database that the service reported it from; with {@code number} the identity of
 *     the event
 * @param number from 1, without gaps within source and federation
 * @param region of the service; empty: it has none
 * @param data the rest, a JSON object without fractions
 */
public record AuditEntry(
    String federation,
    long sequence,
    Instant at,
    Instant recordedAt,
    String type,
    String actor,
    String service,
    String source,
    long number,
    Optional<String> region,
    ObjectNode data) {

  /**
   * The canonical JSON of which the digest is taken.
   *
   * @throws AuditFormatException if {@code data} has a number that is not whole
   */
  public String canonical() throws AuditFormatException {
    ObjectNode node = CanonicalJson.object();
    node.put("actor", actor);
    node.put("at", at.toString());
    node.set("data", data);
    Checkpoint.putFederation(node, federation);
    node.put("number", number);
    node.put("recorded_at", recordedAt.toString());
    if (region.isPresent()) {
      node.put("region", region.get());
    } else {
      node.putNull("region");
    }
    node.put("sequence", sequence);
    node.put("service", service);
    node.put("source", source);
    node.put("type", type);
    return CanonicalJson.of(node);
  }

  /** The sequence number that an entry states; -1 if it states none. */
  static long sequenceOf(JsonNode entry) {
    JsonNode sequence = entry.path("sequence");
    return sequence.isIntegralNumber() ? sequence.longValue() : -1;
  }
}
