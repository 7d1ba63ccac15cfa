package com.octomil.privacy.cli.accountant;

import com.fasterxml.jackson.core.JsonProcessingException;
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
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

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
      int number = 0;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        number++;
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        List<String> cells = cells(line);
        if (names.isEmpty()) {
          names = cells.stream().map(String::trim).toList();
          continue;
        }
        answer(number, names, cells);
      }
    }
    out.flush();
  }

  private void answer(int number, List<String> names, List<String> cells) {
    Map<String, String> row = new HashMap<>();
    for (int i = 0; i < Math.min(names.size(), cells.size()); i++) {
      row.put(names.get(i), cells.get(i).trim());
    }
    String id = row.getOrDefault("id", "");
    try {
      if (cells.size() != names.size()) {
        throw new IllegalArgumentException(
            "cells is " + cells.size() + ", must be " + names.size() + " as in the header");
      }
      PrivacyAnalysis analysis =
          PrivacyAnalysis.of(composition(row), number("delta", row.get("delta")), losses);
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
    } catch (JsonProcessingException e) {
      refuse(number, id, "composition is no JSON: " + e.getOriginalMessage());
    } catch (IllegalArgumentException | ArithmeticException e) {
      refuse(number, id, String.valueOf(e.getMessage()));
    }
  }

  private void refuse(int number, String id, String reason) {
    line(id, "", "", "", "", "", "line " + number + ": " + reason.replaceAll("\\s+", " "));
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

  private static Composition composition(Map<String, String> row) throws JsonProcessingException {
    Map<PrivacyEvent, Long> events = new LinkedHashMap<>();
    String composition = row.getOrDefault("composition", "");
    if (composition.isEmpty()) {
      add(events, row, Map.of());
    } else {
      JsonNode parts = JSON.readTree(composition);
      if (!parts.isArray() || parts.isEmpty()) {
        throw new IllegalArgumentException(
            "composition is " + composition + ", must be an array of at least one object");
      }
      for (JsonNode part : parts) {
        if (!part.isObject()) {
          throw new IllegalArgumentException(
              "composition has the element " + part + ", must have objects only");
        }
        Map<String, String> own = new HashMap<>();
        part.properties()
            .forEach(entry -> own.put(normal(entry.getKey()), entry.getValue().asText()));
        add(events, row, own);
      }
    }
    return new Composition(events, Rounds.adjacency(row.getOrDefault("adjacency", "")));
  }

  /** One part of a schedule: what it does not say itself is as in the row. */
  private static void add(
      Map<PrivacyEvent, Long> events, Map<String, String> row, Map<String, String> own) {
    Map<String, String> fields = new HashMap<>();
    row.forEach((name, value) -> fields.put(normal(name), value));
    // The row's delta is the target; only a part's own delta belongs to its mechanism.
    fields.remove("delta");
    fields.putAll(own);
    long rounds = whole("rounds", fields.get("rounds"));
    Mechanism mechanism =
        Rounds.mechanism(
            fields.getOrDefault("mechanism", "gaussian"),
            number("noise_multiplier", fields.get("noisemultiplier")),
            integer(fields, "steps", "stepcount", "stepcounts", "leaves"),
            real(fields, "delta", "eventdelta", "mechanismdelta", "delta0"),
            real(fields, "l1", "l1sensitivity"));
    OptionalLong population =
        integer(fields, "n", "datasetsize", "population", "populationsize", "numexamples");
    OptionalLong cohort =
        integer(
            fields,
            "m",
            "b",
            "maxbatch",
            "maxbatchsize",
            "truncatedbatch",
            "truncatedbatchsize",
            "truncation",
            "maxcohort",
            "cap",
            "batchsize",
            "cohort",
            "samplesize");
    String given = fields.getOrDefault("q", "");
    double rate =
        !given.isEmpty()
            ? number("q", given)
            : population.isPresent() && cohort.isPresent()
                ? (double) cohort.getAsLong() / population.getAsLong()
                : 1;
    String sampler = fields.getOrDefault("sampling", "none");
    if (given.isEmpty() && (population.isEmpty() || cohort.isEmpty()) && !sampler.equals("none")) {
      throw new IllegalArgumentException("q is missing, must be given for " + sampler);
    }
    Sampling sampling = Rounds.sampling(sampler, rate, population, cohort);
    if (sampling instanceof Sampling.WithoutReplacement
        && population.isPresent()
        && cohort.isPresent()) {
      sampling = Sampling.WithoutReplacement.of(cohort.getAsLong(), population.getAsLong());
    }
    events.merge(new PrivacyEvent(mechanism, sampling), rounds, Math::addExact);
  }

  private static String normal(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private static double number(String name, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException(name + " is missing, must be a number");
    }
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " is '" + value + "', must be a number", e);
    }
  }

  /** An integer, also one that is written like 1e3. */
  private static long whole(String name, @Nullable String value) {
    double number = number(name, value);
    if (number != Math.rint(number) || Math.abs(number) > 0x1p53) {
      throw new IllegalArgumentException(name + " is '" + value + "', must be an integer");
    }
    return (long) number;
  }

  private static OptionalLong integer(Map<String, String> fields, String... names) {
    for (String name : names) {
      String value = fields.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return OptionalLong.of(whole(name, value));
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalDouble real(Map<String, String> fields, String... names) {
    for (String name : names) {
      String value = fields.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return OptionalDouble.of(number(name, value));
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
