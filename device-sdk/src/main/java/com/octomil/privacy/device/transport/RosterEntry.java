package com.octomil.privacy.device.transport;

import java.util.List;

/**
 * One device on the roster.
 *
 * @param index place in the order of mask keys, from 0
 * @param advert what the device published
 * @param merkleProof sibling hashes from the leaf up to the root
 */
public record RosterEntry(int index, Advert advert, List<Bytes> merkleProof) {
  /** Copies the list. */
  public RosterEntry {
    merkleProof = List.copyOf(merkleProof);
  }
}
