package com.octomil.privacy.cli.demo;

import com.octomil.privacy.cli.console.Console;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The same training in several ways: without privacy, with each mechanism alone, and with both at
 * several budgets. Each runs through the real services, on a fresh database.
 */
final class Comparison {

  /** Budgets that are tried with both mechanisms. */
  static final List<Double> BUDGETS = List.of(1.0, 2.0, 4.0, 8.0);

  /**
   * One way and what came of it.
   *
   * @param name for people
   * @param epsilon budget; empty: no differential privacy
   * @param secureAggregation whether updates were masked
   * @param report all figures
   * @param secondsPerRound of wall time, enrolment and start-up left out
   */
  record Way(
      String name,
      Optional<Double> epsilon,
      boolean secureAggregation,
      DemoReport report,
      double secondsPerRound) {}

  private final StackOptions stack;
  private final DemoOptions options;
  private final Console console;

  Comparison(StackOptions stack, DemoOptions options, Console console) {
    this.stack = stack;
    this.options = options;
    this.console = console;
  }

  /**
   * Trains in every way, one after the other.
   *
   * @throws StackException if one of them did not come to its end
   */
  List<Way> run() throws StackException, InterruptedException {
    List<Way> ways = new ArrayList<>();
    ways.add(train("no privacy", Optional.empty(), false));
    ways.add(train("secure aggregation", Optional.empty(), true));
    ways.add(train("differential privacy", Optional.of(4.0), false));
    for (double epsilon : BUDGETS) {
      ways.add(train("both", Optional.of(epsilon), true));
    }
    return ways;
  }

  private Way train(String name, Optional<Double> epsilon, boolean secureAggregation)
      throws StackException, InterruptedException {
    String full = epsilon.map(e -> name + ", epsilon " + e).orElse(name);
    console.people().println();
    console.people().println("== " + full);
    DemoOptions own =
        new DemoOptions(
            options.source(),
            options.rounds(),
            options.devices(),
            options.dropout(),
            epsilon,
            Optional.empty(),
            secureAggregation,
            options.seed());
    try (Demonstration demonstration = Demonstration.start(stack, own, console)) {
      Demonstration.Outcome outcome = demonstration.run();
      if (outcome.exitCode() != ExitCodes.OK) {
        throw new StackException(
            full + ": " + outcome.problem().orElse("the training did not come to its end"));
      }
      return new Way(
          full,
          epsilon,
          secureAggregation,
          outcome.report(),
          demonstration.trainingSeconds() / options.rounds());
    }
  }

  /** The table for people. */
  static Table table(List<Way> ways) {
    Table table =
        new Table("training", "accuracy", "epsilon spent", "least survivors", "seconds a round");
    for (Way way : ways) {
      table.row(
          way.name(),
          String.format(Locale.ROOT, "%.1f %%", 100 * way.report().testAccuracy()),
          way.report()
              .budget()
              .map(budget -> String.format(Locale.ROOT, "%.3f", budget.spent()))
              .orElse("-"),
          Integer.toString(
              way.report().rounds().stream().mapToInt(DemoReport.Round::survivors).min().orElse(0)),
          String.format(Locale.ROOT, "%.2f", way.secondsPerRound()));
    }
    return table;
  }
}
