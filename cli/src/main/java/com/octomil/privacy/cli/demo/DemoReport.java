package com.octomil.privacy.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.Table;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What came out of a demonstration.
 *
 * @param dataset which data the devices held
 * @param secureAggregation whether the server saw only masked updates
 * @param devices number of simulated devices
 * @param dropped drop-outs, summed over the rounds
 * @param rounds the published rounds in order
 * @param testAccuracy of the trained model on the held-out test set
 * @param baselineAccuracy of the model of the same training without privacy
 * @param constantAccuracy of always answering the commonest training label
 * @param budget the privacy budget; empty without differential privacy
 * @param wallSeconds from the start of the command to its result
 */
record DemoReport(
    Source dataset,
    boolean secureAggregation,
    int devices,
    int dropped,
    List<Round> rounds,
    double testAccuracy,
    double baselineAccuracy,
    double constantAccuracy,
    Optional<Budget> budget,
    double wallSeconds) {

  DemoReport {
    rounds = List.copyOf(rounds);
  }

  /**
   * One published round.
   *
   * @param cohort devices on the roster
   * @param survivors devices in the sum
   * @param loss mean cross entropy of the new model on the test set, in nats
   * @param accuracy of the new model on the test set
   * @param epsilonSpent of the federation after the round; empty without differential privacy
   */
  record Round(
      int cohort, int survivors, double loss, double accuracy, Optional<Double> epsilonSpent) {}

  /**
   * The privacy budget after the training.
   *
   * @param epsilon the whole budget
   * @param delta the delta that epsilon holds for
   * @param spent epsilon spent
   * @param noiseMultiplier standard deviation of the noise divided by the clipping norm
   */
  record Budget(double epsilon, double delta, double spent, double noiseMultiplier) {

    double left() {
      return Math.max(0, epsilon - spent);
    }

    boolean held() {
      return spent <= epsilon;
    }
  }

  private int survivorsMin() {
    return rounds.stream().mapToInt(Round::survivors).min().orElse(0);
  }

  /**
   * The report for programs, on one line. Figures that do not exist without differential privacy
   * are null.
   */
  String toJson() {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("dataset", dataset.toString());
    node.put("secure_aggregation", secureAggregation);
    node.put("differential_privacy", budget.isPresent());
    node.put("rounds_completed", rounds.size());
    node.put("devices", devices);
    node.put("dropped", dropped);
    node.put("survivors_min", survivorsMin());
    node.put("test_accuracy", testAccuracy);
    node.put("baseline_accuracy", baselineAccuracy);
    node.put("constant_accuracy", constantAccuracy);
    node.put("epsilon", budget.map(Budget::epsilon).orElse(null));
    node.put("epsilon_spent", budget.map(Budget::spent).orElse(null));
    node.put("epsilon_remaining", budget.map(Budget::left).orElse(null));
    node.put("delta", budget.map(Budget::delta).orElse(null));
    node.put("noise_multiplier", budget.map(Budget::noiseMultiplier).orElse(null));
    node.put("wall_seconds", Math.round(wallSeconds * 10) / 10.0);
    ArrayNode list = node.putArray("rounds");
    for (Round round : rounds) {
      ObjectNode entry = list.addObject();
      entry.put("cohort", round.cohort());
      entry.put("survivors", round.survivors());
      entry.put("loss", round.loss());
      entry.put("accuracy", round.accuracy());
      entry.put("epsilon_spent", round.epsilonSpent().orElse(null));
    }
    return node.toString();
  }

  /** The report for people. */
  void print(PrintStream out) {
    Table table = new Table("round", "cohort", "survivors", "loss", "accuracy", "epsilon spent");
    for (int i = 0; i < rounds.size(); i++) {
      Round round = rounds.get(i);
      table.row(
          Integer.toString(i + 1),
          Integer.toString(round.cohort()),
          Integer.toString(round.survivors()),
          format("%.3f", round.loss()),
          percent(round.accuracy()),
          round.epsilonSpent().map(spent -> format("%.3f", spent)).orElse("-"));
    }
    out.println();
    table.lines().forEach(line -> out.println("  " + line));
    out.println();
    Table figures = new Table("test accuracy", "");
    figures.row("with privacy", percent(testAccuracy));
    figures.row("the same training without privacy", percent(baselineAccuracy));
    figures.row("constant guess", percent(constantAccuracy));
    figures.lines().forEach(line -> out.println("  " + line));
    out.println();
    if (budget.isPresent()) {
      Budget own = budget.get();
      out.println(
          format(
              "  epsilon spent %.3f of %s, left %.3f (delta %s, noise multiplier %s)",
              own.spent(), own.epsilon(), own.left(), own.delta(), own.noiseMultiplier()));
    } else {
      out.println("  no differential privacy: no noise was added and there is no budget");
    }
    out.println(
        format(
            "  %d devices, %d drop-outs in %d rounds, at least %d survivors, secure aggregation %s",
            devices, dropped, rounds.size(), survivorsMin(), secureAggregation ? "on" : "off"));
    out.println(format("  wall time %.1f s", wallSeconds));
  }

  private static String percent(double fraction) {
    return format("%.1f %%", 100 * fraction);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
