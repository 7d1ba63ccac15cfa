package com.octomil.privacy.cli.accountant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.PrivacyAnalysis;
import com.octomil.privacy.dp.accounting.PrivacyLossAccountant;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil accountant epsilon}: the cost of a schedule, or of every row of a table. */
@Command(
    name = "epsilon",
    description = "Epsilon of a number of rounds at delta, as a certified interval.",
    mixinStandardHelpOptions = true)
final class EpsilonCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private RoundOptions round = new RoundOptions();

  @Option(names = "--noise-multiplier", description = "Noise over the clipping norm.")
  private Optional<Double> noiseMultiplier = Optional.empty();

  @Option(names = "--rounds", description = "Number of rounds.")
  private Optional<Long> rounds = Optional.empty();

  @Option(names = "--delta", description = "Target delta.")
  private Optional<Double> delta = Optional.empty();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = "--csv",
      description = {
        "Answer every row of a table with the columns id, mechanism, sampling, q,"
            + " noise_multiplier,",
        "rounds, delta, adjacency and composition; others are ignored, # lines skipped. Prints CSV."
      })
  private Optional<Path> csv = Optional.empty();

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (csv.isPresent()) {
      new ReferenceTable(out).answer(csv.get());
      return 0;
    }
    double noise = noiseMultiplier.orElseThrow(() -> missing("--noise-multiplier"));
    long count = rounds.orElseThrow(() -> missing("--rounds"));
    double target = delta.orElseThrow(() -> missing("--delta"));
    PrivacyAnalysis analysis;
    try {
      analysis =
          PrivacyAnalysis.of(
              Composition.of(round.event(noise), count, round.adjacency()),
              target,
              new PrivacyLossAccountant());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    ObjectNode answer = Report.object();
    Report.describe(answer, analysis);
    answer.put("delta", target);
    answer.put("rounds", count);
    Report.print(out, answer, json);
    return analysis.accountant() == PrivacyAnalysis.Accountant.NONE ? 1 : 0;
  }

  private ParameterException missing(String option) {
    return new ParameterException(
        spec.commandLine(), "Missing required option: '" + option + "' (or --csv)");
  }
}
