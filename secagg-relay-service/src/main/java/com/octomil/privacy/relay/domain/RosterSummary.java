package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.GraphParameters;
import java.util.Objects;

/**
 * A closed roster in short.
 *
 * @param root Merkle root over all entries, 32 bytes
 * @param graph size, degree and threshold
 */
public record RosterSummary(Bytes root, GraphParameters graph) {

  /** Checks the lengths. */
  public RosterSummary {
    root.requireSize("roster_root", 32);
    Objects.requireNonNull(graph, "graph");
  }
}
