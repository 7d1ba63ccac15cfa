package com.octomil.privacy.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * A key that signs checkpoints of the log. When the key changes, the one before it signs the new
 * one, so that whoever trusts the old one need not be told.
 *
 * @param key the key
 * @param since when the log began to use it
 * @param handover the signature of the key before it; empty: nobody vouches for it
 */
public record LogKey(VerificationKey key, Instant since, Optional<Handover> handover) {

  /**
   * The signature of an earlier key over {@link LogKey#statement}.
   *
   * @param by identifier of the earlier key
   * @param signature base64
   */
  public record Handover(String by, String signature) {}

  /** A key that is vouched for by {@code previous}. */
  public static LogKey handedOver(VerificationKey key, Instant since, SigningKey previous) {
    String statement = statement(key, since);
    return new LogKey(
        key,
        since,
        Optional.of(
            new Handover(
                previous.publicKey().id(),
                Base64.getEncoder().encodeToString(previous.sign(statement)))));
  }

  private static String statement(VerificationKey key, Instant since) {
    ObjectNode node = CanonicalJson.object();
    node.put("format", HashChain.FORMAT + "/key");
    node.put("public_key", key.base64());
    node.put("since", since.toString());
    try {
      return CanonicalJson.of(node);
    } catch (AuditFormatException e) {
      throw new IllegalStateException("strings are canonical", e);
    }
  }

  /** Whether {@code previous} vouches for this key. */
  public boolean isHandedOverBy(VerificationKey previous) {
    return handover
        .filter(by -> by.by().equals(previous.id()))
        .filter(by -> previous.verifies(statement(key, since), decoded(by.signature())))
        .isPresent();
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  /** The key as a JSON object with the member {@code key}. */
  public String toJson() {
    ObjectNode node = CanonicalJson.object();
    ObjectNode inner = node.putObject("key");
    inner.put("id", key.id());
    inner.put("public_key", key.base64());
    inner.put("since", since.toString());
    if (handover.isPresent()) {
      ObjectNode by = inner.putObject("handover");
      by.put("by", handover.get().by());
      by.put("signature", handover.get().signature());
    } else {
      inner.putNull("handover");
    }
    return node.toString();
  }

  static LogKey of(JsonNode line) throws AuditFormatException {
    JsonNode node = line.path("key");
    try {
      JsonNode by = node.path("handover");
      return new LogKey(
          VerificationKey.parse(node.path("public_key").asText()),
          Instant.parse(node.path("since").asText()),
          by.isObject()
              ? Optional.of(new Handover(by.path("by").asText(), by.path("signature").asText()))
              : Optional.empty());
    } catch (DateTimeException e) {
      throw new AuditFormatException("is not a key of the log: since must be an instant", e);
    }
  }
}
