package com.octomil.privacy.cli.accountant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class AccountantCommandTest {
  private record Output(int code, String out, String err) {
    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }
  }

  private static Output run(Object command, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(err));
    int code = line.execute(arguments);
    return new Output(code, out.toString(), err.toString());
  }

  private static Output accountant(String arguments) {
    return run(new AccountantCommand(), arguments.split(" "));
  }

  @Test
  void epsilonIsAnIntervalWithTheAccountantAndTheReason() throws IOException {
    JsonNode answer =
        accountant(
                "epsilon --noise-multiplier 1.0 --sampling-rate 0.01 --rounds 1000 --delta 1e-5"
                    + " --json")
            .json();
    assertThat(answer.get("epsilon").asDouble()).isCloseTo(1.82824, within(2e-4));
    assertThat(answer.get("epsilon_lower").asDouble())
        .isBetween(1.8280, answer.get("epsilon").asDouble());
    assertThat(answer.get("epsilon_rdp").asDouble()).isCloseTo(2.1013652716430564, within(2e-6));
    assertThat(answer.get("accountant").asText()).isEqualTo("pld");
    assertThat(answer.get("why").asText()).isNotBlank();
  }

  @Test
  void calibrateRoundsAndForecastAgree() throws IOException {
    String budget = "--epsilon 3 --delta 1e-6 --sampling-rate 0.02 ";
    JsonNode calibrated =
        run(new CalibrateCommand(), (budget + "--rounds 500 --json").split(" ")).json();
    double noise = calibrated.get("noise_multiplier").asDouble();
    assertThat(noise).isBetween(1.033354, 1.033354 * 1.001);
    JsonNode rounds =
        accountant("rounds " + budget + "--noise-multiplier " + noise + " --json").json();
    assertThat(rounds.get("rounds").asLong()).isEqualTo(500);
    JsonNode forecast =
        accountant(
                "forecast --delta 1e-6 --sampling-rate 0.02 --rounds 500 --points 5 --json"
                    + " --noise-multiplier "
                    + noise)
            .json();
    assertThat(forecast.get("forecast")).hasSize(5);
    assertThat(forecast.get("forecast").get(4).get("epsilon").asDouble())
        .isLessThanOrEqualTo(3.0)
        .isGreaterThan(2.999);
    assertThat(forecast.get("smaller_cohorts").get(0).get("epsilon").asDouble()).isGreaterThan(3.0);
  }

  @Test
  void aTableIsAnsweredRowByRow(@TempDir Path directory) throws IOException {
    Path table = directory.resolve("table.csv");
    Files.writeString(
        table,
        """
        # schedules
        id,mechanism,sampling,q,noise_multiplier,rounds,delta,note,adjacency,composition
        A,gaussian,none,1.0,2.0,10,1e-05,x,replace_one,
        B,heterogeneous,mixed,,,150,1e-05,,add_remove,"[{""mechanism"":""gaussian"",""sampling"":""poisson"",""q"":0.01,""noise_multiplier"":1.0,""rounds"":100},{""mechanism"":""gaussian"",""sampling"":""poisson"",""q"":0.02,""noise_multiplier"":0.8,""rounds"":50}]"
        C,gaussian,wor,0.01,1.0,10,1e-05,,add_remove,
        D,zcdp,none,1.0,0.1,1,1e-05,,add_remove,
        E,gaussian,truncated_poisson,0.01,1.0,100,1e-05,,add_remove,"[{""mechanism"":""gaussian"",""sampling"":""truncated_poisson"",""q"":0.01,""noise_multiplier"":1.0,""rounds"":100,""n"":10000,""max_batch"":140}]"
        F,gaussian,none,1.0,-2.0,10,1e-05,,add_remove,
        """);
    Output output = run(new AccountantCommand(), "epsilon", "--csv", table.toString());
    assertThat(output.code()).isZero();
    List<String> lines = output.out().lines().toList();
    assertThat(lines).hasSize(7);
    assertThat(lines.get(0)).isEqualTo("id,lower,upper,rdp,exact,accountant,refused");
    String[] a = lines.get(1).split(",", -1);
    assertThat(Double.parseDouble(a[4])).isCloseTo(17.856586830107616, within(1e-6));
    assertThat(a[5]).isEqualTo("analytic-gaussian");
    String[] b = lines.get(2).split(",", -1);
    assertThat(Double.parseDouble(b[2])).isCloseTo(2.2347, within(3e-4));
    assertThat(Double.parseDouble(b[3])).isCloseTo(2.897353713559242, within(3e-6));
    assertThat(b[4]).isEmpty();
    assertThat(lines.get(3)).startsWith("C,,,,,,").contains("replace-one");
    assertThat(lines.get(4)).contains(",rdp,");
    String[] e = lines.get(5).split(",", -1);
    assertThat(Double.parseDouble(e[2])).isGreaterThan(Double.parseDouble(e[1])).isLessThan(2.0);
    assertThat(lines.get(6)).startsWith("F,,,,,,").contains("noise_multiplier is -2.0");
  }

  @Test
  void wrongOptionsAreRefusedByName() {
    assertThat(accountant("epsilon --rounds 10 --delta 1e-5").err()).contains("--noise-multiplier");
    Output negative = accountant("epsilon --noise-multiplier=-1 --rounds 10 --delta 1e-5");
    assertThat(negative.code()).isEqualTo(2);
    assertThat(negative.err()).contains("noise_multiplier is -1.0");
    Output unsound =
        accountant(
            "epsilon --noise-multiplier 1 --sampling-rate 0.01 --sampling without-replacement"
                + " --rounds 10 --delta 1e-5");
    assertThat(unsound.code()).isEqualTo(1);
    assertThat(unsound.out()).contains("replace-one");
  }
}
