package com.octomil.privacy.dp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads the reference tables: `#` lines skipped, RFC 4180 quotes. */
public final class Csv {
  private Csv() {}

  public record Row(Map<String, String> fields) {
    public String text(String name) {
      return Objects.requireNonNull(fields.get(name), name);
    }

    public boolean has(String name) {
      return !text(name).isEmpty();
    }

    public double number(String name) {
      return Double.parseDouble(text(name));
    }
  }

  public static List<Row> read(String resource) {
    try (BufferedReader in =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Csv.class.getResourceAsStream(resource), resource),
                StandardCharsets.UTF_8))) {
      List<String> names = List.of();
      List<Row> rows = new ArrayList<>();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        if (line.startsWith("#")) {
          continue;
        }
        List<String> cells = split(line);
        if (names.isEmpty()) {
          names = cells;
          continue;
        }
        Map<String, String> fields = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
          fields.put(names.get(i), cells.get(i));
        }
        rows.add(new Row(fields));
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> split(String line) {
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
