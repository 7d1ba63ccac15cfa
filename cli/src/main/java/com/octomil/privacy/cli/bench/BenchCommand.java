package com.octomil.privacy.cli.bench;

import com.octomil.privacy.cli.console.CommandGroup;
import picocli.CommandLine.Command;

/** {@code octomil bench}: measures this computer. */
@Command(
    name = "bench",
    description = "Measures speed, memory and bytes on this computer.",
    mixinStandardHelpOptions = true,
    subcommands = {
      DpCommand.class,
      SecaggCommand.class,
      RoundCommand.class,
      IngestCommand.class,
      NativeCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
public final class BenchCommand extends CommandGroup {}
