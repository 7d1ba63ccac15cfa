package com.octomil.privacy.secagg.keyagreement;

/**
 * A ciphertext was not made by the claimed sender for this receiver and this round, or was altered
 * on the way.
 */
public final class AuthenticationFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  public AuthenticationFailedException(String message) {
    super(message);
  }

  public AuthenticationFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
