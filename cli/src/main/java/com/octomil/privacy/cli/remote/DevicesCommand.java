package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.CommandGroup;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code octomil devices}. */
@Command(
    name = "devices",
    description = "Devices of a federation: count, enrol, revoke; the key that they pin.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class DevicesCommand extends CommandGroup {

  @Command(
      name = "count",
      description = "Numbers of devices by state and region.",
      mixinStandardHelpOptions = true)
  int count(@Mixin Federation at) throws RemoteException, InterruptedException {
    JsonNode answer = at.read(Service.RELAY, "/devices");
    Table table = new Table("state", "region", "devices");
    for (JsonNode each : answer.path("devices")) {
      table.row(
          Remote.text(each, "state"), Remote.text(each, "region"), Remote.text(each, "count"));
    }
    at.print(answer, table);
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
      @Option(names = "--count", paramLabel = "N", defaultValue = "1", description = "How many.")
          int count,
      @Option(
              names = "--region",
              paramLabel = "NAME",
              description = "Region that the devices are bound to.")
          Optional<String> region,
      @Option(names = "--expires-in", paramLabel = "SECONDS", description = "Life of the codes.")
          Optional<Long> expiresIn,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    ObjectNode body = Remote.JSON.createObjectNode().put("count", count);
    region.ifPresent(name -> body.put("region", name));
    expiresIn.ifPresent(seconds -> body.put("expires_in", seconds));
    JsonNode answer = at.write(Service.RELAY, "POST", "/devices/enrollment-codes", body);
    Table table = new Table("code", "device");
    for (JsonNode each : answer.path("codes")) {
      table.row(Remote.text(each, "code"), Remote.text(each, "device_id"));
    }
    at.print(answer, table);
    return ExitCodes.OK;
  }

  @Command(
      name = "authority",
      description = {
        "The Ed25519 key of the enrolment authority in base64, for devices to pin.",
        "Give it to devices in another way than through the relay."
      },
      mixinStandardHelpOptions = true)
  int authority(@Mixin Remote at) throws RemoteException, InterruptedException {
    JsonNode answer = at.get(Service.RELAY, "/api/v1/enrollment-authority");
    at.print(answer, Remote.text(answer, "public_key"));
    return ExitCodes.OK;
  }

  @Command(
      name = "revoke",
      description = "Revokes a device for good.",
      mixinStandardHelpOptions = true)
  int revoke(
      @Parameters(
              index = "1",
              paramLabel = "DEVICE",
              description = "Identifier of the device, as it came with its code.")
          String device,
      @Mixin Federation at)
      throws RemoteException, InterruptedException {
    JsonNode answer = at.write(Service.RELAY, "DELETE", "/devices/" + Paths.segment(device), null);
    at.print(answer, "revoked");
    return ExitCodes.OK;
  }
}
