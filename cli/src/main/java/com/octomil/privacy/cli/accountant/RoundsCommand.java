package com.octomil.privacy.cli.accountant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.Planner;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil accountant rounds}: how many rounds a budget affords. */
@Command(
    name = "rounds",
    description = "Number of rounds that a budget affords.",
    mixinStandardHelpOptions = true)
final class RoundsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private RoundOptions round = new RoundOptions();

  @Option(names = "--epsilon", required = true, description = "Budget.")
  private double epsilon;

  @Option(names = "--delta", required = true, description = "Target delta.")
  private double delta;

  @Option(
      names = "--noise-multiplier",
      required = true,
      description = "Noise over the clipping norm.")
  private double noiseMultiplier;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws UnsupportedCompositionException {
    try {
      PrivacyEvent event = round.event(noiseMultiplier);
      Planner planner = new Planner();
      Composition none = Composition.empty(round.adjacency());
      long rounds = planner.rounds(epsilon, delta, event, none);
      Composition all = none.plus(event, rounds);
      ObjectNode answer = Report.object();
      answer.put("rounds", rounds);
      answer.put("epsilon_spent", planner.epsilon(all, delta));
      answer.put("epsilon_of_one_more", planner.marginalEpsilon(delta, event, all));
      answer.put("epsilon", epsilon);
      answer.put("delta", delta);
      Report.print(spec.commandLine().getOut(), answer, json);
      return 0;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
