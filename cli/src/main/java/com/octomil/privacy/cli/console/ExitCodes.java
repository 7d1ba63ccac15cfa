package com.octomil.privacy.cli.console;

/** What the exit code of the command means. Two is also what picocli returns for bad usage. */
public final class ExitCodes {

  /** Everything that was asked for is done. */
  public static final int OK = 0;

  /** Something failed; the message on standard error says what. */
  public static final int FAILED = 1;

  /** The command line was wrong. */
  public static final int USAGE = 2;

  /** The privacy budget ended before the training did, or was overspent. */
  public static final int BUDGET = 3;

  /** The training ended without all its rounds. */
  public static final int TRAINING = 4;

  /** The API key is not good, or not for this. */
  public static final int DENIED = 5;

  /** A service did not answer, or is unavailable for now. */
  public static final int UNREACHABLE = 6;

  /** A failure that has an exit code of its own. */
  public interface Carrier {

    /** One of the codes of this class. */
    int exitCode();
  }

  private ExitCodes() {}
}
