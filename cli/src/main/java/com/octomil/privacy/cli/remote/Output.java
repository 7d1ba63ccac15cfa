package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.Table;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** JSON for scripts, tables for people. */
final class Output {

  @Option(names = "--json", description = "Print the answer as JSON.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  /** Whether JSON is wanted. */
  boolean json() {
    return json;
  }

  /** Prints the answer as JSON if that is wanted, or else the table. */
  void print(JsonNode answer, Table table) {
    print(answer, table.toString());
  }

  /** Prints the answer as JSON if that is wanted, or else the text. */
  void print(JsonNode answer, String text) {
    PrintWriter out = command.commandLine().getOut();
    try {
      out.println(
          json
              ? Installation.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer)
              : text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is JSON", e);
    }
    out.flush();
  }

  /** A field as people read it; a dash if it is absent. */
  static String text(JsonNode node, String field) {
    JsonNode value = node.at("/" + field.replace('.', '/'));
    return value.isMissingNode() || value.isNull() ? "-" : value.asText();
  }
}
