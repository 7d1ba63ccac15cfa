package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.octomil.privacy.cli.console.CommandGroup;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code octomil privacy}. */
@Command(
    name = "privacy",
    description = "The privacy configuration of a federation, and what it means.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class PrivacyCommand extends CommandGroup {

  private static final List<String> SHOWN =
      List.of(
          "version",
          "differential_privacy.enabled",
          "differential_privacy.epsilon",
          "differential_privacy.delta",
          "differential_privacy.noise_multiplier",
          "differential_privacy.max_grad_norm",
          "differential_privacy.adjacency",
          "secure_aggregation.enabled",
          "secure_aggregation.min_participating_clients",
          "secure_aggregation.reconstruction_threshold",
          "secure_aggregation.adversary",
          "expected_cohort",
          "regions",
          "compliance_profile",
          "meaning.accountant",
          "meaning.epsilon_per_round",
          "meaning.rounds_affordable",
          "meaning.neighbour_degree",
          "meaning.threshold",
          "meaning.abort_probability");

  @Command(
      name = "get",
      description = "The configuration in force.",
      mixinStandardHelpOptions = true)
  int get(@Mixin Federation at) throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.BUDGET, "/privacy");
    at.print(answer, describe(answer));
    return ExitCodes.OK;
  }

  @Command(
      name = "set",
      description = {
        "Puts a configuration in force: a whole one from --file, or single values, for example",
        "'privacy set clinic differential_privacy.epsilon=3 regions=[\"eu\"]'."
      },
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(
              index = "1..*",
              paramLabel = "FIELD=VALUE",
              arity = "0..*",
              description =
                  "A field, dots between its levels, and its value in JSON; other values are strings.")
          Map<String, String> values,
      @Option(names = "--file", paramLabel = "FILE", description = "JSON; - is standard input.")
          Optional<Path> file,
      @Mixin Federation at)
      throws RemoteException, InterruptedException, IOException {
    boolean single = values != null && !values.isEmpty();
    if (file.isPresent() == single) {
      throw new ParameterException(
          spec().commandLine(), "give either --file FILE or values such as expected_cohort=40");
    }
    String path = at.path("/privacy");
    JsonNode answer =
        file.isPresent()
            ? at.send(Service.BUDGET, "PUT", path, read(file.get()))
            : at.json(Service.BUDGET, "PATCH", path, patch(values), "application/merge-patch+json");
    at.print(answer, describe(answer));
    return ExitCodes.OK;
  }

  private JsonNode read(Path file) throws IOException {
    String text =
        file.equals(Path.of("-"))
            ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
            : Files.readString(file);
    try {
      return Remote.JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new ParameterException(
          spec().commandLine(), "--file " + file + " is not JSON: " + e.getOriginalMessage(), e);
    }
  }

  /** Dotted names become nested objects; values that are not JSON are strings. */
  static ObjectNode patch(Map<String, String> values) {
    ObjectNode patch = Remote.JSON.createObjectNode();
    values.forEach((name, value) -> {
      ObjectNode at = patch;
      String[] parts = name.split("\\.", -1);
      for (int i = 0; i < parts.length - 1; i++) {
        JsonNode next = at.get(parts[i]);
        at = next instanceof ObjectNode object ? object : at.putObject(parts[i]);
      }
      at.set(parts[parts.length - 1], value(value));
    });
    return patch;
  }

  private static JsonNode value(String text) {
    try {
      JsonNode parsed = Remote.JSON.readTree(text);
      return parsed == null || parsed.isMissingNode() ? TextNode.valueOf(text) : parsed;
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  private static String describe(JsonNode answer) {
    Table table = new Table("field", "value");
    for (String field : SHOWN) {
      JsonNode value = answer.at("/" + field.replace('.', '/'));
      if (!value.isMissingNode() && !value.isNull()) {
        table.row(field, value.isContainerNode() ? value.toString() : value.asText());
      }
    }
    StringBuilder text = new StringBuilder(table.toString());
    for (JsonNode warning : answer.at("/meaning/warnings")) {
      text.append(System.lineSeparator())
          .append("warning: ")
          .append(Remote.text(warning, "message"));
    }
    return text.toString();
  }
}
