package com.octomil.privacy.dp.accounting;

/** An accountant has no sound bound for a composition; the message says why. */
public final class UnsupportedCompositionException extends Exception {
  private static final long serialVersionUID = 1;

  public UnsupportedCompositionException(String reason) {
    super(reason);
  }

  /** The reason, never null. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
