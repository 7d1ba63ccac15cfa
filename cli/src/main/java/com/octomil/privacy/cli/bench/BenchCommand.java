package com.octomil.privacy.cli.bench;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil bench}: measures this computer. */
@Command(
    name = "bench",
    description = "Measures speed, memory and bytes on this computer.",
    mixinStandardHelpOptions = true,
    subcommands = {DpCommand.class, SecaggCommand.class, RoundCommand.class, NativeCommand.class},
    synopsisSubcommandLabel = "COMMAND")
public final class BenchCommand implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
