package com.octomil.privacy.cli.accountant;

import com.octomil.privacy.cli.console.CommandGroup;
import picocli.CommandLine.Command;

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
public final class AccountantCommand extends CommandGroup {}
