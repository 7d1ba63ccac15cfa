package com.octomil.privacy.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * The lines of an export in JSON Lines: a header, the keys, then in their order entries, digests of
 * entries that were left out, and checkpoints. It ends with a checkpoint that covers the last
 * entry.
 */
public final class ExportWriter {

  private ExportWriter() {}

  /**
   * The first line.
   *
   * @param first sequence number of the first entry
   * @param previous hash before it
   * @param filter what the export was asked for, in words
   */
  public static String header(
      String federation, long first, byte[] previous, Instant at, String filter) {
    ObjectNode node = CanonicalJson.object();
    ObjectNode inner = node.putObject("export");
    inner.put("format", HashChain.FORMAT);
    Checkpoint.putFederation(inner, federation);
    inner.put("first", first);
    inner.put("previous", HexFormat.of().formatHex(previous));
    inner.put("exported_at", at.toString());
    inner.put("filter", filter);
    return node.toString();
  }

  /** The lines of the keys, oldest first. */
  public static List<String> keys(List<LogKey> keys) {
    return keys.stream().map(LogKey::toJson).toList();
  }

  /** The line of an entry. */
  public static String entry(String canonical, byte[] hash) {
    return "{\"entry\":" + canonical + ",\"hash\":\"" + HexFormat.of().formatHex(hash) + "\"}";
  }

  /** The line for an entry that is left out. */
  public static String leftOut(long sequence, byte[] digest) {
    return "{\"left_out\":{\"sequence\":"
        + sequence
        + ",\"digest\":\""
        + HexFormat.of().formatHex(digest)
        + "\"}}";
  }
}
