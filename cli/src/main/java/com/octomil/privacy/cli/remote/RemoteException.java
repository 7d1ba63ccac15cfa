package com.octomil.privacy.cli.remote;

import com.octomil.privacy.cli.console.ExitCodes;

/** A service refused a request, or did not answer. */
public final class RemoteException extends Exception implements ExitCodes.Carrier {

  private static final long serialVersionUID = 1L;
  private final int exitCode;

  RemoteException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  RemoteException(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  @Override
  public int exitCode() {
    return exitCode;
  }
}
