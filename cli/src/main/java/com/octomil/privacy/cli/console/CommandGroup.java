package com.octomil.privacy.cli.console;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that does nothing without one of its subcommands. */
public abstract class CommandGroup implements Runnable {

  @Spec private CommandSpec spec = CommandSpec.create();

  /** For subclasses. */
  protected CommandGroup() {}

  /** What picocli knows of this command. */
  protected final CommandSpec spec() {
    return spec;
  }

  @Override
  public final void run() {
    throw new ParameterException(
        spec.commandLine(),
        "one of " + String.join(", ", spec.subcommands().keySet()) + " is missing");
  }
}
