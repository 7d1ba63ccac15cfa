package com.octomil.privacy.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Verifies an export with nothing but the export and a key that the verifier trusts. Reads line by
 * line, so memory does not grow with the log.
 */
public final class ExportVerifier {

  /**
   * What was found.
   *
   * @param federation empty: the deployment
   * @param first sequence number of the first entry of the export
   * @param last of the last
   * @param entries that were shown in full
   * @param leftOut of which only the digest was shown
   * @param checkpoints that hold
   * @param defect the first thing that is wrong; empty: nothing is
   */
  public record Result(
      String federation,
      long first,
      long last,
      long entries,
      long leftOut,
      long checkpoints,
      Optional<Defect> defect) {}

  /**
   * What is wrong.
   *
   * @param line of the file, from 1
   * @param firstWrong sequence number of the first entry that may be wrong; empty: not about an
   *     entry
   * @param lastWrong of the last one that may be; equal to {@code firstWrong} where it is certain
   * @param message in words
   */
  public record Defect(
      long line, Optional<Long> firstWrong, Optional<Long> lastWrong, String message) {}

  private static final class Found extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient Defect defect;

    Found(Defect defect) {
      super(defect.message());
      this.defect = defect;
    }
  }

  private final Map<String, VerificationKey> trusted = new HashMap<>();
  private final List<Checkpoint> known;
  private final Map<String, Long> numbers = new HashMap<>();
  private String federation = "";
  private byte[] hash = new byte[0];
  private long line;
  private long first = 1;
  private long sequence;
  private long entries;
  private long leftOut;
  private long checkpoints;
  private long vouched;
  private boolean anyCheckpoint;

  private ExportVerifier(List<VerificationKey> keys, List<Checkpoint> known) {
    keys.forEach(key -> trusted.put(key.id(), key));
    this.known = new ArrayList<>(known);
  }

  /**
   * Verifies an export in JSON Lines.
   *
   * @param keys that the verifier trusts; keys that these vouch for are trusted too
   * @param known checkpoints that the verifier has from elsewhere: the export must agree with each
   */
  public static Result verify(
      BufferedReader export, List<VerificationKey> keys, List<Checkpoint> known)
      throws IOException {
    ExportVerifier verifier = new ExportVerifier(keys, known);
    Optional<Defect> defect = Optional.empty();
    try {
      verifier.run(export);
    } catch (Found found) {
      defect = Optional.of(found.defect);
    }
    return new Result(
        verifier.federation,
        verifier.first,
        verifier.sequence,
        verifier.entries,
        verifier.leftOut,
        verifier.checkpoints,
        defect);
  }

  private void run(BufferedReader export) throws IOException, Found {
    requireKnown();
    header(read(export));
    checkKnown();
    for (JsonNode next = read(export); next != null; next = read(export)) {
      if (next.has("entry")) {
        entry(next);
      } else if (next.has("left_out")) {
        leftOut(next.path("left_out"));
      } else if (next.has("checkpoint")) {
        checkpoint(next);
      } else if (next.has("key")) {
        key(next);
      } else {
        throw found("is none of 'entry', 'left_out', 'checkpoint', 'key'");
      }
    }
    if (!anyCheckpoint || vouched < sequence) {
      throw suspect(
          Math.max(first, vouched + 1),
          sequence,
          "the export ends without a signed checkpoint that covers its last entry");
    }
    if (!known.isEmpty()) {
      throw found(
          "the log ends at entry "
              + sequence
              + ", but a known checkpoint covers entry "
              + known.getFirst().sequence()
              + ": entries have been removed, or the export leaves them out");
    }
  }

  private void requireKnown() throws Found {
    for (Checkpoint checkpoint : known) {
      VerificationKey key = trusted.get(checkpoint.keyId());
      if (key == null || !checkpoint.isSignedBy(key)) {
        throw found(
            "the known checkpoint of entry "
                + checkpoint.sequence()
                + " is not signed by a trusted key");
      }
    }
  }

  private @Nullable JsonNode read(BufferedReader export) throws IOException, Found {
    String text = export.readLine();
    if (text == null) {
      return null;
    }
    line++;
    try {
      return CanonicalJson.parseObject(text);
    } catch (AuditFormatException e) {
      throw suspect(sequence + 1, sequence + 1, e.getMessage());
    }
  }

  private void header(@Nullable JsonNode node) throws Found {
    JsonNode header = node == null ? CanonicalJson.object() : node.path("export");
    if (!HashChain.FORMAT.equals(header.path("format").textValue())) {
      throw found("is not the header of an export of the format " + HashChain.FORMAT);
    }
    federation = header.path("federation").asText("");
    if (header.path("federation").isNull()) {
      federation = "";
    }
    first = header.path("first").asLong(0);
    hash = hex(header.path("previous"), "previous");
    if (first < 1) {
      throw found("first must be at least 1");
    }
    if (first == 1 && !Arrays.equals(hash, HashChain.start(federation))) {
      throw found("previous is not the start of the chain of this federation");
    }
    sequence = first - 1;
    vouched = sequence;
  }

  private void key(JsonNode node) throws Found {
    try {
      LogKey stated = LogKey.of(node);
      boolean vouchedFor =
          stated
              .handover()
              .map(by -> trusted.get(by.by()))
              .filter(stated::isHandedOverBy)
              .isPresent();
      if (vouchedFor) {
        trusted.put(stated.key().id(), stated.key());
      }
    } catch (AuditFormatException e) {
      throw found(e.getMessage());
    }
  }

  private void entry(JsonNode node) throws Found {
    long expected = sequence + 1;
    JsonNode entry = node.path("entry");
    long stated = AuditEntry.sequenceOf(entry);
    if (!(entry instanceof ObjectNode)) {
      throw suspect(expected, expected, "the entry is not a JSON object");
    }
    if (stated != expected) {
      throw suspect(expected, expected, "entry " + expected + " is expected here, not " + stated);
    }
    String statedFederation =
        entry.path("federation").isNull() ? "" : entry.path("federation").asText();
    if (!statedFederation.equals(federation)) {
      throw suspect(expected, expected, "the entry belongs to another federation");
    }
    try {
      hash = HashChain.next(hash, HashChain.digest(CanonicalJson.of(entry)));
    } catch (AuditFormatException e) {
      throw suspect(expected, expected, "the entry " + e.getMessage());
    }
    if (!Arrays.equals(hash, hex(node.path("hash"), "hash"))) {
      throw suspect(
          expected, expected, "the entry is not the one that the chain of hashes was made over");
    }
    requireNumber(entry, expected);
    sequence = expected;
    entries++;
    checkKnown();
  }

  /** Reports of a source are numbered without gaps, which only shows where nothing is left out. */
  private void requireNumber(JsonNode entry, long expected) throws Found {
    String source = entry.path("source").asText();
    long number = entry.path("number").asLong(0);
    Long last = numbers.put(source, number);
    boolean complete = leftOut == 0 && (first == 1 || last != null);
    long least = (last == null ? 0 : last) + 1;
    if (number < least) {
      throw suspect(
          expected, expected, "event " + number + " of the source " + source + " comes twice");
    }
    if (complete && number > least) {
      throw suspect(
          Math.max(first, vouched + 1),
          expected,
          "events "
              + least
              + " to "
              + (number - 1)
              + " of the source "
              + source
              + " are missing before entry "
              + expected);
    }
  }

  private void leftOut(JsonNode node) throws Found {
    long expected = sequence + 1;
    if (AuditEntry.sequenceOf(node) != expected) {
      throw suspect(expected, expected, "entry " + expected + " is expected here");
    }
    hash = HashChain.next(hash, hex(node.path("digest"), "digest"));
    sequence = expected;
    leftOut++;
    checkKnown();
  }

  private void checkpoint(JsonNode node) throws Found {
    Checkpoint checkpoint;
    try {
      checkpoint = Checkpoint.of(node);
    } catch (AuditFormatException e) {
      throw found(e.getMessage());
    }
    VerificationKey key = trusted.get(checkpoint.keyId());
    if (key == null) {
      throw found(
          "the checkpoint of entry "
              + checkpoint.sequence()
              + " is signed by the key "
              + checkpoint.keyId()
              + ", which is neither trusted nor handed over by a trusted one");
    }
    if (!checkpoint.isSignedBy(key)) {
      throw found(
          "the signature of the checkpoint of entry " + checkpoint.sequence() + " is wrong");
    }
    if (!checkpoint.federation().equals(federation) || checkpoint.sequence() != sequence) {
      throw suspect(
          Math.max(first, vouched + 1),
          Math.max(sequence, checkpoint.sequence()),
          "a checkpoint of entry "
              + checkpoint.sequence()
              + " stands after entry "
              + sequence
              + ": entries have been removed, added or moved");
    }
    agree(checkpoint);
    vouched = sequence;
    anyCheckpoint = true;
    checkpoints++;
  }

  /** The known checkpoints of where the chain is now. */
  private void checkKnown() throws Found {
    for (Checkpoint checkpoint : List.copyOf(known)) {
      if (checkpoint.sequence() == sequence) {
        if (!checkpoint.federation().equals(federation)) {
          throw found("the known checkpoint is of another federation");
        }
        agree(checkpoint);
        known.remove(checkpoint);
      }
    }
  }

  private void agree(Checkpoint checkpoint) throws Found {
    if (!Arrays.equals(checkpoint.hash(), hash)) {
      throw suspect(
          Math.max(first, vouched + 1),
          sequence,
          "the log differs from what the checkpoint of entry "
              + checkpoint.sequence()
              + ", made at "
              + checkpoint.at()
              + ", vouches for");
    }
  }

  private byte[] hex(JsonNode node, String name) throws Found {
    try {
      byte[] bytes = HexFormat.of().parseHex(node.asText());
      if (bytes.length == HashChain.BYTES
          && HexFormat.of().formatHex(bytes).equals(node.asText())) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw found(name + " must be 64 hexadecimal digits in lower case");
  }

  private Found found(@Nullable String message) {
    return new Found(new Defect(line, Optional.empty(), Optional.empty(), String.valueOf(message)));
  }

  private Found suspect(long from, long to, @Nullable String message) {
    return new Found(
        new Defect(
            line, Optional.of(from), Optional.of(Math.max(from, to)), String.valueOf(message)));
  }
}
