package com.octomil.privacy.device.transport;

import java.util.List;

/**
 * The confirmations that are there so far.
 *
 * @param signatures possibly fewer than asked for
 * @param closed true once no more will come
 */
public record SurvivorSignatures(List<SurvivorSignature> signatures, boolean closed) {
  /** Copies the list. */
  public SurvivorSignatures {
    signatures = List.copyOf(signatures);
  }
}
