package com.octomil.privacy.cli.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.audit.AuditEntry;
import com.octomil.privacy.audit.CanonicalJson;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.ExportWriter;
import com.octomil.privacy.audit.HashChain;
import com.octomil.privacy.audit.SigningKey;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class VerifyCommandTest {

  private static final Instant AT = Instant.parse("2026-03-01T00:00:00Z");

  @TempDir private Path directory;
  private Path export = Path.of("");
  private Path key = Path.of("");
  private Checkpoint checkpoint = new Checkpoint("", 0, new byte[32], AT, "none", new byte[64]);

  private record Outcome(int code, String out, String err) {}

  @BeforeEach
  void export() throws Exception {
    SigningKey signing = SigningKey.parseAll(SigningKey.generatePem()).getFirst();
    List<String> lines = new ArrayList<>();
    byte[] hash = HashChain.start("clinic");
    lines.add(ExportWriter.header("clinic", 1, hash, AT, "all"));
    for (int n = 1; n <= 3; n++) {
      String entry =
          new AuditEntry(
                  "clinic",
                  n,
                  AT,
                  AT,
                  "round.published",
                  "aggregator",
                  "aggregator",
                  "s",
                  n,
                  Optional.empty(),
                  CanonicalJson.object().put("survivors", "1" + n))
              .canonical();
      hash = HashChain.next(hash, HashChain.digest(entry));
      lines.add(ExportWriter.entry(entry, hash));
    }
    checkpoint = Checkpoint.sign("clinic", 3, hash, AT, signing);
    lines.add(checkpoint.toJson());
    export = Files.write(directory.resolve("log.jsonl"), lines);
    key = Files.writeString(directory.resolve("key.pem"), signing.publicKey().pem());
  }

  private static Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new AuditCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Outcome(code, out.toString(), err.toString());
  }

  @Test
  void anIntactExportIsSaidToBe() {
    Outcome outcome = run("verify", export.toString(), "--key", key.toString());
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .startsWith("intact: log of federation 'clinic', entries 1 to 3, 3 shown");
  }

  @Test
  void theFirstWrongEntryIsNamed() throws Exception {
    Files.writeString(export, Files.readString(export).replace("\"12\"", "\"21\""));
    Outcome outcome = run("verify", export.toString(), "--key", key.toString());
    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.out()).contains("NOT INTACT", "first wrong entry: 2");
    assertThat(run("verify", export.toString(), "--key", key.toString(), "--json").out())
        .contains("\"intact\":false", "\"first_wrong\":2", "\"last_wrong\":2");
  }

  @Test
  void aKeptCheckpointMustStillBeCovered() throws Exception {
    Path kept = Files.writeString(directory.resolve("kept.json"), checkpoint.toJson());
    assertThat(
            run(
                    "verify",
                    export.toString(),
                    "--key",
                    key.toString(),
                    "--checkpoint",
                    kept.toString())
                .code())
        .isZero();
    List<String> lines = new ArrayList<>(Files.readAllLines(export));
    lines.remove(3);
    Files.write(export, lines);
    assertThat(
            run(
                    "verify",
                    export.toString(),
                    "--key",
                    key.toString(),
                    "--checkpoint",
                    kept.toString())
                .code())
        .isEqualTo(1);
  }

  @Test
  void aWrongCommandLineIsSaidToBe() {
    assertThat(run("verify", export.toString()).code()).isEqualTo(2);
    Outcome outcome = run("verify", export.toString(), "--key", "no-key");
    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("--key 'no-key'");
    assertThat(run().code()).isEqualTo(2);
  }
}
