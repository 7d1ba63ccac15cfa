package com.octomil.privacy.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.erdtman.jcs.JsonCanonicalizer;

/**
 * JSON with one spelling for each value, the JSON Canonicalization Scheme (RFC 8785). Of numbers
 * only whole ones up to 2^53 in magnitude are accepted: every reader agrees on their spelling;
 * decimals are strings. A name occurs once in an object (RFC 7493). Thread-safe.
 */
public final class CanonicalJson {

  private static final long MOST = 1L << 53;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private CanonicalJson() {}

  /** A JSON object from its text; whitespace and the order of members do not matter. */
  public static ObjectNode parseObject(String json) throws AuditFormatException {
    JsonNode node;
    try {
      node = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new AuditFormatException("is not JSON: " + e.getOriginalMessage(), e);
    }
    if (!(node instanceof ObjectNode object)) {
      throw new AuditFormatException("must be a JSON object");
    }
    return object;
  }

  /** A new object to be filled. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /**
   * The canonical text.
   *
   * @throws AuditFormatException if a number is not whole or is beyond 2^53
   */
  public static String of(JsonNode node) throws AuditFormatException {
    requireWholeNumbers(node);
    try {
      return new JsonCanonicalizer(MAPPER.writeValueAsString(node)).getEncodedString();
    } catch (IOException e) {
      throw new AuditFormatException("cannot be canonicalised", e);
    }
  }

  private static void requireWholeNumbers(JsonNode node) throws AuditFormatException {
    if (node.isNumber()
        && !(node.isIntegralNumber()
            && node.canConvertToLong()
            && Math.absExact(node.longValue()) <= MOST)) {
      throw new AuditFormatException(
          "has the number " + node.asText() + "; only whole numbers up to 2^53 are used");
    }
    for (JsonNode child : node) {
      requireWholeNumbers(child);
    }
  }
}
