package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.CommandGroup;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.math.BigDecimal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code octomil budget}. */
@Command(
    name = "budget",
    description = "What a federation has spent and what is left.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class BudgetCommand extends CommandGroup {

  @Command(
      name = "show",
      description = "Spent, reserved and left; exit code 3 if no further round is affordable.",
      mixinStandardHelpOptions = true)
  int show(@Mixin Federation at) throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.BUDGET, "/privacy/budget");
    Table table = new Table("figure", "value");
    answer
        .fields()
        .forEachRemaining(field -> {
          if (field.getValue().isValueNode() && !field.getValue().isNull()) {
            table.row(field.getKey(), field.getValue().asText());
          }
        });
    at.print(answer, table);
    JsonNode affordable = answer.path("rounds_affordable");
    return affordable.isNumber() && affordable.asLong() == 0 ? ExitCodes.BUDGET : ExitCodes.OK;
  }

  @Command(
      name = "rounds",
      description = "Every reservation of the current version, oldest first.",
      mixinStandardHelpOptions = true)
  int rounds(
      @Option(
              names = "--limit",
              paramLabel = "N",
              defaultValue = "100",
              description = "At most so many.")
          int limit,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.BUDGET, "/privacy/budget/rounds?limit=" + limit);
    Table table =
        new Table(
            "round", "attempt", "state", "epsilon added", "epsilon spent", "cohort", "survivors");
    for (JsonNode each : answer.path("rounds")) {
      table.row(
          Remote.text(each, "round_id"),
          Remote.text(each, "attempt"),
          Remote.text(each, "state"),
          Remote.text(each, "epsilon_added"),
          Remote.text(each, "epsilon_spent"),
          Remote.text(each, "cohort"),
          Remote.text(each, "survivors"));
    }
    at.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "allocate",
      description = "Adds to the budget of the current version.",
      mixinStandardHelpOptions = true)
  int allocate(
      @Parameters(index = "1", paramLabel = "EPSILON", description = "How much to add.")
          BigDecimal epsilon,
      @Option(
              names = "--reason",
              paramLabel = "TEXT",
              required = true,
              description = "Why, for the record.")
          String reason,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    JsonNode answer =
        at.write(
            Service.BUDGET,
            "POST",
            "/privacy/budget/allocations",
            Remote.JSON.createObjectNode().put("epsilon", epsilon).put("reason", reason));
    at.print(answer, "the budget is now epsilon " + Remote.text(answer, "epsilon"));
    return ExitCodes.OK;
  }
}
