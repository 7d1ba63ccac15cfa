package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code octomil erase}. */
@Command(
    name = "erase",
    description = {
      "Excludes a device for good, as its data subject may demand, and lists where it took part.",
      "Exit code 1 if a model should have been rebuilt and could not be."
    },
    mixinStandardHelpOptions = true)
public final class EraseCommand implements Callable<Integer> {

  @Mixin private Federation at = new Federation();

  @Parameters(index = "1", paramLabel = "DEVICE", description = "Identifier or pseudonym.")
  private String device = "";

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      required = true,
      description = "Why, for the record.")
  private String reason = "";

  @Option(
      names = "--rebuild",
      description = "Rebuild models without the rounds that the device took part in.")
  private boolean rebuild;

  @Override
  public Integer call() throws RemoteException, InterruptedException {
    JsonNode answer =
        at.write(
            Service.AGGREGATOR,
            "POST",
            "/erasures",
            Remote.JSON
                .createObjectNode()
                .put("device", device)
                .put("reason", reason)
                .put("selective_exclusion", rebuild));
    Table table = new Table("model", "round", "admitted", "in the sum", "model version");
    for (JsonNode round : answer.path("rounds")) {
      table.row(
          Remote.text(round, "model"),
          Remote.text(round, "number"),
          Remote.text(round, "admitted_at"),
          Remote.yesNo(round, "counted"),
          Remote.text(round, "published_version"));
    }
    StringBuilder text =
        new StringBuilder("excluded ")
            .append(Remote.text(answer, "pseudonym"))
            .append(" (erasure ")
            .append(Remote.text(answer, "id"))
            .append(")");
    if (!answer.path("rounds").isEmpty()) {
      text.append(System.lineSeparator()).append(table);
    }
    boolean impossible = false;
    for (JsonNode each : answer.path("rebuilds")) {
      boolean failed = each.hasNonNull("problem");
      impossible |= failed;
      text.append(System.lineSeparator())
          .append(Remote.text(each, "model"))
          .append(": ")
          .append(
              failed
                  ? Remote.text(each, "problem")
                  : "version "
                      + Remote.text(each, "version")
                      + " takes the place of version "
                      + Remote.text(each, "from_version"));
    }
    at.print(answer, text.toString());
    return impossible ? ExitCodes.FAILED : ExitCodes.OK;
  }
}
