package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code octomil devices}. */
@Command(
    name = "devices",
    description = "Devices of a federation: count, enrol, revoke.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class DevicesCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "one of count, enroll, revoke is missing");
  }

  @Command(
      name = "count",
      description = "Numbers of devices by state and region.",
      mixinStandardHelpOptions = true)
  int count(
      @Parameters(paramLabel = "FEDERATION") String federation,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer = where.get(Service.RELAY, Installation.federation(federation, "/devices"));
    Table table = new Table("state", "region", "devices");
    for (JsonNode each : answer.path("devices")) {
      table.row(
          Output.text(each, "state"), Output.text(each, "region"), Output.text(each, "count"));
    }
    how.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "enroll",
      description = {
        "Makes one-time enrolment codes and prints them with the device each is for.",
        "They are shown this once; keep the identifiers apart from the codes."
      },
      mixinStandardHelpOptions = true)
  int enroll(
      @Parameters(paramLabel = "FEDERATION") String federation,
      @Option(names = "--count", defaultValue = "1", description = "How many.") int count,
      @Option(names = "--region", description = "Region that the devices are bound to.")
          Optional<String> region,
      @Option(names = "--expires-in", description = "Seconds.") Optional<Long> expiresIn,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    ObjectNode body = Installation.JSON.createObjectNode().put("count", count);
    region.ifPresent(name -> body.put("region", name));
    expiresIn.ifPresent(seconds -> body.put("expires_in", seconds));
    JsonNode answer =
        where.send(
            Service.RELAY,
            "POST",
            Installation.federation(federation, "/devices/enrollment-codes"),
            body);
    Table table = new Table("code", "device");
    for (JsonNode each : answer.path("codes")) {
      table.row(Output.text(each, "code"), Output.text(each, "device_id"));
    }
    how.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "revoke",
      description = "Revokes a device for good.",
      mixinStandardHelpOptions = true)
  int revoke(
      @Parameters(index = "0", paramLabel = "FEDERATION") String federation,
      @Parameters(index = "1", paramLabel = "DEVICE") String device,
      @Mixin Installation where,
      @Mixin Output how)
      throws RemoteException, InterruptedException {
    JsonNode answer =
        where.send(
            Service.RELAY,
            "DELETE",
            Installation.federation(federation, "/devices/" + Paths.segment(device)),
            null);
    how.print(answer, "revoked");
    return ExitCodes.OK;
  }
}
