package com.octomil.privacy.cli.plan;

import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Degree and threshold for many assumptions: reads n,gamma,delta,model,sigma,eta and appends k,t.
 */
final class PlanCsv {
  static final List<String> COLUMNS = List.of("n", "gamma", "delta", "model", "sigma", "eta");

  private PlanCsv() {}

  /**
   * Prints the rows with k and t appended, both empty where no graph meets the assumptions.
   *
   * @param lines header and rows; empty lines and lines that start with # are skipped
   * @param out receives the rows
   * @param err receives the reason of every row without a graph
   * @throws IllegalArgumentException if a line cannot be understood; the message names the line
   */
  static void run(List<String> lines, PrintWriter out, PrintWriter err) {
    int[] positions = {};
    for (int number = 1; number <= lines.size(); number++) {
      String line = lines.get(number - 1).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      List<String> cells = Arrays.stream(line.split(",", -1)).map(String::strip).toList();
      if (positions.length == 0) {
        positions = COLUMNS.stream().mapToInt(column -> position(cells, column)).toArray();
        out.println(String.join(",", COLUMNS) + ",k,t");
        continue;
      }
      int[] order = positions;
      String[] row = new String[order.length];
      for (int i = 0; i < row.length; i++) {
        if (order[i] >= cells.size()) {
          throw new IllegalArgumentException(
              "line " + number + " has no value for " + COLUMNS.get(i));
        }
        row[i] = cells.get(order[i]);
      }
      out.println(String.join(",", row) + "," + choose(number, row, err));
    }
    if (positions.length == 0) {
      throw new IllegalArgumentException(
          "the file is empty; its first line must be " + String.join(",", COLUMNS));
    }
  }

  private static int position(List<String> header, String column) {
    int position = header.indexOf(column);
    if (position < 0) {
      throw new IllegalArgumentException(
          "the header has no column " + column + "; it must name " + String.join(",", COLUMNS));
    }
    return position;
  }

  private static String choose(int number, String[] row, PrintWriter err) {
    try {
      int cohort = Integer.parseInt(row[0]);
      CohortAssumptions assumptions =
          new CohortAssumptions(
              adversary(row[3]),
              Double.parseDouble(row[1]),
              Double.parseDouble(row[2]),
              Integer.parseInt(row[4]),
              Integer.parseInt(row[5]));
      GraphParameters graph = ParameterChoice.choose(cohort, assumptions);
      return graph.degree() + "," + graph.threshold();
    } catch (InfeasibleParametersException e) {
      err.println("line " + number + ": " + e.getMessage());
      return ",";
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "line " + number + " has a value that is not a number: " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
    }
  }

  private static AdversaryModel adversary(String model) {
    return switch (model.toLowerCase(Locale.ROOT).replaceAll("[-_ ]", "")) {
      case "semihonest" -> AdversaryModel.SEMI_HONEST;
      case "semimalicious" -> AdversaryModel.SEMI_MALICIOUS;
      default ->
          throw new IllegalArgumentException(
              "model is \"" + model + "\"; it must be semihonest or semimalicious");
    };
  }
}
