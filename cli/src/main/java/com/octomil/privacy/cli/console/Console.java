package com.octomil.privacy.cli.console;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * The streams of a command. People's output goes to {@link #people}, which is standard output, or
 * standard error when standard output is reserved for JSON.
 *
 * @param people for tables and sentences
 * @param machine for JSON
 * @param interactive whether somebody watches {@code people} on a terminal
 */
public record Console(PrintStream people, PrintStream machine, boolean interactive) {

  /**
   * The console of this process.
   *
   * @param json whether standard output is reserved for JSON
   * @return its streams, in UTF-8
   */
  public static Console of(boolean json) {
    PrintStream out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    java.io.Console terminal = System.console();
    boolean interactive =
        terminal != null && terminal.isTerminal() && System.getenv("CI") == null && !json;
    return new Console(json ? err : out, out, interactive);
  }
}
