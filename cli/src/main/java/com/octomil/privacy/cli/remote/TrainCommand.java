package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.CommandGroup;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code octomil train}. */
@Command(
    name = "train",
    description = "Training jobs: start, follow, pause, resume, cancel.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class TrainCommand extends CommandGroup {

  private static final Duration POLL = Duration.ofSeconds(1);

  /** The service comments after 15 seconds of quiet. */
  private static final Duration SILENCE = Duration.ofSeconds(45);

  @Command(
      name = "start",
      description = "Starts a job and, with --follow, waits for its end.",
      mixinStandardHelpOptions = true)
  int start(
      @Parameters(index = "1", paramLabel = "MODEL", description = "Name of the model.")
          String model,
      @Option(
              names = "--rounds",
              paramLabel = "N",
              required = true,
              description = "Number of rounds.")
          int rounds,
      @Option(
              names = "--min-updates",
              paramLabel = "N",
              required = true,
              description = "Least devices in a sum.")
          int minUpdates,
      @Option(
              names = "--cohort",
              paramLabel = "N",
              description = "Devices that a round waits for. Default: the expected cohort.")
          Optional<Integer> cohort,
      @Option(
              names = "--local-epochs",
              paramLabel = "N",
              description = "Passes over the local data.")
          Optional<Integer> localEpochs,
      @Option(
              names = "--learning-rate",
              paramLabel = "RATE",
              description = "Step size on the device.")
          Optional<Double> learningRate,
      @Option(
              names = "--algorithm",
              paramLabel = "NAME",
              description = "fedavg, fedprox or fedadam. Default: fedavg.",
              defaultValue = "fedavg")
          String algorithm,
      @Option(
              names = "--proximal-mu",
              paramLabel = "MU",
              description = "Weight of the proximal term, with fedprox.")
          Optional<Double> proximalMu,
      @Option(
              names = "--server-learning-rate",
              paramLabel = "RATE",
              description = "Factor on the average update; with fedadam the step size.")
          Optional<Double> serverLearningRate,
      @Option(
              names = "--beta1",
              paramLabel = "BETA",
              description = "Decay of the first moment, with fedadam.")
          Optional<Double> beta1,
      @Option(
              names = "--beta2",
              paramLabel = "BETA",
              description = "Decay of the second moment, with fedadam.")
          Optional<Double> beta2,
      @Option(
              names = "--tau",
              paramLabel = "TAU",
              description = "Degree of adaptivity, with fedadam.")
          Optional<Double> tau,
      @Option(
              names = "--aggregation",
              paramLabel = "NAME",
              description = "mean, trimmed_mean or coordinate_median. Default: mean.")
          Optional<String> aggregation,
      @Option(
              names = "--trim-fraction",
              paramLabel = "F",
              description = "Left out at each end, with trimmed_mean.")
          Optional<Double> trimFraction,
      @Option(
              names = "--phase-timeout",
              paramLabel = "SECONDS",
              description = "Longest duration of a phase.")
          Optional<Double> phaseTimeout,
      @Option(names = "--follow", description = "Wait for the end of the job.") boolean follow,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    ObjectNode body =
        Remote.JSON
            .createObjectNode()
            .put("model", model)
            .put("algorithm", algorithm)
            .put("rounds", rounds)
            .put("min_updates", minUpdates);
    cohort.ifPresent(value -> body.put("cohort", value));
    localEpochs.ifPresent(value -> body.put("local_epochs", value));
    learningRate.ifPresent(value -> body.put("learning_rate", value));
    proximalMu.ifPresent(value -> body.put("proximal_mu", value));
    serverLearningRate.ifPresent(value -> body.put("server_learning_rate", value));
    beta1.ifPresent(value -> body.put("beta1", value));
    beta2.ifPresent(value -> body.put("beta2", value));
    tau.ifPresent(value -> body.put("tau", value));
    aggregation.ifPresent(value -> body.put("aggregation", value));
    trimFraction.ifPresent(value -> body.put("trim_fraction", value));
    phaseTimeout.ifPresent(value -> body.put("phase_timeout_seconds", value));
    JsonNode job = at.write(Service.AGGREGATOR, "POST", Jobs.PATH, body);
    if (follow) {
      return follow(Remote.text(job, "id"), at);
    }
    at.print(job, Remote.text(job, "id"));
    return ExitCodes.OK;
  }

  @Command(
      name = "list",
      description = "Jobs of a federation, newest first.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Federation at) throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.AGGREGATOR, Jobs.PATH);
    Table table = new Table("job", "model", "state", "completed", "rounds");
    for (JsonNode each : answer.path("jobs")) {
      table.row(
          Remote.text(each, "id"),
          Remote.text(each, "model"),
          Remote.text(each, "state"),
          Remote.text(each, "rounds_completed"),
          Remote.text(each, "rounds_requested"));
    }
    at.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(name = "show", description = "A job and its rounds.", mixinStandardHelpOptions = true)
  int show(
      @Parameters(index = "1", paramLabel = "JOB", description = "Identifier of the job.")
          String id,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    JsonNode job = Jobs.get(at, id);
    at.print(job, describe(job));
    return code(job);
  }

  @Command(
      name = "follow",
      description = {
        "Waits for the end of a job.",
        "Exit code 3 if the budget ended first, 4 if it ended otherwise without all rounds."
      },
      mixinStandardHelpOptions = true)
  int follow(
      @Parameters(index = "1", paramLabel = "JOB", description = "Identifier of the job.")
          String id,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    PrintWriter progress = spec().commandLine().getErr();
    if (!followEvents(id, at, progress) && !at.json()) {
      progress.println("no stream of events; asking every second");
      progress.flush();
    }
    int shown = -1;
    while (true) {
      JsonNode job = Jobs.get(at, id);
      int completed = job.path("rounds_completed").asInt();
      if (completed != shown && !at.json()) {
        progress.printf("%d rounds completed%n", completed);
        progress.flush();
        shown = completed;
      }
      String state = Remote.text(job, "state");
      if (!Jobs.active(state)) {
        at.print(job, describe(job));
        return code(job);
      }
      Thread.sleep(POLL);
    }
  }

  /** Prints events until the job is no longer active; false if the stream is not to be had. */
  private static boolean followEvents(String id, Federation at, PrintWriter progress)
      throws InterruptedException {
    String path = at.path(Jobs.path(id) + "/progress");
    try (ServerSentEvents events =
        new ServerSentEvents(
            at.stream(Service.AGGREGATOR, "GET", path, "text/event-stream"), SILENCE)) {
      while (true) {
        Optional<ServerSentEvents.Event> event = events.next();
        if (event.isEmpty()) {
          return true;
        }
        JsonNode data = Remote.JSON.readTree(event.get().data());
        String state = Remote.text(data, "state");
        if (event.get().name().equals("job")) {
          if (!Jobs.active(state)) {
            return true;
          }
        } else if (!at.json()) {
          progress.printf(
              "round %s, attempt %s: %s%n",
              Remote.text(data, "number"), Remote.text(data, "attempt"), state);
          progress.flush();
        }
      }
    } catch (RemoteException | IOException e) {
      return false;
    }
  }

  @Command(name = "cancel", description = "Cancels a job.", mixinStandardHelpOptions = true)
  int cancel(
      @Parameters(index = "1", paramLabel = "JOB", description = "Identifier of the job.")
          String id,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    return change(id, "cancel", at);
  }

  @Command(
      name = "pause",
      description = "Pauses a job once the round that runs is over.",
      mixinStandardHelpOptions = true)
  int pause(
      @Parameters(index = "1", paramLabel = "JOB", description = "Identifier of the job.")
          String id,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    return change(id, "pause", at);
  }

  @Command(name = "resume", description = "Resumes a paused job.", mixinStandardHelpOptions = true)
  int resume(
      @Parameters(index = "1", paramLabel = "JOB", description = "Identifier of the job.")
          String id,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    return change(id, "resume", at);
  }

  private static int change(String id, String action, Federation at)
      throws RemoteException, InterruptedException {
    JsonNode job = at.write(Service.AGGREGATOR, "POST", Jobs.path(id) + "/" + action, null);
    at.print(
        job,
        Remote.text(job, "state")
            + (job.path("pause_requested").asBoolean() ? ", pauses after this round" : ""));
    return ExitCodes.OK;
  }

  private static int code(JsonNode job) {
    return switch (Remote.text(job, "state")) {
      case "paused" ->
          Remote.text(job, "reason").contains("budget") ? ExitCodes.BUDGET : ExitCodes.TRAINING;
      case "failed", "cancelled" -> ExitCodes.TRAINING;
      default -> ExitCodes.OK;
    };
  }

  private static String describe(JsonNode job) {
    Table table =
        new Table("round", "attempt", "state", "cohort", "survivors", "epsilon spent", "reason");
    for (JsonNode round : job.path("rounds")) {
      table.row(
          Remote.text(round, "number"),
          Remote.text(round, "attempt"),
          Remote.text(round, "state"),
          Remote.text(round, "cohort"),
          Remote.text(round, "survivors"),
          Remote.text(round, "epsilon_spent"),
          Remote.text(round, "abort_detail"));
    }
    String reason = Remote.text(job, "reason");
    return Remote.text(job, "state")
        + (reason.equals("-") ? "" : ": " + reason)
        + System.lineSeparator()
        + table;
  }
}
