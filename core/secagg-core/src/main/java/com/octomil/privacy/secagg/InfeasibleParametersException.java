package com.octomil.privacy.secagg;

/**
 * No neighbour graph meets the assumptions. The message says which requirement fails and what would
 * help.
 */
public final class InfeasibleParametersException extends Exception {
  private static final long serialVersionUID = 1L;

  public InfeasibleParametersException(String message) {
    super(message);
  }
}
