package com.octomil.privacy.cli.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlanCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    return new CommandLine(new PlanCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void printsThePlan() {
    assertThat(run("--cohort", "1000", "--dropout", "0.2", "--corrupt", "0.1", "--semi-honest"))
        .isZero();
    assertThat(out.toString().lines().map(line -> line.replaceAll(" +", " ")))
        .contains(
            "cohort 1,000 devices, semi-honest server, 10 % corrupt, 20 % drop out",
            "k 66 neighbours",
            "t 31 shares rebuild a secret",
            // 2^27 > 2 * 1000 * 2^16; a signature rides with the update.
            "upload per device 3,386,936 bytes: 3,375,064 for 1,000,000 coordinates of 27 bits,"
                + " 11,872 for keys and shares")
        .anyMatch(line -> line.startsWith("abort probability 5.8"))
        .anyMatch(line -> line.startsWith("device CPU "))
        .anyMatch(line -> line.startsWith("server CPU "));
  }

  @Test
  void twoFacedServerIsTheDefault() {
    assertThat(run("--cohort", "1000", "--dropout", "0.2", "--corrupt", "0.1")).isZero();
    String byDefault = out.toString();
    out.getBuffer().setLength(0);
    assertThat(
            run("--cohort", "1000", "--dropout", "0.2", "--corrupt", "0.1", "--two-faced-server"))
        .isZero();
    assertThat(out.toString())
        .isEqualTo(byDefault)
        .contains("194 neighbours")
        .contains("124 shares");
  }

  @Test
  void modelSizeScalesTheUpload() {
    assertThat(run("--cohort", "100", "--model-size", "1e5", "--quantization-bits", "10")).isZero();
    // 100 devices at 2^10: 2^18 > 2 * 100 * 1024.
    assertThat(out.toString()).contains("225,064 for 100,000 coordinates of 18 bits");
  }

  @Test
  void infeasibleIsExplained() {
    assertThat(run("--cohort", "100", "--dropout", "0.45", "--corrupt", "0.3")).isEqualTo(1);
    assertThat(err.toString())
        .contains("no neighbour graph of 100 devices withstands 30 corrupt ones and 45 drop-outs");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void badUsageIsNamed() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("--cohort=N");
    assertThat(run("--cohort", "100", "--dropout", "1.5")).isEqualTo(2);
    assertThat(err.toString())
        .contains("dropout_fraction is 1.5; it must be at least 0 and below 1");
    assertThat(run("--cohort", "100", "--two-faced-server", "--semi-honest")).isEqualTo(2);
    assertThat(run("--cohort", "100", "--model-size", "1.5")).isEqualTo(2);
    assertThat(run("--cohort", "100", "--model-size", "0")).isEqualTo(2);
    assertThat(run("--cohort", "x")).isEqualTo(2);
  }

  @Test
  void csvAppendsKAndT(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("plan.csv");
    Files.writeString(
        file,
        """
        # published examples
        n,gamma,delta,model,sigma,eta
        100,0.05,0.05,semihonest,40,20
        1000,0.1,0.2,semimalicious,40,20

        10,0.5,0.5,semihonest,40,20
        100000,0.05,0.05,semihonest,40,20
        """);
    assertThat(run("--csv", file.toString())).isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "n,gamma,delta,model,sigma,eta,k,t",
            "100,0.05,0.05,semihonest,40,20,12,6",
            "1000,0.1,0.2,semimalicious,40,20,194,124",
            "10,0.5,0.5,semihonest,40,20,,",
            "100000,0.05,0.05,semihonest,40,20,36,21");
    assertThat(err.toString()).startsWith("line 6: no neighbour graph");
  }

  @Test
  void badCsvNamesTheLine(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("plan.csv");
    Files.writeString(file, "n,gamma,delta,model,sigma,eta\n100,0.05,0.05,honest,40,20\n");
    assertThat(run("--csv", file.toString())).isEqualTo(1);
    assertThat(err.toString())
        .contains("line 2: model is \"honest\"; it must be semihonest or semimalicious");
    Files.writeString(file, "n,gamma,delta,model,sigma,eta\n100,0.05\n");
    assertThat(run("--csv", file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("line 2 has no value for delta");
    Files.writeString(file, "n,gamma\n");
    assertThat(run("--csv", file.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("the header has no column delta");
    assertThat(run("--csv", folder.resolve("missing.csv").toString())).isEqualTo(1);
  }
}
