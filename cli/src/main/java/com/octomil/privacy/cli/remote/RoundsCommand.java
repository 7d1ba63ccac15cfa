package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.octomil.privacy.cli.console.CommandGroup;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code octomil rounds}. */
@Command(
    name = "rounds",
    description = "Rounds of training: who came, who dropped out where, and what it cost.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class RoundsCommand extends CommandGroup {

  /** The steps that devices may not finish, as the answers name them. */
  private static final List<String> STEPS =
      List.of("advertise", "share", "upload", "sign_survivors", "reveal");

  @Command(
      name = "list",
      description = "Attempts at rounds, oldest first: of one job, or of the newest one.",
      mixinStandardHelpOptions = true)
  int list(
      @Option(
              names = "--job",
              paramLabel = "JOB",
              description = "Training job. Default: the newest.")
          Optional<String> job,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    ArrayNode rounds = Remote.JSON.createArrayNode();
    Optional<String> id = job.isPresent() ? job : Jobs.newest(at);
    if (id.isPresent()) {
      Jobs.get(at, id.get()).path("rounds").forEach(rounds::add);
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
          Remote.text(round, "number"),
          Remote.text(round, "attempt"),
          Remote.text(round, "state"),
          Remote.text(round, "checked_in"),
          Remote.text(round, "cohort"),
          Remote.text(round, "survivors"),
          Remote.text(round, "epsilon_spent"),
          Remote.text(round, "model_version"));
    }
    at.print(rounds, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "show",
      description = "One round with all its attempts: drop-outs by step, faults, and reasons.",
      mixinStandardHelpOptions = true)
  int show(
      @Parameters(index = "1", paramLabel = "ROUND", description = "Number within its job.")
          int number,
      @Option(
              names = "--job",
              paramLabel = "JOB",
              description = "Training job. Default: the newest.")
          Optional<String> job,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    Optional<String> id = job.isPresent() ? job : Jobs.newest(at);
    if (id.isEmpty()) {
      throw new ParameterException(
          spec().commandLine(), "the federation '" + at.name() + "' has no training job yet");
    }
    ArrayNode attempts = Remote.JSON.createArrayNode();
    for (JsonNode round : Jobs.get(at, id.get()).path("rounds")) {
      if (round.path("number").asInt() == number) {
        attempts.add(round);
      }
    }
    if (attempts.isEmpty()) {
      throw new ParameterException(
          spec().commandLine(), "job " + id.get() + " has no round " + number + " yet");
    }
    StringBuilder text = new StringBuilder();
    for (JsonNode attempt : attempts) {
      text.append(describe(attempt));
    }
    at.print(attempts, text.toString().strip());
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
            "groups",
            "groups_left_out",
            "denominator",
            "clip_norm",
            "unclipped_share",
            "epsilon_spent",
            "abort_reason",
            "abort_detail")) {
      String value = Remote.text(attempt, field);
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
          Remote.text(fault, "kind").replace('_', ' '),
          Remote.text(fault, "participant_id") + ", " + Remote.text(fault, "occurrences"));
    }
    return table + System.lineSeparator();
  }
}
