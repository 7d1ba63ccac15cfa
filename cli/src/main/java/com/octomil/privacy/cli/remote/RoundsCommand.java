package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code octomil rounds}. */
@Command(
    name = "rounds",
    description = "Rounds of training: who came, who dropped out where, and what it cost.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class RoundsCommand implements Runnable {

  /** The steps that devices may not finish, as the answers name them. */
  private static final List<String> STEPS =
      List.of("advertise", "share", "upload", "sign_survivors", "reveal");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of list, show is missing");
  }

  @Command(
      name = "list",
      description = "Attempts at rounds, oldest first: of one job, or of the newest one.",
      mixinStandardHelpOptions = true)
  int list(
      @Parameters(paramLabel = "FEDERATION") String federation,
      @Option(names = "--job", description = "Training job. Default: the newest.")
          Optional<String> job,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    ArrayNode rounds = Installation.JSON.createArrayNode();
    Optional<String> id = job.isPresent() ? job : newest(where, federation);
    if (id.isPresent()) {
      job(where, federation, id.get()).path("rounds").forEach(rounds::add);
    }
    Table table =
        new Table(
            "round",
            "attempt",
            "state",
            "checked in",
            "cohort",
            "survivors",
            "epsilon spent",
            "model");
    for (JsonNode round : rounds) {
      table.row(
          Output.text(round, "number"),
          Output.text(round, "attempt"),
          Output.text(round, "state"),
          Output.text(round, "checked_in"),
          Output.text(round, "cohort"),
          Output.text(round, "survivors"),
          Output.text(round, "epsilon_spent"),
          Output.text(round, "model_version"));
    }
    how.print(rounds, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "show",
      description = "One round with all its attempts: drop-outs by step, faults, and reasons.",
      mixinStandardHelpOptions = true)
  int show(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "ROUND", description = "Number within its job.")
          int number,
      @Option(names = "--job", description = "Training job. Default: the newest.")
          Optional<String> job,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    Optional<String> id = job.isPresent() ? job : newest(where, federation);
    if (id.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "the federation '" + federation + "' has no training job yet");
    }
    ArrayNode attempts = Installation.JSON.createArrayNode();
    for (JsonNode round : job(where, federation, id.get()).path("rounds")) {
      if (round.path("number").asInt() == number) {
        attempts.add(round);
      }
    }
    if (attempts.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "job " + id.get() + " has no round " + number + " yet");
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode attempt : attempts) {
      text.append(describe(attempt));
    }
    how.print(attempts, text.toString().stripTrailing());
    return ExitCodes.OK;
  }

  private static String describe(JsonNode attempt) {
    Table table = new Table("", "");
    for (String field :
        List.of(
            "attempt",
            "state",
            "round_id",
            "created_at",
            "updated_at",
            "secure_aggregation",
            "trained_on_version",
            "model_version",
            "checked_in",
            "cohort",
            "survivors",
            "denominator",
            "clip_norm",
            "unclipped_share",
            "epsilon_spent",
            "abort_reason",
            "abort_detail")) {
      String value = Output.text(attempt, field);
      if (!value.equals("-")) {
        table.row(field.replace('_', ' '), value);
      }
    }
    for (String step : STEPS) {
      int dropped = attempt.path("dropped").path(step).asInt();
      if (dropped > 0) {
        table.row("dropped out before " + step.replace('_', ' '), Integer.toString(dropped));
      }
    }
    for (JsonNode fault : attempt.path("faults")) {
      table.row(
          Output.text(fault, "kind").replace('_', ' '),
          Output.text(fault, "participant_id") + ", " + Output.text(fault, "occurrences"));
    }
    return table + System.lineSeparator();
  }

  private static Optional<String> newest(Installation where, String federation)
      throws RemoteException, InterruptedException {
    JsonNode jobs =
        where
            .get(Service.AGGREGATOR, Installation.federation(federation, "/training"))
            .path("jobs");
    return jobs.isEmpty() ? Optional.empty() : Optional.of(Output.text(jobs.get(0), "id"));
  }

  private static JsonNode job(Installation where, String federation, String id)
      throws RemoteException, InterruptedException {
    return where.get(
        Service.AGGREGATOR, Installation.federation(federation, "/training/" + Paths.segment(id)));
  }
}
