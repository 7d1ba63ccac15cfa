package com.octomil.privacy.cli.bench;

import com.octomil.privacy.cli.bench.RoundLoad.Measurement;
import com.octomil.privacy.cli.console.Console;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil bench round}: a large fleet over the real services. */
@Command(
    name = "round",
    description = {
      "Starts PostgreSQL and the three services, runs rounds of a large simulated fleet with secure",
      "aggregation and then without, and prints wall time by phase, processor time, memory and bytes",
      "side by side. Everything runs on this computer, devices included."
    },
    mixinStandardHelpOptions = true)
public final class RoundCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Size of the cohort. Default: ${DEFAULT-VALUE}.")
  private int devices;

  @Option(
      names = "--model-size",
      paramLabel = "D",
      defaultValue = "100000",
      description = "Coordinates of the model. Default: ${DEFAULT-VALUE}.")
  private int modelSize;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "1",
      description = "Measured rounds one after the other. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "0",
      description = {
        "Rounds before them that are not measured, so that the services have compiled what runs often.",
        "Default: ${DEFAULT-VALUE}."
      })
  private int warmUp;

  @Option(
      names = "--dropout",
      paramLabel = "SHARE",
      defaultValue = "0.05",
      description =
          "Share of the devices that vanishes before it uploads. Default: ${DEFAULT-VALUE}.")
  private double dropout;

  @Option(
      names = "--phase-timeout",
      paramLabel = "SECONDS",
      defaultValue = "180",
      description = {
        "How long a step may take; where devices vanish, the upload takes just as long.",
        "Default: ${DEFAULT-VALUE}."
      })
  private int phaseTimeout;

  @Option(
      names = "--native",
      description = "Run the services from the native images that 'mvn package -Dnative' made.")
  private boolean nativeImages;

  @Option(
      names = "--json",
      description = "Print one JSON object with all figures as the last line of standard output.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    RoundOptions options = options();
    Console console = Console.of(json);
    console.people().println("starting PostgreSQL and the three services");
    try (RoundLoad load =
        RoundLoad.start(StackOptions.fromLauncher().withNativeImages(nativeImages), options)) {
      Measurement masked =
          load.run(true, line -> console.people().println("with secure aggregation: " + line));
      Measurement clear = load.run(false, line -> console.people().println("without: " + line));
      RoundReport report = new RoundReport(options, masked, clear);
      if (json) {
        console.machine().println(report.toJson());
      } else {
        report.print(console.people());
      }
      return ExitCodes.OK;
    } catch (StackException | IllegalStateException e) {
      System.err.println("octomil bench round: " + e.getMessage());
      return ExitCodes.FAILED;
    }
  }

  private RoundOptions options() {
    try {
      return new RoundOptions(
          devices, modelSize, rounds, warmUp, dropout, Duration.ofSeconds(phaseTimeout));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
