package com.octomil.privacy.device.state;

import org.jspecify.annotations.Nullable;

/** The state could not be read or written. A device that cannot remember takes no further step. */
public final class StateStoreException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /**
   * {@code message} says what the store could not do, {@code cause} why.
   *
   * @param message for people
   * @param cause what went wrong; null if nothing was thrown
   */
  public StateStoreException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
