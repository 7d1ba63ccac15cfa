package com.octomil.privacy.cli.accountant;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code accountant epsilon --csv}: public reference rows, every combination, malformed rows. */
class ReferenceTableTest {
  private static final String HEADER =
      "id,mechanism,sampling,q,noise_multiplier,rounds,delta,adjacency,composition\n";

  @TempDir private Path directory = Path.of("");

  private Map<String, List<String>> answers(String table) throws IOException {
    Path file = directory.resolve("table.csv");
    Files.writeString(file, table);
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(new AccountantCommand());
    line.setOut(new PrintWriter(out));
    assertThat(line.execute("epsilon", "--csv", file.toString())).isZero();
    Map<String, List<String>> answers = new LinkedHashMap<>();
    for (List<String> cells : cells(out.toString())) {
      assertThat(cells).hasSize(7);
      assertThat(answers.put(cells.get(0), cells.subList(1, 7))).as(cells.get(0)).isNull();
    }
    assertThat(answers.remove("id"))
        .containsExactly("lower", "upper", "rdp", "exact", "accountant", "refused");
    return answers;
  }

  @Test
  void everyPublicRowKeepsTheRules() throws IOException {
    String table;
    try (InputStream in =
        Objects.requireNonNull(
            ReferenceTableTest.class.getResourceAsStream("/reference/reference_public.csv"))) {
      table = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    Map<String, List<String>> answers = answers(table);
    List<List<String>> rows = cells(table);
    List<String> names = rows.get(0);
    assertThat(answers).hasSize(rows.size() - 1).hasSize(30);
    for (List<String> cells : rows.subList(1, rows.size())) {
      Map<String, Double> row = new HashMap<>();
      for (String name :
          List.of(
              "prv_lower",
              "epsilon_pld_optimistic",
              "epsilon_pld_pessimistic",
              "epsilon_exact",
              "epsilon_rdp",
              "epsilon_rdp_signed")) {
        String cell = cells.get(names.indexOf(name));
        if (!cell.isEmpty()) {
          row.put(name, Double.valueOf(cell));
        }
      }
      String id = cells.get(0);
      List<String> answer = Objects.requireNonNull(answers.get(id), id);
      assertThat(answer.get(5)).as("%s refused", id).isEmpty();
      double lower = Double.parseDouble(answer.get(0));
      double upper = Double.parseDouble(answer.get(1));
      double floor = 0;
      for (String name : List.of("prv_lower", "epsilon_pld_optimistic", "epsilon_exact")) {
        floor = Math.max(floor, row.getOrDefault(name, 0.0));
      }
      assertThat(upper).as("%s sound", id).isGreaterThanOrEqualTo(floor - 1e-9);
      assertThat(upper - lower).as("%s width", id).isBetween(0.0, 1e-3 * upper);
      if (row.containsKey("epsilon_pld_pessimistic")) {
        assertThat(upper)
            .as("%s tight", id)
            .isLessThanOrEqualTo(row.get("epsilon_pld_pessimistic") * (1 + 1e-4) + 1e-4);
      }
      if (row.containsKey("epsilon_exact")) {
        assertThat(Double.parseDouble(answer.get(3)) - row.get("epsilon_exact"))
            .as("%s exact", id)
            .isBetween(-1e-6, 1e-6);
      }
      Double renyi = row.getOrDefault("epsilon_rdp_signed", row.getOrDefault("epsilon_rdp", -1.0));
      if (renyi >= 0) {
        assertThat(Double.parseDouble(answer.get(2)))
            .as("%s rdp", id)
            .isBetween(renyi * (1 - 1e-6), renyi * (1 + 1e-6));
      }
    }
  }

  @Test
  void everyCombinationIsBoundedOrRefusedWithTheReason() throws IOException {
    StringBuilder table = new StringBuilder(HEADER);
    List<String> mechanisms =
        List.of("gaussian", "discrete_gaussian", "skellam", "laplace", "tree", "zcdp", "epsdelta");
    List<String> samplings = List.of("none", "poisson", "truncated_poisson", "wor");
    List<String> adjacencies = List.of("add_remove", "replace_one", "zero_out");
    for (String mechanism : mechanisms) {
      for (String sampling : samplings) {
        for (String adjacency : adjacencies) {
          table
              .append(mechanism + '/' + sampling + '/' + adjacency)
              .append(",heterogeneous,mixed,,,7,1e-5,")
              .append(adjacency)
              .append(",\"[")
              .append(part(mechanism, sampling, 5))
              .append(',')
              // A second kind of round, for which every adjacency has a bound.
              .append(part("gaussian", "none", 2))
              .append("]\"\n");
        }
      }
    }
    Map<String, List<String>> answers = answers(table.toString());
    assertThat(answers).hasSize(mechanisms.size() * samplings.size() * adjacencies.size());
    List<String> bounded = new ArrayList<>();
    answers.forEach((id, answer) -> {
      if (answer.get(1).isEmpty()) {
        assertThat(answer.get(5)).as(id).contains("rdp: ").contains("pld: ");
        assertThat(answer.get(4)).as(id).isEmpty();
      } else {
        assertThat(answer.get(5)).as(id).isEmpty();
        assertThat(Double.parseDouble(answer.get(1))).as(id).isBetween(0.8, 60.0);
        bounded.add(id);
      }
    });
    for (String unsampled : mechanisms) {
      assertThat(bounded).contains(unsampled + "/none/zero_out");
    }
    assertThat(bounded)
        .contains(
            "gaussian/poisson/add_remove",
            "gaussian/poisson/replace_one",
            "gaussian/poisson/zero_out",
            "gaussian/truncated_poisson/add_remove",
            "gaussian/truncated_poisson/replace_one",
            "gaussian/truncated_poisson/zero_out",
            "gaussian/wor/replace_one",
            "laplace/poisson/add_remove",
            "discrete_gaussian/poisson/add_remove",
            "epsdelta/poisson/add_remove")
        .doesNotContain(
            "gaussian/wor/add_remove",
            "tree/none/add_remove",
            "zcdp/poisson/add_remove",
            "skellam/wor/replace_one");
  }

  private static String part(String mechanism, String sampling, int rounds) {
    String noise = mechanism.equals("epsdelta") || mechanism.equals("zcdp") ? "0.1" : "4.0";
    String part =
        "{'mechanism':'%s','sampling':'%s','q':%s,'noise_multiplier':%s,'rounds':%d,'n':1000,'m':100"
            .formatted(mechanism, sampling, sampling.equals("none") ? "1.0" : "0.1", noise, rounds);
    part += mechanism.equals("tree") ? ",'steps':10" : "";
    part += mechanism.equals("epsdelta") ? ",'delta':1e-8" : "";
    return (part + "}").replace("'", "\"\"");
  }

  @Test
  void aPartsDeltaIsNotTheTarget() throws IOException {
    Map<String, List<String>> answers =
        answers(
            HEADER
                + "A,epsdelta,none,1.0,0.5,2,1e-5,add_remove,\n"
                + "B,epsdelta,none,1.0,0.5,2,1e-5,add_remove,"
                + "\"[{\"\"mechanism\"\":\"\"epsdelta\"\",\"\"delta\"\":4e-6,\"\"rounds\"\":2}]\"\n"
                + "C,epsdelta,none,1.0,0.5,2,1e-5,add_remove,"
                + "\"[{\"\"mechanism\"\":\"\"epsdelta\"\",\"\"delta\"\":6e-6,\"\"rounds\"\":2}]\"\n");
    double pure = upper(answers, "A");
    assertThat(pure).isBetween(0.99, 1.0);
    assertThat(upper(answers, "B")).isBetween(pure, 1.0001);
    assertThat(answers.get("C")).element(5).asString().contains("infinite loss");
  }

  @Test
  void malformedRowsNameLineFieldAndValueAndTheOthersAreAnswered() throws IOException {
    Map<String, List<String>> answers =
        answers(
            "# a comment\n"
                + HEADER
                + "A,gaussian,none,1.0,much,10,1e-5,add_remove,\n"
                + "B,gaussian,none,1.0,1.0,10.5,1e-5,add_remove,\n"
                + "C,gaussian,none,1.0,1.0,10,2,add_remove,\n"
                + "D,gaussian,none,1.0,1.0,10\n"
                + "E,gaussian,sometimes,1.0,1.0,10,1e-5,add_remove,\n"
                + "F,gauss,none,1.0,1.0,10,1e-5,add_remove,\n"
                + "G,gaussian,none,1.0,1.0,10,1e-5,someone,\n"
                + "H,gaussian,poisson,1.5,1.0,10,1e-5,add_remove,\n"
                + "I,mixed,mixed,,,10,1e-5,add_remove,\"[{\"\n"
                + "J,mixed,mixed,,,10,1e-5,add_remove,{}\n"
                + "K,gaussian,poisson,,1.0,10,1e-5,add_remove,\n"
                + "L,gaussian,truncated_poisson,0.1,1.0,10,1e-5,add_remove,\n"
                + "M,gaussian,none,1.0,1.0,1e30,1e-5,add_remove,\n"
                + "N,gaussian,none,1.0,NaN,10,1e-5,add_remove,\n"
                + "O,gaussian,none,1.0,1.0,,1e-5,add_remove,\n"
                + "P,gaussian,none,1.0,1.0,-1,1e-5,add_remove,\n"
                + "Z,gaussian,none,1.0,1.0,1e1,1e-5,add_remove,\n");
    Map<String, String> reasons = new HashMap<>();
    answers.forEach((id, answer) -> reasons.put(id, answer.get(5)));
    assertThat(reasons.get("A")).startsWith("line 3: ").contains("noise_multiplier is 'much'");
    assertThat(reasons.get("B")).startsWith("line 4: ").contains("rounds is '10.5'");
    assertThat(reasons.get("C")).startsWith("line 5: ").contains("delta is 2.0");
    assertThat(reasons.get("D")).startsWith("line 6: ").contains("cells is 6");
    assertThat(reasons.get("E")).contains("sampling is sometimes");
    assertThat(reasons.get("F")).contains("mechanism is gauss");
    assertThat(reasons.get("G")).contains("adjacency is someone");
    assertThat(reasons.get("H")).contains("sampling_rate is 1.5");
    assertThat(reasons.get("I")).contains("composition is no JSON");
    assertThat(reasons.get("J")).contains("composition is {}");
    assertThat(reasons.get("K")).contains("q is missing");
    assertThat(reasons.get("L")).contains("largest cohort");
    assertThat(reasons.get("M")).contains("rounds is '1e30'");
    assertThat(reasons.get("N")).contains("noise_multiplier is NaN");
    assertThat(reasons.get("O")).contains("rounds is missing");
    assertThat(reasons.get("P")).contains("rounds is -1");
    assertThat(reasons.get("Z")).isEmpty();
  }

  private static double upper(Map<String, List<String>> answers, String id) {
    return Double.parseDouble(Objects.requireNonNull(answers.get(id), id).get(1));
  }

  private static List<List<String>> cells(String table) {
    List<List<String>> rows = new ArrayList<>();
    for (String line : table.lines().toList()) {
      if (line.startsWith("#")) {
        continue;
      }
      List<String> row = new ArrayList<>();
      // A cell is quoted, with doubled quotes inside, or has neither comma nor quote.
      java.util.regex.Matcher cell =
          java.util.regex.Pattern.compile("(?:^|,)(?:\"((?:[^\"]++|\"\")*+)\"|([^,]*))")
              .matcher(line);
      while (cell.find()) {
        row.add(
            cell.group(1) != null
                ? cell.group(1).replace("\"\"", "\"")
                : Objects.requireNonNull(cell.group(2)));
      }
      rows.add(row);
    }
    return rows;
  }
}
