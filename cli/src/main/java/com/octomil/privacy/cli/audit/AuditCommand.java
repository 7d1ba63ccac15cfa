package com.octomil.privacy.cli.audit;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil audit}. */
@Command(
    name = "audit",
    description = "The audit log: export it, and verify an export without trusting its writer.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {VerifyCommand.class, ExportCommand.class, CheckpointCommand.class})
public final class AuditCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "one of verify, export, checkpoint is missing");
  }
}
