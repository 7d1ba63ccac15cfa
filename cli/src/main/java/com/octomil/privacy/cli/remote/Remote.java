package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.Table;
import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** An installation whose answers are printed: as JSON for scripts, as tables for people. */
class Remote extends Installation {

  @Option(names = "--json", description = "Print the answer as JSON.")
  private boolean json;

  /** Whether JSON is wanted. */
  final boolean json() {
    return json;
  }

  /** Prints the answer as JSON if that is wanted, or else the table. */
  final void print(JsonNode answer, Table table) {
    print(answer, table.toString());
  }

  /** Prints the answer as JSON if that is wanted, or else the text. */
  final void print(JsonNode answer, String text) {
    PrintWriter out = command().commandLine().getOut();
    try {
      out.println(json ? JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer) : text);
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

  /** A yes or no as people read it. */
  static String yesNo(JsonNode node, String field) {
    return node.path(field).asBoolean() ? "yes" : "no";
  }
}
