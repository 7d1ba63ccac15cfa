package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.GraphParameters;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The participants of a round by roster index. Immutable and thread-safe. */
public final class Roster {

  /**
   * How the roster is connected.
   *
   * @param root Merkle root over the roster
   */
  public record Graph(Octets root, GraphParameters parameters) {}

  private final List<Participant> participants;
  private final Map<ParticipantId, Participant> byId;
  private final Optional<Graph> graph;

  /**
   * @param participants by rising index from 0
   * @param graph present exactly with secure aggregation
   * @throws IllegalArgumentException if indices have gaps or a pseudonym occurs twice
   */
  public Roster(List<Participant> participants, Optional<Graph> graph) {
    this.participants = List.copyOf(participants);
    this.byId = new HashMap<>();
    this.graph = graph;
    for (int i = 0; i < this.participants.size(); i++) {
      Participant p = this.participants.get(i);
      if (p.index() != i) {
        throw new IllegalArgumentException("roster entry " + i + " has index " + p.index());
      }
      if (byId.put(p.id(), p) != null) {
        throw new IllegalArgumentException("roster entry " + i + " repeats a participant id");
      }
    }
  }

  public int size() {
    return participants.size();
  }

  public Participant get(int index) {
    return participants.get(index);
  }

  public Optional<Participant> find(ParticipantId id) {
    return Optional.ofNullable(byId.get(id));
  }

  public List<Participant> participants() {
    return participants;
  }

  public Optional<Graph> graph() {
    return graph;
  }

  /** Indices of those who may upload; a fresh copy. */
  public BitSet sharers() {
    BitSet set = new BitSet(size());
    for (Participant p : participants) {
      if (p.shared()) {
        set.set(p.index());
      }
    }
    return set;
  }
}
