package com.octomil.privacy.relay.domain;

import java.util.List;

/**
 * A roster entry as a neighbour gets it.
 *
 * @param merkleProof sibling hashes from the leaf up to the root
 */
public record RosterEntry(int index, Advert advert, List<Bytes> merkleProof) {

  /** Copies the proof. */
  public RosterEntry {
    merkleProof = List.copyOf(merkleProof);
  }
}
