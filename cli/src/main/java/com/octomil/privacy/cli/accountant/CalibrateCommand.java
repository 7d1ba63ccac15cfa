package com.octomil.privacy.cli.accountant;

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

/** {@code octomil calibrate}: the least noise that meets a budget. */
@Command(
    name = "calibrate",
    description = "Smallest noise multiplier with which the rounds stay within the budget.",
    mixinStandardHelpOptions = true)
public final class CalibrateCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private RoundOptions round = new RoundOptions();

  @Option(names = "--epsilon", required = true, description = "Budget.")
  private double epsilon;

  @Option(names = "--delta", required = true, description = "Target delta.")
  private double delta;

  @Option(names = "--rounds", required = true, description = "Number of rounds.")
  private long rounds;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws UnsupportedCompositionException {
    try {
      Planner planner = new Planner();
      double noise =
          planner.noiseMultiplier(epsilon, delta, rounds, round.adjacency(), round::event);
      ObjectNode answer = Report.object();
      answer.put("noise_multiplier", noise);
      answer.put(
          "epsilon_spent",
          planner.epsilon(Composition.of(round.event(noise), rounds, round.adjacency()), delta));
      answer.put("epsilon", epsilon);
      answer.put("delta", delta);
      answer.put("rounds", rounds);
      Report.print(spec.commandLine().getOut(), answer, json);
      return 0;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
