package com.octomil.privacy.device.transport;

import java.util.List;

/**
 * What neighbours made for a device.
 *
 * @param shares by rising sender
 * @param sharers bitmap over roster indices of all devices that shared
 */
public record ReceivedShares(List<EncryptedShare> shares, Bytes sharers) {
  /** Copies the list. */
  public ReceivedShares {
    shares = List.copyOf(shares);
  }
}
