package com.octomil.privacy.cli.demo;

import com.octomil.privacy.cli.console.Console;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil demo}: trains on real data with simulated devices and the real services. */
@Command(
    name = "demo",
    description = {
      "Starts PostgreSQL and the three services, enrols simulated devices that hold slices of real",
      "data, trains with secure aggregation and differential privacy while devices drop out, and shows",
      "what that cost in accuracy and epsilon."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the training finished and the privacy budget held",
      "1:something failed; the message says what and where the logs are",
      "2:the command line was wrong",
      "3:the privacy budget ended before the training did",
      "4:the training ended without all its rounds"
    })
public final class DemoCommand implements Callable<Integer> {

  private static final double DEFAULT_EPSILON = 4.0;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "10",
      description = "Rounds of training. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "57",
      description = "Simulated devices. Default: ${DEFAULT-VALUE}.")
  private int devices;

  @Option(
      names = "--dropout",
      paramLabel = "SHARE",
      defaultValue = "0.15",
      description =
          "Share of the devices that drops out of each round, at random steps. Default: ${DEFAULT-VALUE}.")
  private double dropout;

  @Option(
      names = "--epsilon",
      paramLabel = "E",
      description = "Privacy budget of the whole training, at delta 1e-5. Default: 4.0.")
  private @Nullable Double epsilon;

  @Option(
      names = "--noise-multiplier",
      paramLabel = "Z",
      description = {
        "Standard deviation of the noise divided by the clipping norm.",
        "Default: what the budget needs for all rounds."
      })
  private @Nullable Double noiseMultiplier;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      defaultValue = "breast-cancer",
      description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private @Nullable Source dataset;

  @Option(names = "--no-dp", description = "Train without differential privacy.")
  private boolean withoutDifferentialPrivacy;

  @Option(names = "--no-secagg", description = "Train without secure aggregation.")
  private boolean withoutSecureAggregation;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "20260101",
      description = {
        "Seed of the shuffled data and of the drop-outs, never of a secret or of noise.",
        "Default: ${DEFAULT-VALUE}."
      })
  private long seed;

  @Option(
      names = "--keep",
      description = "Keep the services running afterwards until Ctrl-C, and print URLs and a key.")
  private boolean keep;

  @Option(
      names = "--compare",
      paramLabel = "FILE",
      description = {
        "Train without privacy, with each mechanism alone and with both at epsilon 1, 2, 4 and 8, and",
        "write an HTML page with plots. Takes some minutes; --epsilon and the like have no meaning then."
      })
  private @Nullable Path compare;

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
    DemoOptions options = options();
    Console console = Console.of(json);
    if (compare != null) {
      return compare(options, console, compare);
    }
    try (Demonstration demonstration =
        Demonstration.start(
            StackOptions.fromLauncher().withNativeImages(nativeImages), options, console)) {
      Demonstration.Outcome outcome = demonstration.run();
      if (json) {
        console.machine().println(outcome.report().toJson());
      } else {
        outcome.report().print(console.people());
      }
      outcome.problem().ifPresent(problem -> System.err.println("octomil demo: " + problem));
      if (keep) {
        demonstration.keepRunning();
      }
      return outcome.exitCode();
    } catch (StackException e) {
      System.err.println("octomil demo: " + e.getMessage());
      return ExitCodes.FAILED;
    }
  }

  private int compare(DemoOptions options, Console console, Path file) throws InterruptedException {
    if (epsilon != null
        || noiseMultiplier != null
        || withoutDifferentialPrivacy
        || withoutSecureAggregation
        || keep
        || json) {
      throw new ParameterException(
          spec.commandLine(),
          "--compare chooses the mechanisms itself: leave out --epsilon, --noise-multiplier, --no-dp, --no-secagg,"
              + " --keep and --json");
    }
    try {
      List<Comparison.Way> ways =
          new Comparison(
                  StackOptions.fromLauncher().withNativeImages(nativeImages), options, console)
              .run();
      Files.writeString(file, ComparisonPage.html(options, ways));
      console.people().println();
      Comparison.table(ways).lines().forEach(line -> console.people().println("  " + line));
      console.people().println();
      console.people().println("Plots: " + file.toAbsolutePath());
      return ExitCodes.OK;
    } catch (StackException | IOException e) {
      System.err.println("octomil demo: " + e.getMessage());
      return ExitCodes.FAILED;
    }
  }

  private DemoOptions options() {
    if (withoutDifferentialPrivacy && epsilon != null) {
      throw new ParameterException(
          spec.commandLine(), "--epsilon has no meaning together with --no-dp");
    }
    Optional<Double> budget =
        withoutDifferentialPrivacy
            ? Optional.empty()
            : Optional.of(epsilon == null ? DEFAULT_EPSILON : epsilon);
    try {
      return new DemoOptions(
          dataset == null ? Source.BREAST_CANCER : dataset,
          rounds,
          devices,
          dropout,
          budget,
          Optional.ofNullable(noiseMultiplier),
          !withoutSecureAggregation,
          seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
  }
}
