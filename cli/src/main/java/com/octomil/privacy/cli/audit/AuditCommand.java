package com.octomil.privacy.cli.audit;

import com.octomil.privacy.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code octomil audit}. */
@Command(
    name = "audit",
    description = "The audit log: export it, and verify an export without trusting its writer.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      VerifyCommand.class,
      ExportCommand.class,
      CheckpointCommand.class,
      KeysCommand.class
    })
public final class AuditCommand extends CommandGroup {}
