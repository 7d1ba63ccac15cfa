package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code octomil federations}. */
@Command(
    name = "federations",
    description = "Federations: list them, create one, see compliance. Without a command it lists.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "[COMMAND]")
public final class FederationsCommand implements Callable<Integer> {

  @Mixin private Remote remote = new Remote();

  @Override
  public Integer call() throws RemoteException, InterruptedException {
    return list(remote);
  }

  @Command(name = "list", description = "All federations.", mixinStandardHelpOptions = true)
  int list(@Mixin Remote at) throws RemoteException, InterruptedException {
    JsonNode answer = at.get(Service.BUDGET, "/api/v1/federations");
    Table table = new Table("federation", "version", "configured", "created");
    for (JsonNode each : answer.path("federations")) {
      table.row(
          Remote.text(each, "name"),
          Remote.text(each, "version"),
          Remote.yesNo(each, "configured"),
          Remote.text(each, "created_at"));
    }
    at.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "create",
      description = "Creates a federation without a configuration.",
      mixinStandardHelpOptions = true)
  int create(@Mixin Federation at) throws RemoteException, InterruptedException {
    JsonNode answer =
        at.send(
            Service.BUDGET,
            "POST",
            "/api/v1/federations",
            Remote.JSON.createObjectNode().put("name", at.name()));
    at.print(answer, "created " + Remote.text(answer, "name"));
    return ExitCodes.OK;
  }

  @Command(
      name = "compliance",
      description =
          "What holds of the compliance profiles; exit code 1 if the federation's does not.",
      mixinStandardHelpOptions = true)
  int compliance(@Mixin Federation at) throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.BUDGET, "/compliance");
    Table table = new Table("clause", "applies", "holds", "evidence");
    for (JsonNode each : answer.path("findings")) {
      table.row(
          Remote.text(each, "clause"),
          Remote.yesNo(each, "applies"),
          Remote.yesNo(each, "holds"),
          Remote.text(each, "evidence"));
    }
    at.print(answer, table);
    return answer.path("complies").asBoolean() ? ExitCodes.OK : ExitCodes.FAILED;
  }
}
