package com.octomil.privacy.cli.audit;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.audit.AuditFormatException;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.ExportVerifier;
import com.octomil.privacy.audit.VerificationKey;
import com.octomil.privacy.cli.console.ExitCodes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code octomil audit verify}: needs no service and no network. */
@Command(
    name = "verify",
    description = {
      "Verifies an export of the audit log in JSON Lines, offline.",
      "Says which entry is the first that is wrong. With checkpoints that were kept from earlier days it also"
          + " proves that nothing was removed or altered since."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the export holds",
      "1:it does not, or could not be read",
      "2:the command line was wrong"
    })
final class VerifyCommand implements Callable<Integer> {

  private static final Path STANDARD_INPUT = Path.of("-");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FILE", description = "The export; - reads standard input.")
  private Path file = STANDARD_INPUT;

  @Option(
      names = "--key",
      required = true,
      paramLabel = "PUBLIC_KEY",
      description = {
        "Ed25519 public key that is trusted: a file in PEM, or the base64 of one. May be given again.",
        "Keys that a trusted key handed over to are trusted too."
      })
  private List<String> keys = new ArrayList<>();

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE",
      description = "A checkpoint that was kept: the log must still contain what it covers.")
  private List<Path> checkpoints = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<VerificationKey> trusted = new ArrayList<>();
    for (String key : keys) {
      trusted.add(key(key));
    }
    List<Checkpoint> known = new ArrayList<>();
    for (Path checkpoint : checkpoints) {
      known.add(checkpoint(checkpoint));
    }
    ExportVerifier.Result result;
    try (BufferedReader export = open()) {
      result = ExportVerifier.verify(export, trusted, known);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(new ObjectMapper().writeValueAsString(asJson(result)));
    } else {
      print(out, result);
    }
    out.flush();
    return result.defect().isEmpty() ? ExitCodes.OK : ExitCodes.FAILED;
  }

  private BufferedReader open() throws IOException {
    return file.equals(STANDARD_INPUT)
        ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
        : Files.newBufferedReader(file);
  }

  private VerificationKey key(String text) throws IOException {
    Path path = asPath(text);
    try {
      return VerificationKey.parse(
          path != null && Files.isRegularFile(path) ? Files.readString(path) : text);
    } catch (AuditFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "--key '" + text + "': " + e.getMessage(), e);
    }
  }

  private static @org.jspecify.annotations.Nullable Path asPath(String text) {
    try {
      return Path.of(text);
    } catch (java.nio.file.InvalidPathException e) {
      return null;
    }
  }

  private Checkpoint checkpoint(Path path) throws IOException {
    try {
      return Checkpoint.parse(Files.readString(path));
    } catch (AuditFormatException e) {
      throw new ParameterException(
          spec.commandLine(), "--checkpoint " + path + ": " + e.getMessage(), e);
    }
  }

  private static void print(PrintWriter out, ExportVerifier.Result result) {
    String log =
        result.federation().isEmpty()
            ? "the deployment"
            : "federation '" + result.federation() + "'";
    if (result.defect().isEmpty()) {
      out.printf(
          "intact: log of %s, entries %d to %d, %d shown, %d left out, %d checkpoints hold%n",
          log,
          result.first(),
          result.last(),
          result.entries(),
          result.leftOut(),
          result.checkpoints());
      return;
    }
    ExportVerifier.Defect defect = result.defect().get();
    out.printf("NOT INTACT: log of %s%n", log);
    Optional<Long> first = defect.firstWrong();
    if (first.isPresent()) {
      boolean certain = defect.lastWrong().equals(first);
      out.printf(
          certain
              ? "first wrong entry: %d%n"
              : "first wrong entry: %d or a later one up to "
                  + defect.lastWrong().orElseThrow()
                  + "%n",
          first.get());
    }
    out.printf("line %d: %s%n", defect.line(), defect.message());
  }

  private static ObjectNode asJson(ExportVerifier.Result result) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("intact", result.defect().isEmpty());
    if (result.federation().isEmpty()) {
      node.putNull("federation");
    } else {
      node.put("federation", result.federation());
    }
    node.put("first", result.first());
    node.put("last", result.last());
    node.put("entries", result.entries());
    node.put("left_out", result.leftOut());
    node.put("checkpoints", result.checkpoints());
    result
        .defect()
        .ifPresent(defect -> {
          defect.firstWrong().ifPresent(first -> node.put("first_wrong", first));
          defect.lastWrong().ifPresent(last -> node.put("last_wrong", last));
          node.put("line", defect.line());
          node.put("defect", defect.message());
        });
    return node;
  }
}
