package com.octomil.privacy.cli.accountant;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.dp.accounting.PrivacyAnalysis;
import java.io.PrintWriter;

/** JSON and text of an answer. */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Report() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static void print(PrintWriter out, ObjectNode answer, boolean json) {
    if (json) {
      try {
        out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(answer));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("an answer could not be written as JSON", e);
      }
    } else {
      answer
          .properties()
          .forEach(entry -> {
            if (entry.getValue().isArray()) {
              out.println(entry.getKey() + ":");
              entry.getValue().forEach(item -> out.println("  " + item.toString()));
            } else {
              out.printf("%-20s %s%n", entry.getKey(), entry.getValue().asText());
            }
          });
    }
    out.flush();
  }

  static void describe(ObjectNode answer, PrivacyAnalysis analysis) {
    analysis.upper().ifPresent(value -> answer.put("epsilon", value));
    analysis.epsilon().ifPresent(interval -> answer.put("epsilon_lower", interval.lower()));
    analysis.exact().ifPresent(value -> answer.put("epsilon_exact", value));
    analysis.renyi().ifPresent(value -> answer.put("epsilon_rdp", value));
    answer.put("accountant", analysis.accountant().id());
    answer.put("why", analysis.why());
    if (!analysis.refusals().isEmpty()) {
      analysis.refusals().forEach(answer.putArray("refused")::add);
    }
  }
}
