package com.octomil.privacy.cli.plan;

import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.RingWidth;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code octomil plan}: neighbours, threshold, probability of abort and cost of a round. */
@Command(
    name = "plan",
    description = {
      "Computes the neighbour graph of a secure-aggregation round and what the round costs.",
      "The default adversary is a server that tells neighbourhoods different survivor sets."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the plan is printed",
      "1:no graph meets the assumptions, or the file cannot be read",
      "2:the command line was wrong"
    })
public final class PlanCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--cohort", paramLabel = "N", description = "Number of devices, 3 to 1,000,000.")
  private @Nullable Integer cohort;

  @Option(
      names = "--dropout",
      paramLabel = "FRACTION",
      defaultValue = "0.05",
      description = "Assumed share of devices that drop out. Default: ${DEFAULT-VALUE}.")
  private double dropout;

  @Option(
      names = "--corrupt",
      paramLabel = "FRACTION",
      defaultValue = "0.05",
      description =
          "Assumed share of devices that collude with the server. Default: ${DEFAULT-VALUE}.")
  private double corrupt;

  @Option(
      names = "--two-faced-server",
      description =
          "The server may tell neighbourhoods different survivor sets. This is the default.")
  private boolean twoFacedServer;

  @Option(
      names = "--semi-honest",
      description = "Weaker: the server follows the protocol and only looks at what it sees.")
  private boolean semiHonest;

  @Option(
      names = "--model-size",
      paramLabel = "D",
      defaultValue = "1000000",
      converter = CountConverter.class,
      description =
          "Number of model coordinates, for example 25000 or 1e6. Default: ${DEFAULT-VALUE}.")
  private int modelSize;

  @Option(
      names = "--quantization-bits",
      paramLabel = "Q",
      defaultValue = "16",
      description = "The clipping norm is 2^Q grid steps. Default: ${DEFAULT-VALUE}.")
  private int quantizationBits;

  @Option(
      names = "--reconstruction-threshold",
      paramLabel = "FRACTION",
      defaultValue = "0",
      description =
          "Share of a neighbourhood that must survive; it only ever raises the threshold.")
  private double reconstructionThreshold;

  @Option(
      names = "--min-survivors",
      paramLabel = "N",
      defaultValue = "0",
      description = "Fewer survivors than this abort the round.")
  private int minSurvivors;

  @Option(
      names = "--security-bits",
      paramLabel = "SIGMA",
      defaultValue = "40",
      description = "Privacy fails with probability at most 2^-SIGMA. Default: ${DEFAULT-VALUE}.")
  private int securityBits;

  @Option(
      names = "--correctness-bits",
      paramLabel = "ETA",
      defaultValue = "20",
      description = {
        "A round within the assumed drop-outs fails with probability at most 2^-ETA.",
        "Default: ${DEFAULT-VALUE}."
      })
  private int correctnessBits;

  @Option(
      names = "--csv",
      paramLabel = "FILE",
      description = {
        "Read columns n,gamma,delta,model,sigma,eta (model: semihonest or semimalicious) and print",
        "them with k,t as CSV; all other options are left aside."
      })
  private @Nullable Path csv;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      if (csv != null) {
        PlanCsv.run(Files.readAllLines(csv), out, err);
      } else if (cohort == null) {
        throw new IllegalArgumentException("Missing required option: --cohort=N, or --csv=FILE");
      } else {
        plan(cohort, out);
      }
      return ExitCodes.OK;
    } catch (InfeasibleParametersException e) {
      err.println(spec.qualifiedName(" ") + ": " + e.getMessage());
      return ExitCodes.FAILED;
    } catch (IllegalArgumentException e) {
      if (csv != null) {
        err.println(spec.qualifiedName(" ") + ": " + csv + ": " + e.getMessage());
        return ExitCodes.FAILED;
      }
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void plan(int n, PrintWriter out) throws InfeasibleParametersException {
    if (twoFacedServer && semiHonest) {
      throw new IllegalArgumentException("--two-faced-server and --semi-honest exclude each other");
    }
    if (quantizationBits < 1 || quantizationBits > 30) {
      throw new IllegalArgumentException(
          "--quantization-bits is " + quantizationBits + "; it must be between 1 and 30");
    }
    CohortAssumptions assumptions =
        new CohortAssumptions(
            semiHonest ? AdversaryModel.SEMI_HONEST : AdversaryModel.SEMI_MALICIOUS,
            corrupt,
            dropout,
            securityBits,
            correctnessBits);
    GraphParameters graph = ParameterChoice.choose(n, assumptions, reconstructionThreshold);
    int ringBits = RingWidth.bitsFor(n, 1L << quantizationBits);
    RoundCost cost =
        RoundCost.of(graph, assumptions.dropouts(n), modelSize, ringBits, Calibration.REFERENCE);
    double abort = ParameterChoice.abortProbability(graph, dropout, minSurvivors);
    String server = semiHonest ? "semi-honest" : "two-faced";
    line(
        out,
        "cohort",
        "%,d devices, %s server, %s corrupt, %s drop out",
        n,
        server,
        percent(corrupt),
        percent(dropout));
    line(
        out, "k", "%d neighbours%s", graph.degree(), graph.isComplete() ? " (complete graph)" : "");
    line(out, "t", "%d shares rebuild a secret", graph.threshold());
    line(out, "abort probability", "%.3g when each device drops out independently", abort);
    line(
        out,
        "upload per device",
        "%,d bytes: %,d for %,d coordinates of %d bits, %,d for keys and shares",
        cost.uploadBytes(),
        cost.updateBytes(),
        modelSize,
        cost.ringBits(),
        cost.protocolBytes());
    line(out, "device CPU", "%s without training", seconds(cost.deviceCpu()));
    line(out, "server CPU", "%s for adding and unmasking", seconds(cost.serverCpu()));
    out.println(
        "CPU times are estimates for one thread of a 2.5 GHz server core without vector AES.");
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.println(
        String.format(Locale.ROOT, "%-18s ", name) + String.format(Locale.ROOT, format, values));
  }

  private static String percent(double fraction) {
    return BigDecimal.valueOf(fraction).movePointRight(2).stripTrailingZeros().toPlainString()
        + " %";
  }

  private static String seconds(Duration duration) {
    double seconds = duration.toNanos() / 1e9;
    return seconds < 1
        ? String.format(Locale.ROOT, "%.1f ms", 1000 * seconds)
        : String.format(Locale.ROOT, "%.2f s", seconds);
  }

  /** A positive count, also in the form 1e6. */
  static final class CountConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String value) {
      try {
        int count = new BigDecimal(value).intValueExact();
        if (count > 0) {
          return count;
        }
      } catch (ArithmeticException | NumberFormatException e) {
        throw new TypeConversionException(
            "'"
                + value
                + "' is not a whole number between 1 and 2147483647 ("
                + e.getMessage()
                + ")");
      }
      throw new TypeConversionException(
          "'" + value + "' is not a whole number between 1 and 2147483647");
    }
  }
}
