package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code octomil federations}. */
@Command(
    name = "federations",
    description = "Federations: list them, create one, open a version, see compliance.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "[COMMAND]")
public final class FederationsCommand implements Callable<Integer> {

  @Mixin private Installation installation = new Installation();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws RemoteException, InterruptedException {
    JsonNode answer = installation.get(Service.BUDGET, "/api/v1/federations");
    Table table = new Table("federation", "version", "configured", "created");
    for (JsonNode each : answer.path("federations")) {
      table.row(
          Output.text(each, "name"),
          Output.text(each, "version"),
          each.path("configured").asBoolean() ? "yes" : "no",
          Output.text(each, "created_at"));
    }
    output.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "create",
      description = "Creates a federation without a configuration.",
      mixinStandardHelpOptions = true)
  int create(
      @Parameters(paramLabel = "FEDERATION") String name,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer =
        where.send(
            Service.BUDGET,
            "POST",
            "/api/v1/federations",
            Installation.JSON.createObjectNode().put("name", name));
    how.print(answer, "created " + Output.text(answer, "name"));
    return ExitCodes.OK;
  }

  @Command(
      name = "compliance",
      description =
          "What holds of the compliance profiles; exit code 1 if the federation's does not.",
      mixinStandardHelpOptions = true)
  int compliance(
      @Parameters(paramLabel = "FEDERATION") String name,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer = where.get(Service.BUDGET, Installation.federation(name, "/compliance"));
    Table table = new Table("clause", "applies", "holds", "evidence");
    for (JsonNode each : answer.path("findings")) {
      table.row(
          Output.text(each, "clause"),
          each.path("applies").asBoolean() ? "yes" : "no",
          each.path("holds").asBoolean() ? "yes" : "no",
          Output.text(each, "evidence"));
    }
    how.print(answer, table);
    return answer.path("complies").asBoolean() ? ExitCodes.OK : ExitCodes.FAILED;
  }
}
