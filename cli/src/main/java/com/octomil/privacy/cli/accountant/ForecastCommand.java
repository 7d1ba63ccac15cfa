package com.octomil.privacy.cli.accountant;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.Planner;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil accountant forecast}: the cost as rounds go by, and of a smaller cohort. */
@Command(
    name = "forecast",
    description = "Epsilon after a growing number of rounds.",
    mixinStandardHelpOptions = true)
final class ForecastCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private RoundOptions round = new RoundOptions();

  @Option(
      names = "--noise-multiplier",
      required = true,
      description = "Noise over the clipping norm.")
  private double noiseMultiplier;

  @Option(names = "--rounds", required = true, description = "Last round of the forecast.")
  private long rounds;

  @Option(names = "--delta", required = true, description = "Target delta.")
  private double delta;

  @Option(
      names = "--points",
      defaultValue = "20",
      description = "Points of the curve. Default: ${DEFAULT-VALUE}.")
  private int points = 20;

  @Option(
      names = "--cohort-share",
      split = ",",
      defaultValue = "0.75,0.5,0.25",
      description = {
        "Also the cost if only this share of the cohort takes part and the noise of the average is"
            + " to",
        "stay the same. Default: ${DEFAULT-VALUE}."
      })
  private double[] cohortShares = {0.75, 0.5, 0.25};

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws UnsupportedCompositionException {
    try {
      var event = round.event(noiseMultiplier);
      Planner planner = new Planner();
      ObjectNode answer = Report.object();
      answer.put("delta", delta);
      ArrayNode curve = answer.putArray("forecast");
      planner
          .forecast(delta, event, Composition.empty(round.adjacency()), rounds, points)
          .forEach(point ->
              curve.addObject().put("rounds", point.rounds()).put("epsilon", point.epsilon()));
      ArrayNode cohorts = answer.putArray("smaller_cohorts");
      for (double share : cohortShares) {
        try {
          double epsilon =
              planner.epsilonWithCohort(delta, event, rounds, round.adjacency(), share);
          cohorts.addObject().put("cohort_share", share).put("epsilon", epsilon);
        } catch (UnsupportedCompositionException e) {
          cohorts.addObject().put("cohort_share", share).put("refused", e.reason());
        }
      }
      Report.print(spec.commandLine().getOut(), answer, json);
      return 0;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
