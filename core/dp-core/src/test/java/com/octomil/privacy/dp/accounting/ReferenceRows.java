package com.octomil.privacy.dp.accounting;

import com.octomil.privacy.dp.Csv;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rows of reference_public.csv as compositions. */
final class ReferenceRows {
  private static final Pattern OBJECT = Pattern.compile("\\{([^}]*)}");
  private static final Pattern FIELD =
      Pattern.compile("\"(\\w+)\"\\s*:\\s*(?:\"([^\"]*)\"|([^,]+))");

  private ReferenceRows() {}

  record Row(String id, Composition composition, double delta, Csv.Row csv) {}

  static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    for (Csv.Row csv : Csv.read("/reference/reference_public.csv")) {
      Adjacency adjacency =
          Adjacency.valueOf(csv.text("adjacency").toUpperCase(java.util.Locale.ROOT));
      Map<PrivacyEvent, Long> events = new LinkedHashMap<>();
      if (csv.has("composition")) {
        Matcher object = OBJECT.matcher(csv.text("composition"));
        while (object.find()) {
          Map<String, String> fields = new HashMap<>();
          Matcher field = FIELD.matcher(object.group(1));
          while (field.find()) {
            fields.put(
                field.group(1), field.group(2) != null ? field.group(2) : field.group(3).trim());
          }
          events.merge(event(fields), Long.parseLong(fields.get("rounds")), Long::sum);
        }
      } else {
        events.put(event(csv.fields()), Long.parseLong(csv.text("rounds")));
      }
      rows.add(
          new Row(csv.text("id"), new Composition(events, adjacency), csv.number("delta"), csv));
    }
    return rows;
  }

  private static PrivacyEvent event(Map<String, String> fields) {
    double noise = Double.parseDouble(fields.get("noise_multiplier"));
    Sampling sampling =
        switch (fields.getOrDefault("sampling", "")) {
          case "none" -> new Sampling.None();
          case "poisson" -> new Sampling.Poisson(Double.parseDouble(fields.get("q")));
          case "wor" ->
              Sampling.WithoutReplacement.of(
                  Long.parseLong(fields.get("m")), Long.parseLong(fields.get("n")));
          default -> throw new IllegalArgumentException(fields.toString());
        };
    Mechanism mechanism =
        switch (fields.getOrDefault("mechanism", "")) {
          case "gaussian" -> new Mechanism.Gaussian(noise);
          case "laplace" -> new Mechanism.Laplace(noise);
          case "discrete_gaussian" -> new Mechanism.DiscreteGaussian(noise, 1, 1);
          case "tree" -> new Mechanism.TreeAggregation(noise, Long.parseLong(fields.get("steps")));
          default -> throw new IllegalArgumentException(fields.toString());
        };
    return new PrivacyEvent(mechanism, sampling);
  }
}
