package com.octomil.privacy.cli.stack;

import java.io.Serial;

/**
 * The stack could not be started, or a part of it died. The message says which part and shows the
 * end of its log.
 */
public final class StackException extends Exception {

  @Serial private static final long serialVersionUID = 1L;

  /**
   * With a message for people.
   *
   * @param message what failed, where the log is and how it ends
   */
  public StackException(String message) {
    super(message);
  }

  /**
   * With a message for people and what caused it.
   *
   * @param message what failed, where the log is and how it ends
   * @param cause the failure underneath
   */
  public StackException(String message, Throwable cause) {
    super(message, cause);
  }
}
