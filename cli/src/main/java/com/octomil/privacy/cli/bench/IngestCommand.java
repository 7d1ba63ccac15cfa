package com.octomil.privacy.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.bench.IngestLoad.Turn;
import com.octomil.privacy.cli.console.Console;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil bench ingest}: how fast uploads become durable. */
@Command(
    name = "ingest",
    description = {
      "Starts PostgreSQL and the three services, lets a cohort send its masked updates in one moment,",
      "and compares the time until all are durable with that of a bare gRPC server, in a process of",
      "its own, that takes the same uploads in and forgets them. Everything runs on this computer."
    },
    mixinStandardHelpOptions = true)
public final class IngestCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "64",
      description = "Uploads at once. Default: ${DEFAULT-VALUE}.")
  private int devices;

  @Option(
      names = "--model-size",
      paramLabel = "D",
      defaultValue = "1333333",
      description = {
        "Coordinates of the model; at the default, 64 devices send about 4 MB each.",
        "Default: ${DEFAULT-VALUE}."
      })
  private int modelSize;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Measured rounds, one after the other. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "3",
      description = "Rounds before them that are not measured. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Option(
      names = "--json",
      description = "Print one JSON object with all figures as the last line of standard output.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    IngestOptions options = options();
    Console console = Console.of(json);
    console.people().println("starting PostgreSQL, the three services and the bare sink");
    try (IngestLoad load = IngestLoad.start(StackOptions.fromLauncher())) {
      List<Turn> turns = load.run(options, console.people()::println);
      Map<String, Double> figures = figures(turns);
      if (json) {
        ObjectNode node = new ObjectMapper().createObjectNode();
        node.put("devices", options.devices());
        node.put("model_size", options.modelSize());
        node.put("rounds", options.rounds());
        node.put("warm_up", options.warmUp());
        figures.forEach(node::put);
        console.machine().println(node);
      } else {
        Table table = new Table("median of " + turns.size() + " rounds", "");
        figures.forEach((name, value) -> table.row(name, format("%,.2f", value)));
        console.people().println();
        table.lines().forEach(line -> console.people().println("  " + line));
      }
      return ExitCodes.OK;
    } catch (StackException | IllegalStateException | IOException e) {
      System.err.println("octomil bench ingest: " + e.getMessage());
      return ExitCodes.FAILED;
    }
  }

  static Map<String, Double> figures(List<Turn> turns) {
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("MB sent", median(turns, turn -> turn.bytes() / 1e6));
    figures.put("bare sink s", median(turns, turn -> seconds(turn.sink())));
    figures.put("aggregator s", median(turns, turn -> seconds(turn.aggregator())));
    figures.put("bare sink MB/s", median(turns, turn -> turn.bytes() / 1e6 / seconds(turn.sink())));
    figures.put(
        "aggregator MB/s", median(turns, turn -> turn.bytes() / 1e6 / seconds(turn.aggregator())));
    figures.put("aggregator / bare sink", median(turns, Turn::ratio));
    figures.put("CPU s bare sink", median(turns, turn -> seconds(turn.sinkCpu())));
    figures.put("CPU s aggregator", median(turns, turn -> seconds(turn.aggregatorCpu())));
    figures.put("CPU s postgresql", median(turns, turn -> seconds(turn.databaseCpu())));
    return figures;
  }

  private static double median(List<Turn> turns, ToDoubleFunction<Turn> value) {
    double[] sorted = turns.stream().mapToDouble(value).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  private IngestOptions options() {
    try {
      return new IngestOptions(devices, modelSize, rounds, warmUp);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
