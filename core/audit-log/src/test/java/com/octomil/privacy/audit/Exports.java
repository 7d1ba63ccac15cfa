package com.octomil.privacy.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes exports as a writer would. */
final class Exports {

  static final Instant AT = Instant.parse("2026-03-01T12:00:00Z");
  static final SigningKey KEY = newKey();

  private Exports() {}

  static SigningKey newKey() {
    try {
      return SigningKey.parseAll(SigningKey.generatePem()).getFirst();
    } catch (AuditFormatException e) {
      throw new IllegalStateException(e);
    }
  }

  static AuditEntry entry(String federation, long sequence) {
    var data = CanonicalJson.object();
    data.put("epsilon", "0.25");
    data.put("nested_é", "ü\n\"" + sequence);
    data.putArray("list").add("a").add(3).add(true).addNull();
    return new AuditEntry(
        federation,
        sequence,
        AT.plusSeconds(sequence),
        AT.plusSeconds(sequence + 1),
        sequence % 2 == 0 ? "round.opened" : "budget.reserved",
        "key-1",
        "aggregator",
        "b6d5d2f0-55a8-4b71-8dd4-2f8f44f3a1a0",
        sequence,
        Optional.of("eu"),
        data);
  }

  /**
   * Entries 1 to {@code count} with a checkpoint after each multiple of {@code every} and the last.
   */
  static List<String> lines(String federation, int count, int every) throws AuditFormatException {
    List<String> lines = new ArrayList<>();
    byte[] hash = HashChain.start(federation);
    lines.add(ExportWriter.header(federation, 1, hash, AT, "everything"));
    lines.addAll(ExportWriter.keys(List.of(new LogKey(KEY.publicKey(), AT, Optional.empty()))));
    for (int n = 1; n <= count; n++) {
      String canonical = entry(federation, n).canonical();
      hash = HashChain.next(hash, HashChain.digest(canonical));
      lines.add(ExportWriter.entry(canonical, hash));
      if (n % every == 0 || n == count) {
        lines.add(Checkpoint.sign(federation, n, hash, AT.plusSeconds(n), KEY).toJson());
      }
    }
    return lines;
  }

  static ExportVerifier.Result verify(List<String> lines, Checkpoint... known) throws IOException {
    return ExportVerifier.verify(
        new BufferedReader(new StringReader(String.join("\n", lines))),
        List.of(KEY.publicKey()),
        List.of(known));
  }
}
