package com.octomil.privacy.cli.accountant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.Mechanism;
import com.octomil.privacy.dp.accounting.PrivacyAnalysis;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.PrivacyLossAccountant;
import com.octomil.privacy.dp.accounting.Sampling;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.StringJoiner;

/** Answers the rows of a table of schedules, one line of CSV each. */
final class ReferenceTable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrivacyLossAccountant losses = new PrivacyLossAccountant();
  private final PrintWriter out;

  ReferenceTable(PrintWriter out) {
    this.out = out;
  }

  void answer(Path file) throws IOException {
    out.println("id,lower,upper,rdp,exact,accountant,refused");
    List<String> names = List.of();
    try (BufferedReader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        List<String> cells = cells(line);
        if (names.isEmpty()) {
          names = cells;
          continue;
        }
        Map<String, String> row = new HashMap<>();
        for (int i = 0; i < Math.min(names.size(), cells.size()); i++) {
          row.put(names.get(i).trim(), cells.get(i).trim());
        }
        answer(row);
      }
    }
    out.flush();
  }

  private void answer(Map<String, String> row) {
    String id = row.getOrDefault("id", "");
    try {
      PrivacyAnalysis analysis = PrivacyAnalysis.of(composition(row), number(row, "delta"), losses);
      boolean none = analysis.accountant() == PrivacyAnalysis.Accountant.NONE;
      // Where only the Renyi accountant answers, its epsilon is the upper bound and there is no
      // lower.
      line(
          id,
          text(
              analysis
                  .epsilon()
                  .map(e -> OptionalDouble.of(e.lower()))
                  .orElse(OptionalDouble.empty())),
          text(analysis.upper()),
          text(analysis.renyi()),
          text(analysis.exact()),
          none ? "" : analysis.accountant().id(),
          none ? String.join("; ", analysis.refusals()) : "");
    } catch (IllegalArgumentException | IOException e) {
      line(id, "", "", "", "", "", String.valueOf(e.getMessage()));
    }
  }

  private void line(String... fields) {
    StringJoiner line = new StringJoiner(",");
    for (String field : fields) {
      boolean quote = field.contains(",") || field.contains("\"") || field.contains("\n");
      line.add(quote ? '"' + field.replace("\"", "\"\"") + '"' : field);
    }
    out.println(line);
  }

  private static String text(OptionalDouble value) {
    return value.isPresent() ? Double.toString(value.getAsDouble()) : "";
  }

  private static Composition composition(Map<String, String> row) throws IOException {
    Map<PrivacyEvent, Long> events = new LinkedHashMap<>();
    String composition = row.getOrDefault("composition", "");
    if (composition.isEmpty()) {
      add(events, row);
    } else {
      for (JsonNode part : JSON.readTree(composition)) {
        Map<String, String> fields = new HashMap<>(row);
        part.properties().forEach(entry -> fields.put(entry.getKey(), entry.getValue().asText()));
        add(events, fields);
      }
    }
    return new Composition(events, Rounds.adjacency(row.getOrDefault("adjacency", "")));
  }

  private static void add(Map<PrivacyEvent, Long> events, Map<String, String> fields) {
    long rounds = Math.round(number(fields, "rounds"));
    Mechanism mechanism =
        Rounds.mechanism(
            fields.getOrDefault("mechanism", "gaussian"),
            number(fields, "noise_multiplier"),
            integer(fields, "steps", "step_counts", "leaves"),
            real(fields, "event_delta", "mechanism_delta", "delta0"),
            real(fields, "l1", "l1_sensitivity"));
    OptionalLong population = integer(fields, "n", "dataset_size", "population");
    OptionalLong cohort =
        integer(
            fields,
            "m",
            "b",
            "max_batch",
            "truncated_batch_size",
            "max_cohort",
            "cap",
            "batch_size",
            "B");
    double rate =
        fields.getOrDefault("q", "").isEmpty() && population.isPresent() && cohort.isPresent()
            ? (double) cohort.getAsLong() / population.getAsLong()
            : fields.getOrDefault("q", "").isEmpty() ? 1 : number(fields, "q");
    Sampling sampling =
        Rounds.sampling(fields.getOrDefault("sampling", "none"), rate, population, cohort);
    if (sampling instanceof Sampling.WithoutReplacement
        && population.isPresent()
        && cohort.isPresent()) {
      sampling = Sampling.WithoutReplacement.of(cohort.getAsLong(), population.getAsLong());
    }
    events.merge(new PrivacyEvent(mechanism, sampling), rounds, Math::addExact);
  }

  private static double number(Map<String, String> fields, String name) {
    String value = fields.getOrDefault(name, "");
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is '" + value + "', must be a number", e);
    }
  }

  private static OptionalLong integer(Map<String, String> fields, String... names) {
    for (String name : names) {
      if (!fields.getOrDefault(name, "").isEmpty()) {
        return OptionalLong.of(Math.round(number(fields, name)));
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalDouble real(Map<String, String> fields, String... names) {
    for (String name : names) {
      if (!fields.getOrDefault(name, "").isEmpty()) {
        return OptionalDouble.of(number(fields, name));
      }
    }
    return OptionalDouble.empty();
  }

  private static List<String> cells(String line) {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        if (quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
          cell.append('"');
          i++;
        } else {
          quoted = !quoted;
        }
      } else if (c == ',' && !quoted) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    cells.add(cell.toString());
    return cells;
  }
}
