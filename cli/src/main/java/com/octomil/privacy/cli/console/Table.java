package com.octomil.privacy.cli.console;

import java.util.ArrayList;
import java.util.List;

/**
 * A plain table for people: every column as wide as its widest cell, numbers to the right. Not
 * thread-safe.
 */
public final class Table {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final int columns;

  /**
   * A table with these headings.
   *
   * @param headings one for each column
   */
  public Table(String... headings) {
    this.columns = headings.length;
    rows.add(List.of(headings));
  }

  /**
   * Adds a row.
   *
   * @param cells one for each column
   * @return this table
   */
  public Table row(String... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells for " + columns + " columns");
    }
    rows.add(List.of(cells));
    return this;
  }

  /**
   * The whole table.
   *
   * @return lines without line breaks, the headings first
   */
  public List<String> lines() {
    int[] widths = new int[columns];
    boolean[] left = new boolean[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows.subList(1, rows.size())) {
      for (int i = 0; i < columns; i++) {
        left[i] |= !row.get(i).isEmpty() && Character.isLetter(row.get(i).charAt(0));
      }
    }
    return rows.stream().map(row -> line(row, widths, left)).toList();
  }

  private static String line(List<String> row, int[] widths, boolean[] left) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - row.get(i).length());
      line.append(i == 0 ? "" : GAP);
      line.append(left[i] ? row.get(i) + padding : padding + row.get(i));
    }
    return line.toString().stripTrailing();
  }

  @Override
  public String toString() {
    return String.join(System.lineSeparator(), lines());
  }
}
