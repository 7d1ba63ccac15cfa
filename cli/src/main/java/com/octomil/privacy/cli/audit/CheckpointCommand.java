package com.octomil.privacy.cli.audit;

import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.remote.RemoteException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code octomil audit checkpoint}. */
@Command(
    name = "checkpoint",
    description =
        "Has the log signed as it is now and prints the checkpoint. Keep it elsewhere: 'audit verify --checkpoint'"
            + " later proves that nothing was removed.",
    mixinStandardHelpOptions = true)
final class CheckpointCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AuditLogAddress log = new AuditLogAddress();

  @Override
  public Integer call() throws IOException, RemoteException, InterruptedException {
    try (InputStream answer = log.send("POST", "/checkpoints", "application/json")) {
      spec.commandLine()
          .getOut()
          .println(new String(answer.readAllBytes(), StandardCharsets.UTF_8).strip());
    }
    spec.commandLine().getOut().flush();
    return ExitCodes.OK;
  }
}
