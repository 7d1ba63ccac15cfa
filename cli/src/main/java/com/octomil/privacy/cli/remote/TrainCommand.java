package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code octomil train}. */
@Command(
    name = "train",
    description = "Training jobs: start, follow, pause, resume, cancel.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class TrainCommand implements Runnable {

  private static final Duration POLL = Duration.ofSeconds(1);

  /** The service comments after 15 seconds of quiet. */
  private static final Duration SILENCE = Duration.ofSeconds(45);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "one of start, list, show, follow, pause, resume, cancel is missing");
  }

  @Command(
      name = "start",
      description = "Starts a job and, with --follow, waits for its end.",
      mixinStandardHelpOptions = true)
  int start(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "MODEL") String model,
      @Option(names = "--rounds", required = true, description = "Number of rounds.") int rounds,
      @Option(names = "--min-updates", required = true, description = "Least devices in a sum.")
          int minUpdates,
      @Option(names = "--cohort", description = "Devices of a round.") Optional<Integer> cohort,
      @Option(names = "--local-epochs", description = "Epochs on the device.")
          Optional<Integer> localEpochs,
      @Option(names = "--learning-rate", description = "On the device.")
          Optional<Double> learningRate,
      @Option(
              names = "--algorithm",
              description = "fedavg, fedprox or fedadam. Default: fedavg.",
              defaultValue = "fedavg")
          String algorithm,
      @Option(names = "--proximal-mu", description = "Weight of the proximal term, with fedprox.")
          Optional<Double> proximalMu,
      @Option(names = "--server-learning-rate", description = "Of the server.")
          Optional<Double> serverLearningRate,
      @Option(names = "--beta1", description = "Decay of the first moment, with fedadam.")
          Optional<Double> beta1,
      @Option(names = "--beta2", description = "Decay of the second moment, with fedadam.")
          Optional<Double> beta2,
      @Option(names = "--tau", description = "Degree of adaptivity, with fedadam.")
          Optional<Double> tau,
      @Option(
              names = "--aggregation",
              description = "mean, trimmed_mean or coordinate_median. Default: mean.")
          Optional<String> aggregation,
      @Option(names = "--trim-fraction", description = "Left out at each end, with trimmed_mean.")
          Optional<Double> trimFraction,
      @Option(names = "--phase-timeout", description = "Seconds of a phase.")
          Optional<Double> phaseTimeout,
      @Option(names = "--follow", description = "Wait for the end of the job.") boolean follow,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    ObjectNode body =
        Installation.JSON
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
    JsonNode job =
        where.send(
            Service.AGGREGATOR, "POST", Installation.federation(federation, "/training"), body);
    if (follow) {
      return follow(federation, Output.text(job, "id"), where, how);
    }
    how.print(job, Output.text(job, "id"));
    return ExitCodes.OK;
  }

  @Command(
      name = "list",
      description = "Jobs of a federation, newest first.",
      mixinStandardHelpOptions = true)
  int list(
      @Parameters(paramLabel = "FEDERATION") String federation,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer =
        where.get(Service.AGGREGATOR, Installation.federation(federation, "/training"));
    Table table = new Table("job", "model", "state", "completed", "rounds");
    for (JsonNode each : answer.path("jobs")) {
      table.row(
          Output.text(each, "id"),
          Output.text(each, "model"),
          Output.text(each, "state"),
          Output.text(each, "rounds_completed"),
          Output.text(each, "rounds_requested"));
    }
    how.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(name = "show", description = "A job and its rounds.", mixinStandardHelpOptions = true)
  int show(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "JOB") String id,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode job = job(where, federation, id);
    how.print(job, describe(job));
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
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "JOB") String id,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    PrintWriter progress = spec.commandLine().getErr();
    if (!followEvents(federation, id, where, how, progress) && !how.json()) {
      progress.println("no stream of events; asking every second");
      progress.flush();
    }
    int shown = -1;
    while (true) {
      JsonNode job = job(where, federation, id);
      int completed = job.path("rounds_completed").asInt();
      if (completed != shown && !how.json()) {
        progress.printf("%d rounds completed%n", completed);
        progress.flush();
        shown = completed;
      }
      String state = Output.text(job, "state");
      if (!state.equals("pending") && !state.equals("running")) {
        how.print(job, describe(job));
        return code(job);
      }
      Thread.sleep(POLL);
    }
  }

  /** Prints events until the job is no longer active; false if the stream is not to be had. */
  private static boolean followEvents(
      String federation, String id, Installation where, Output how, PrintWriter progress)
      throws InterruptedException {
    String path =
        Installation.federation(federation, "/training/" + Paths.segment(id) + "/progress");
    try (ServerSentEvents events =
        new ServerSentEvents(
            where.stream(Service.AGGREGATOR, "GET", path, "text/event-stream"), SILENCE)) {
      while (true) {
        Optional<ServerSentEvents.Event> event = events.next();
        if (event.isEmpty()) {
          return true;
        }
        JsonNode data = Installation.JSON.readTree(event.get().data());
        String state = Output.text(data, "state");
        if (event.get().name().equals("job")) {
          if (!state.equals("pending") && !state.equals("running")) {
            return true;
          }
        } else if (!how.json()) {
          progress.printf(
              "round %s, attempt %s: %s%n",
              Output.text(data, "number"), Output.text(data, "attempt"), state);
          progress.flush();
        }
      }
    } catch (RemoteException | IOException e) {
      return false;
    }
  }

  @Command(name = "cancel", description = "Cancels a job.", mixinStandardHelpOptions = true)
  int cancel(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "JOB") String id,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    return change(federation, id, "cancel", where, how);
  }

  @Command(
      name = "pause",
      description = "Pauses a job once the round that runs is over.",
      mixinStandardHelpOptions = true)
  int pause(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "JOB") String id,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    return change(federation, id, "pause", where, how);
  }

  @Command(name = "resume", description = "Resumes a paused job.", mixinStandardHelpOptions = true)
  int resume(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "JOB") String id,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    return change(federation, id, "resume", where, how);
  }

  private static int change(
      String federation, String id, String action, Installation where, Output how)
      throws RemoteException, InterruptedException {
    JsonNode job =
        where.send(
            Service.AGGREGATOR,
            "POST",
            Installation.federation(federation, "/training/" + Paths.segment(id) + "/" + action),
            null);
    how.print(
        job,
        Output.text(job, "state")
            + (job.path("pause_requested").asBoolean() ? ", pauses after this round" : ""));
    return ExitCodes.OK;
  }

  private static JsonNode job(Installation where, String federation, String id)
      throws RemoteException, InterruptedException {
    return where.get(
        Service.AGGREGATOR, Installation.federation(federation, "/training/" + Paths.segment(id)));
  }

  private static int code(JsonNode job) {
    return switch (Output.text(job, "state")) {
      case "paused" ->
          Output.text(job, "reason").contains("budget") ? ExitCodes.BUDGET : ExitCodes.TRAINING;
      case "failed", "cancelled" -> ExitCodes.TRAINING;
      default -> ExitCodes.OK;
    };
  }

  private static String describe(JsonNode job) {
    Table table =
        new Table("round", "attempt", "state", "cohort", "survivors", "epsilon spent", "reason");
    for (JsonNode round : job.path("rounds")) {
      table.row(
          Output.text(round, "number"),
          Output.text(round, "attempt"),
          Output.text(round, "state"),
          Output.text(round, "cohort"),
          Output.text(round, "survivors"),
          Output.text(round, "epsilon_spent"),
          Output.text(round, "abort_detail"));
    }
    String reason = Output.text(job, "reason");
    return Output.text(job, "state")
        + (reason.equals("-") ? "" : ": " + reason)
        + System.lineSeparator()
        + table;
  }
}
