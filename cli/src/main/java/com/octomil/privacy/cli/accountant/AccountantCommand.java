package com.octomil.privacy.cli.accountant;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil accountant}: what training rounds cost, and what a budget affords. */
@Command(
    name = "accountant",
    description = {
      "Computes differential-privacy costs with certified bounds.",
      "Every number that limits spending is rounded against the spender."
    },
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      EpsilonCommand.class,
      RoundsCommand.class,
      ForecastCommand.class,
      CalibrateCommand.class
    })
public final class AccountantCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
