package com.octomil.privacy.cli.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.remote.Installation;
import com.octomil.privacy.cli.remote.RemoteException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code octomil audit keys}. */
@Command(
    name = "keys",
    description = {
      "The public keys that sign the audit log, in PEM.",
      "An auditor compares them with what came another way than from the service."
    },
    mixinStandardHelpOptions = true)
final class KeysCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private Installation installation = new Installation();

  @Option(names = "--json", description = "Print the answer as JSON.")
  private boolean json;

  @Override
  public Integer call() throws RemoteException, InterruptedException {
    JsonNode answer = installation.get(Installation.Service.BUDGET, "/api/v1/audit/keys");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer.toPrettyString());
    } else {
      answer.path("keys").forEach(key -> out.println(key.path("pem").asText().strip()));
    }
    out.flush();
    return ExitCodes.OK;
  }
}
