package com.octomil.privacy.secagg.keyagreement;

/**
 * A peer's X25519 public key is of low order: the shared secret would be all zero whatever the
 * private key.
 */
public final class InvalidPublicKeyException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public InvalidPublicKeyException(String message) {
    super(message);
  }
}
