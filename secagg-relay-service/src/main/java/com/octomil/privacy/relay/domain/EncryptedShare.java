package com.octomil.privacy.relay.domain;

import java.util.Objects;

/**
 * Shares of one device's secrets for one neighbour, readable by the two only.
 *
 * @param from roster index of the maker
 * @param to roster index of the receiver
 */
public record EncryptedShare(int from, int to, Bytes ciphertext) {

  /** Checks presence. */
  public EncryptedShare {
    Objects.requireNonNull(ciphertext, "ciphertext");
  }
}
