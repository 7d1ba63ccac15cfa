package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.CommandGroup;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code octomil models}. */
@Command(
    name = "models",
    description = "Models and their versions: list, show, upload initial weights, download.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class ModelsCommand extends CommandGroup {

  private static final String PATH = "/models";

  private static String path(String model) {
    return PATH + "/" + Paths.segment(model);
  }

  @Command(
      name = "list",
      description = "Models of a federation, by name.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Federation at) throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.AGGREGATOR, PATH);
    Table table = new Table("model", "values", "latest version", "sha256");
    for (JsonNode each : answer.path("models")) {
      table.row(
          Remote.text(each, "name"),
          Remote.text(each, "vector_length"),
          Remote.text(each, "latest_version"),
          Remote.text(each, "sha256"));
    }
    at.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "show",
      description = "The versions of a model and the round behind each.",
      mixinStandardHelpOptions = true)
  int show(
      @Parameters(index = "1", paramLabel = "MODEL", description = "Name of the model.")
          String model,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.AGGREGATOR, path(model));
    Table table = new Table("version", "round", "job", "rebuilt from", "created", "sha256");
    for (JsonNode each : answer.path("versions")) {
      table.row(
          Remote.text(each, "version"),
          Remote.text(each, "round_number"),
          Remote.text(each, "job_id"),
          Remote.text(each, "rebuilt_from"),
          Remote.text(each, "created_at"),
          Remote.text(each, "sha256"));
    }
    at.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "upload",
      description = {
        "Stores initial weights: float32, little-endian.",
        "The same weights again change nothing; others under the same name are refused."
      },
      mixinStandardHelpOptions = true)
  int upload(
      @Parameters(index = "1", paramLabel = "MODEL", description = "Name of the model.")
          String model,
      @Parameters(index = "2", paramLabel = "FILE", description = "The weights.") Path file,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    if (!Files.isRegularFile(file)) {
      throw new ParameterException(
          spec().commandLine(), "FILE is '" + file + "': must be a file with weights");
    }
    JsonNode answer;
    try {
      answer = at.upload(Service.AGGREGATOR, path(model), HttpRequest.BodyPublishers.ofFile(file));
    } catch (IOException e) {
      throw new ParameterException(spec().commandLine(), "FILE: cannot read '" + file + "'", e);
    }
    at.print(
        answer,
        "%s: version %s, %s values"
            .formatted(
                Remote.text(answer, "name"),
                Remote.text(answer, "latest_version"),
                Remote.text(answer, "vector_length")));
    return ExitCodes.OK;
  }

  @Command(
      name = "download",
      description = {
        "Writes the weights of a version: float32, little-endian.",
        "The file appears only once it is whole and its SHA-256 is that of the version."
      },
      mixinStandardHelpOptions = true)
  int download(
      @Parameters(index = "1", paramLabel = "MODEL", description = "Name of the model.")
          String model,
      @Option(names = "--model-version", paramLabel = "N", description = "Default: the latest.")
          Optional<Integer> version,
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FILE",
              description = "Where to write. Default: MODEL-N.bin in this folder.")
          Optional<Path> output,
      @Mixin Federation at)
      throws RemoteException, InterruptedException, IOException {
    JsonNode known = at.read(Service.AGGREGATOR, path(model));
    int wanted = version.orElseGet(() -> known.path("latest_version").asInt());
    String sha256 = digest(known, wanted);
    Path target = output.orElseGet(() -> Path.of(model + "-" + wanted + ".bin")).toAbsolutePath();
    // Beside its place first, so that nobody ever reads half a model or another one.
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      String received;
      try (InputStream octets =
          at.octets(Service.AGGREGATOR, path(model) + "/versions/" + wanted)) {
        received = copy(octets, part);
      }
      if (!received.equals(sha256)) {
        throw new IOException(
            "version %d of %s arrived with SHA-256 %s in place of %s: nothing was written; try again"
                .formatted(wanted, model, received, sha256));
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
    ObjectNode result =
        Remote.JSON
            .createObjectNode()
            .put("file", target.toString())
            .put("version", wanted)
            .put("vector_length", known.path("vector_length").asInt())
            .put("sha256", sha256);
    at.print(
        result,
        "%s: version %d, %s values, SHA-256 %s"
            .formatted(target, wanted, Remote.text(known, "vector_length"), sha256));
    return ExitCodes.OK;
  }

  private String digest(JsonNode model, int version) {
    for (JsonNode each : model.path("versions")) {
      if (each.path("version").asInt() == version) {
        return Remote.text(each, "sha256");
      }
    }
    throw new ParameterException(
        spec().commandLine(),
        "--model-version is '%d': must be from 1 to %s"
            .formatted(version, Remote.text(model, "latest_version")));
  }

  private static String copy(InputStream octets, Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
    Files.copy(new DigestInputStream(octets, digest), file, StandardCopyOption.REPLACE_EXISTING);
    return HexFormat.of().formatHex(digest.digest());
  }
}
