package com.octomil.privacy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExportVerifierTest {

  @Test
  void anUntouchedExportHolds() throws Exception {
    var result = Exports.verify(Exports.lines("clinic", 7, 3));
    assertThat(result)
        .isEqualTo(new ExportVerifier.Result("clinic", 1, 7, 7, 0, 3, Optional.empty()));
  }

  @Test
  void theChainOfTheDeploymentHolds() throws Exception {
    assertThat(Exports.verify(Exports.lines("", 2, 1)).defect()).isEmpty();
  }

  @Test
  void anAlteredEntryIsNamed() throws Exception {
    List<String> lines = Exports.lines("clinic", 7, 3);
    replace(lines, "\"epsilon\":\"0.25\"", "\"epsilon\":\"0.52\"", 5);
    assertThat(Exports.verify(lines).defect())
        .hasValueSatisfying(defect -> {
          assertThat(defect.firstWrong()).contains(5L);
          assertThat(defect.lastWrong()).contains(5L);
        });
  }

  @Test
  void anAlteredEntryWithARecomputedChainContradictsTheNextCheckpoint() throws Exception {
    // What somebody can do who may write the whole database but has no key.
    List<String> honest = Exports.lines("clinic", 7, 3);
    List<String> forged = new ArrayList<>(honest.subList(0, 2));
    byte[] hash = HashChain.start("clinic");
    for (int n = 1; n <= 7; n++) {
      String canonical = Exports.entry("clinic", n).canonical();
      if (n == 5) {
        canonical = canonical.replace("0.25", "0.01");
      }
      hash = HashChain.next(hash, HashChain.digest(canonical));
      forged.add(ExportWriter.entry(canonical, hash));
      int sequence = n;
      honest.stream()
          .filter(line ->
              line.contains("/checkpoint\"") && line.contains("\"sequence\":" + sequence + "}"))
          .forEach(forged::add);
    }
    assertThat(Exports.verify(forged).defect())
        .hasValueSatisfying(defect -> {
          assertThat(defect.firstWrong()).contains(4L);
          assertThat(defect.lastWrong()).contains(6L);
        });
  }

  @Test
  void aRemovedEntryIsNamed() throws Exception {
    List<String> lines = Exports.lines("clinic", 7, 3);
    lines.removeIf(line -> line.contains("\"number\":4,"));
    assertThat(Exports.verify(lines).defect().flatMap(ExportVerifier.Defect::firstWrong))
        .contains(4L);
  }

  @Test
  void aTailWithoutCheckpointIsRefused() throws Exception {
    List<String> lines = Exports.lines("clinic", 7, 3);
    lines.removeLast();
    assertThat(Exports.verify(lines).defect().flatMap(ExportVerifier.Defect::firstWrong))
        .contains(7L);
  }

  @Test
  void aLogThatWasCutIsFoundByWhoeverKeptACheckpoint() throws Exception {
    byte[] hash = HashChain.start("clinic");
    for (int n = 1; n <= 6; n++) {
      hash = HashChain.next(hash, HashChain.digest(Exports.entry("clinic", n).canonical()));
    }
    Checkpoint kept = Checkpoint.sign("clinic", 6, hash, Exports.AT, Exports.KEY);
    assertThat(Exports.verify(Exports.lines("clinic", 7, 3), kept).defect()).isEmpty();
    assertThat(Exports.verify(Exports.lines("clinic", 4, 2), kept).defect())
        .hasValueSatisfying(defect -> assertThat(defect.message()).contains("have been removed"));
    Checkpoint other = Checkpoint.sign("clinic", 6, HashChain.start("x"), Exports.AT, Exports.KEY);
    assertThat(Exports.verify(Exports.lines("clinic", 7, 3), other).defect())
        .hasValueSatisfying(defect -> assertThat(defect.message()).contains("differs"));
  }

  @Test
  void reportsThatNeverCameAreMissed() throws Exception {
    // A chain that is right in itself, over a log that was cut and went on.
    List<String> lines = new ArrayList<>(Exports.lines("clinic", 2, 9).subList(0, 4));
    byte[] hash = HashChain.start("clinic");
    for (int n = 1; n <= 2; n++) {
      hash = HashChain.next(hash, HashChain.digest(Exports.entry("clinic", n).canonical()));
    }
    String later = Exports.entry("clinic", 3).canonical().replace("\"number\":3,", "\"number\":6,");
    hash = HashChain.next(hash, HashChain.digest(later));
    lines.add(ExportWriter.entry(later, hash));
    lines.add(Checkpoint.sign("clinic", 3, hash, Exports.AT, Exports.KEY).toJson());
    assertThat(Exports.verify(lines).defect())
        .hasValueSatisfying(defect ->
            assertThat(defect.message()).contains("events 3 to 5", "are missing before entry 3"));
  }

  @Test
  void anEntryMayBeLeftOutButNotReplaced() throws Exception {
    List<String> lines = Exports.lines("clinic", 5, 5);
    String digest =
        ExportWriter.leftOut(3, HashChain.digest(Exports.entry("clinic", 3).canonical()));
    int at = indexOf(lines, 3);
    lines.set(at, digest);
    assertThat(Exports.verify(lines).defect()).isEmpty();
    assertThat(Exports.verify(lines).leftOut()).isEqualTo(1);
    lines.set(at, ExportWriter.leftOut(3, HashChain.digest("{}")));
    assertThat(Exports.verify(lines).defect()).isPresent();
  }

  @Test
  void anotherKeyIsNotTrustedUnlessTheOldOneVouchesForIt() throws Exception {
    SigningKey next = Exports.newKey();
    List<String> lines = Exports.lines("clinic", 3, 5);
    byte[] hash = HashChain.start("clinic");
    for (int n = 1; n <= 3; n++) {
      hash = HashChain.next(hash, HashChain.digest(Exports.entry("clinic", n).canonical()));
    }
    lines.add(Checkpoint.sign("clinic", 3, hash, Exports.AT, next).toJson());
    LogKey unvouched = new LogKey(next.publicKey(), Exports.AT, Optional.empty());
    lines.add(2, unvouched.toJson());
    assertThat(Exports.verify(lines).defect())
        .hasValueSatisfying(defect -> assertThat(defect.message()).contains("neither trusted nor"));
    lines.set(2, LogKey.handedOver(next.publicKey(), Exports.AT, Exports.KEY).toJson());
    assertThat(Exports.verify(lines).defect()).isEmpty();
    lines.set(2, LogKey.handedOver(next.publicKey(), Exports.AT, Exports.newKey()).toJson());
    assertThat(Exports.verify(lines).defect()).isPresent();
  }

  @Test
  void somethingElseIsRefusedInWords() throws Exception {
    assertThat(
            ExportVerifier.verify(
                    new BufferedReader(new StringReader("a,b\n1,2\n")), List.of(), List.of())
                .defect())
        .isPresent();
    assertThat(
            ExportVerifier.verify(new BufferedReader(new StringReader("")), List.of(), List.of())
                .defect())
        .isPresent();
  }

  private static void replace(List<String> lines, String from, String to, int sequence) {
    int at = indexOf(lines, sequence);
    lines.set(at, lines.get(at).replace(from, to));
  }

  private static int indexOf(List<String> lines, int sequence) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("\"number\":" + sequence + ",")) {
        return i;
      }
    }
    throw new AssertionError("no entry " + sequence);
  }
}
