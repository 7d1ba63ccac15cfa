package com.octomil.privacy.relay.domain;

import java.util.Objects;

/**
 * An accepted advert with the device key that its certificate names.
 *
 * @param devicePublicKey Ed25519, 32 bytes
 */
public record RosterMember(Advert advert, Bytes devicePublicKey) {

  /** Checks the length. */
  public RosterMember {
    Objects.requireNonNull(advert, "advert");
    devicePublicKey.requireSize("device_public_key", 32);
  }
}
