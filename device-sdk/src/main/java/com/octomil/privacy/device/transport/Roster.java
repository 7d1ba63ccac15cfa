package com.octomil.privacy.device.transport;

import java.util.List;

/**
 * The closed roster as far as it concerns one device; nothing here has been checked yet.
 *
 * @param size number of devices n
 * @param root Merkle root over all entries
 * @param graphNonce opening of the commitment in the round's parameters
 * @param degree number of neighbours k of every device
 * @param threshold shares t needed to rebuild a secret
 * @param self the device's own entry
 * @param neighbours all neighbours, by rising index
 */
public record Roster(
    int size,
    Bytes root,
    Bytes graphNonce,
    int degree,
    int threshold,
    RosterEntry self,
    List<RosterEntry> neighbours) {
  /** Copies the list. */
  public Roster {
    neighbours = List.copyOf(neighbours);
  }
}
