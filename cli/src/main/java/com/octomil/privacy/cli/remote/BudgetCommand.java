package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.math.BigDecimal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code octomil budget}. */
@Command(
    name = "budget",
    description = "What a federation has spent and what is left.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class BudgetCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of show, rounds, allocate is missing");
  }

  @Command(
      name = "show",
      description = "Spent, reserved and left; exit code 3 if no further round is affordable.",
      mixinStandardHelpOptions = true)
  int show(
      @Parameters(paramLabel = "FEDERATION") String federation,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer =
        where.get(Service.BUDGET, Installation.federation(federation, "/privacy/budget"));
    Table table = new Table("figure", "value");
    answer
        .fields()
        .forEachRemaining(field -> {
          if (field.getValue().isValueNode() && !field.getValue().isNull()) {
            table.row(field.getKey(), field.getValue().asText());
          }
        });
    how.print(answer, table);
    JsonNode affordable = answer.path("rounds_affordable");
    return affordable.isNumber() && affordable.asLong() == 0 ? ExitCodes.BUDGET : ExitCodes.OK;
  }

  @Command(
      name = "rounds",
      description = "Every reservation of the current version, oldest first.",
      mixinStandardHelpOptions = true)
  int rounds(
      @Parameters(paramLabel = "FEDERATION") String federation,
      @Option(names = "--limit", defaultValue = "100", description = "At most so many.") int limit,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer =
        where.get(
            Service.BUDGET,
            Installation.federation(federation, "/privacy/budget/rounds?limit=" + limit));
    Table table =
        new Table(
            "round", "attempt", "state", "epsilon added", "epsilon spent", "cohort", "survivors");
    for (JsonNode each : answer.path("rounds")) {
      table.row(
          Output.text(each, "round_id"),
          Output.text(each, "attempt"),
          Output.text(each, "state"),
          Output.text(each, "epsilon_added"),
          Output.text(each, "epsilon_spent"),
          Output.text(each, "cohort"),
          Output.text(each, "survivors"));
    }
    how.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "allocate",
      description = "Adds to the budget of the current version.",
      mixinStandardHelpOptions = true)
  int allocate(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "EPSILON") BigDecimal epsilon,
      @Option(names = "--reason", required = true, description = "Why, for the record.")
          String reason,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer =
        where.send(
            Service.BUDGET,
            "POST",
            Installation.federation(federation, "/privacy/budget/allocations"),
            Installation.JSON.createObjectNode().put("epsilon", epsilon).put("reason", reason));
    how.print(answer, "the budget is now epsilon " + Output.text(answer, "epsilon"));
    return ExitCodes.OK;
  }
}
