package com.octomil.privacy.relay.domain;

import java.util.Objects;

/**
 * Statement of the enrolment authority about a device's key, as issued.
 *
 * @param content serialized claims
 * @param signature Ed25519 by the enrolment authority, 64 bytes
 */
public record Certificate(Bytes content, Bytes signature) {

  /** Most bytes of content that are read. */
  public static final int MAX_CONTENT_BYTES = 512;

  /** Checks the lengths. */
  public Certificate {
    Objects.requireNonNull(content, "content");
    if (content.size() > MAX_CONTENT_BYTES) {
      throw RefusedException.malformed(
          "certificate.content",
          content.size() + " bytes",
          "must have at most " + MAX_CONTENT_BYTES + " bytes");
    }
    signature.requireSize("certificate.signature", 64);
  }
}
