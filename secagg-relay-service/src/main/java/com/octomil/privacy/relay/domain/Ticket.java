package com.octomil.privacy.relay.domain;

import java.util.Objects;

/**
 * Admission of a device to a round, as issued.
 *
 * @param content serialized claims
 * @param signature Ed25519 by the ticket key of the session, 64 bytes
 */
public record Ticket(Bytes content, Bytes signature) {

  /** Most bytes of content that are read. */
  public static final int MAX_CONTENT_BYTES = 1024;

  /** Checks the lengths. */
  public Ticket {
    Objects.requireNonNull(content, "content");
    if (content.size() > MAX_CONTENT_BYTES) {
      throw RefusedException.malformed(
          "ticket.content",
          content.size() + " bytes",
          "must have at most " + MAX_CONTENT_BYTES + " bytes");
    }
    signature.requireSize("ticket.signature", 64);
  }
}
