package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The reference of the chart's values is what the comments in values.yaml say. With {@code
 * -Doctomil.deploy.update=true} it is renewed.
 */
class ValuesReferenceTest {

  private static final Path CHART = Chart.DIRECTORY;
  private static final String BEGIN = "<!-- generated: begin -->\n";
  private static final String END = "<!-- generated: end -->\n";

  /**
   * A value with its documentation.
   *
   * @param path names from the top, joined by dots
   * @param standard default as YAML
   * @param meaning the comment above it
   */
  record Value(String path, String standard, String meaning) {}

  @BeforeAll
  static void renewIfAsked() throws IOException {
    if (Boolean.getBoolean("octomil.deploy.update")) {
      Path readme = CHART.resolve("README.md");
      String document = Files.readString(readme);
      Files.writeString(
          readme,
          document.substring(0, document.indexOf(BEGIN) + BEGIN.length())
              + table()
              + document.substring(document.indexOf(END)));
    }
  }

  @Test
  void referenceIsWhatTheValuesSay() throws IOException {
    assertThat(CHART.resolve("README.md")).content().contains(BEGIN + table() + END);
  }

  @Test
  void everyValueIsDocumented() throws IOException {
    List<Value> values = values();
    assertThat(values).hasSizeGreaterThan(60);
    assertThat(values).filteredOn(value -> value.meaning().length() < 5).isEmpty();
  }

  private static String table() throws IOException {
    StringBuilder text = new StringBuilder("| value | default | meaning |\n|---|---|---|\n");
    for (Value value : values()) {
      text.append(
          "| `%s` | %s | %s |\n"
              .formatted(
                  value.path(),
                  value.standard().isEmpty() ? "" : "`" + value.standard() + "`",
                  value.meaning()));
    }
    return text.toString();
  }

  /** Leaves of the file in their order; a block below a documented key belongs to that key. */
  private static List<Value> values() throws IOException {
    List<Value> values = new ArrayList<>();
    List<String> path = new ArrayList<>();
    List<String> comment = new ArrayList<>();
    int documentedBlock = -1;
    for (String line : Files.readAllLines(CHART.resolve("values.yaml"))) {
      String text = line.strip();
      int depth = (line.length() - line.stripLeading().length()) / 2;
      if (text.isEmpty()) {
        comment.clear();
        continue;
      }
      if (documentedBlock >= 0 && depth > documentedBlock) {
        continue;
      }
      documentedBlock = -1;
      if (text.startsWith("#")) {
        comment.add(text.substring(1).strip());
        continue;
      }
      int colon = text.indexOf(':');
      path = new ArrayList<>(path.subList(0, Math.min(depth, path.size())));
      path.add(text.substring(0, colon));
      String value = text.substring(colon + 1).strip();
      boolean block = value.isEmpty();
      if (!block || (!comment.isEmpty() && depth > 0)) {
        values.add(
            new Value(
                String.join(".", path),
                block ? "see `values.yaml`" : value,
                String.join(" ", comment)));
        documentedBlock = block ? depth : -1;
      }
      comment.clear();
    }
    return values;
  }
}
