package com.octomil.privacy.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;

/**
 * What the writer of the log vouches for: after {@code sequence} entries of the federation the hash
 * is this one. Whoever keeps a checkpoint can later be shown that the log still contains what it
 * contained then.
 *
 * @param federation empty: the chain of the deployment
 * @param sequence of the last entry covered; 0: none yet
 * @param hash of the chain after it, 32 octets
 * @param at when it was made
 * @param keyId of the key that signs
 * @param signature over {@link #statement}, 64 octets
 */
public record Checkpoint(
    String federation, long sequence, byte[] hash, Instant at, String keyId, byte[] signature) {

  /** Copies the arrays. */
  public Checkpoint {
    hash = hash.clone();
    signature = signature.clone();
  }

  /** A signed checkpoint. */
  public static Checkpoint sign(
      String federation, long sequence, byte[] hash, Instant at, SigningKey key) {
    String keyId = key.publicKey().id();
    String statement = statement(federation, sequence, hash, at, keyId);
    return new Checkpoint(federation, sequence, hash, at, keyId, key.sign(statement));
  }

  /** The canonical JSON that is signed. */
  public String statement() {
    return statement(federation, sequence, hash, at, keyId);
  }

  private static String statement(
      String federation, long sequence, byte[] hash, Instant at, String keyId) {
    ObjectNode node = CanonicalJson.object();
    node.put("at", at.toString());
    putFederation(node, federation);
    node.put("format", HashChain.FORMAT + "/checkpoint");
    node.put("hash", HexFormat.of().formatHex(hash));
    node.put("key", keyId);
    node.put("sequence", sequence);
    try {
      return CanonicalJson.of(node);
    } catch (AuditFormatException e) {
      throw new IllegalArgumentException("sequence is " + sequence, e);
    }
  }

  static void putFederation(ObjectNode node, String federation) {
    if (federation.isEmpty()) {
      node.putNull("federation");
    } else {
      node.put("federation", federation);
    }
  }

  /** Whether the signature is of {@code key}, which must be the one it names. */
  public boolean isSignedBy(VerificationKey key) {
    return key.id().equals(keyId) && key.verifies(statement(), signature);
  }

  /** The checkpoint as a JSON object with the members {@code checkpoint} and {@code signature}. */
  public String toJson() {
    return "{\"checkpoint\":"
        + statement()
        + ",\"signature\":\""
        + Base64.getEncoder().encodeToString(signature)
        + "\"}";
  }

  /** Reads {@link #toJson}. */
  public static Checkpoint parse(String json) throws AuditFormatException {
    return of(CanonicalJson.parseObject(json));
  }

  static Checkpoint of(JsonNode line) throws AuditFormatException {
    JsonNode stated = line.path("checkpoint");
    try {
      Checkpoint read =
          new Checkpoint(
              stated.path("federation").isNull() ? "" : text(stated, "federation"),
              stated.path("sequence").asLong(-1),
              HexFormat.of().parseHex(text(stated, "hash")),
              Instant.parse(text(stated, "at")),
              text(stated, "key"),
              Base64.getDecoder().decode(text(line, "signature")));
      // Then nothing is in it that is not under the signature, and each value has one spelling.
      if (!read.statement().equals(CanonicalJson.of(stated))
          || !Base64.getEncoder()
              .encodeToString(read.signature())
              .equals(line.path("signature").textValue())) {
        throw new AuditFormatException("is not a checkpoint of the format " + HashChain.FORMAT);
      }
      return read;
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new AuditFormatException("is not a checkpoint: " + e.getMessage(), e);
    }
  }

  private static String text(JsonNode node, String name) throws AuditFormatException {
    JsonNode value = node.path(name);
    if (!value.isTextual()) {
      throw new AuditFormatException("is not a checkpoint: '" + name + "' must be a string");
    }
    return value.textValue();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Checkpoint that
        && statement().equals(that.statement())
        && Arrays.equals(signature, that.signature);
  }

  @Override
  public int hashCode() {
    return Objects.hash(statement(), Arrays.hashCode(signature));
  }

  @Override
  public String toString() {
    return "Checkpoint[" + statement() + "]";
  }
}
