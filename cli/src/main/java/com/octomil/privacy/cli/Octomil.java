package com.octomil.privacy.cli;

import com.octomil.privacy.cli.accountant.AccountantCommand;
import com.octomil.privacy.cli.accountant.CalibrateCommand;
import com.octomil.privacy.cli.audit.AuditCommand;
import com.octomil.privacy.cli.bench.BenchCommand;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.demo.DemoCommand;
import com.octomil.privacy.cli.plan.PlanCommand;
import com.octomil.privacy.cli.remote.BudgetCommand;
import com.octomil.privacy.cli.remote.CompletionCommand;
import com.octomil.privacy.cli.remote.DevicesCommand;
import com.octomil.privacy.cli.remote.EraseCommand;
import com.octomil.privacy.cli.remote.FederationsCommand;
import com.octomil.privacy.cli.remote.ModelsCommand;
import com.octomil.privacy.cli.remote.PrivacyCommand;
import com.octomil.privacy.cli.remote.ProfileCommand;
import com.octomil.privacy.cli.remote.RoundsCommand;
import com.octomil.privacy.cli.remote.TrainCommand;
import com.octomil.privacy.cli.up.UpCommand;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code octomil} command. */
@Command(
    name = "octomil",
    description = "Privacy for federated learning: secure aggregation and differential privacy.",
    mixinStandardHelpOptions = true,
    versionProvider = Octomil.Version.class,
    subcommands = {
      AuditCommand.class,
      BenchCommand.class,
      BudgetCommand.class,
      CompletionCommand.class,
      DemoCommand.class,
      DevicesCommand.class,
      EraseCommand.class,
      FederationsCommand.class,
      ModelsCommand.class,
      PrivacyCommand.class,
      ProfileCommand.class,
      RoundsCommand.class,
      TrainCommand.class,
      UpCommand.class,
      AccountantCommand.class,
      CalibrateCommand.class,
      PlanCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:something failed; the message says what",
      "2:the command line was wrong",
      "3:the privacy budget ended before the training did, or does not cover the request",
      "4:the training ended without all its rounds",
      "5:the API key is not good, or not for this",
      "6:a service did not answer, or is unavailable for now"
    })
public final class Octomil implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  // Read by the commands that work with an installation, through the model of picocli.
  @SuppressWarnings("UnusedVariable")
  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description =
          "Installation that the command works with, as stored by 'up' or 'profile set'. Default: that of the variable"
              + " OCTOMIL_PROFILE, or default.")
  private @Nullable String profile;

  private Octomil() {}

  /**
   * Runs the command and ends the JVM with its exit code.
   *
   * @param arguments the command line
   */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /**
   * The command with all its subcommands.
   *
   * @return a new parser
   */
  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new Octomil());
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setExecutionExceptionHandler((failure, failed, parsed) -> {
      failed
          .getErr()
          .println(failed.getCommandSpec().qualifiedName(" ") + ": " + describe(failure));
      return failure instanceof ExitCodes.Carrier carrier ? carrier.exitCode() : ExitCodes.FAILED;
    });
    return commandLine;
  }

  private static String describe(Throwable failure) {
    return Objects.requireNonNullElseGet(failure.getMessage(), failure::toString);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a command is missing; 'octomil --help' lists them");
  }

  /** The version of the build. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Octomil.class.getPackage().getImplementationVersion();
      return new String[] {"octomil " + (version == null ? "(unpackaged)" : version)};
    }
  }
}
