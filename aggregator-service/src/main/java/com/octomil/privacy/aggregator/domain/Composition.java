package com.octomil.privacy.aggregator.domain;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Which rounds each version of a model is made of, in the order in which they were applied. */
public final class Composition {

  private final Map<Integer, List<RoundId>> rounds = new HashMap<>();
  private final int latest;

  private Composition(int latest) {
    this.latest = latest;
  }

  /** The compositions of all versions of a model. */
  public static Composition of(Model model) {
    Composition composition = new Composition(model.latest().version());
    for (Model.Version version : model.versions()) {
      composition.rounds.put(version.version(), composition.roundsOf(version));
    }
    return composition;
  }

  private List<RoundId> roundsOf(Model.Version version) {
    if (version.madeBy().isPresent()) {
      // A round publishes only after the version that it started from.
      List<RoundId> list = new ArrayList<>(rounds.getOrDefault(version.version() - 1, List.of()));
      list.add(version.madeBy().get().round());
      return List.copyOf(list);
    }
    Optional<Model.Rebuilt> rebuilt = version.rebuilt();
    if (rebuilt.isPresent()) {
      Set<RoundId> without = new HashSet<>(rebuilt.get().excluded());
      return rounds.getOrDefault(rebuilt.get().fromVersion(), List.of()).stream()
          .filter(round -> !without.contains(round))
          .toList();
    }
    return List.of();
  }

  /** The rounds of the latest version. */
  public List<RoundId> latest() {
    return rounds.getOrDefault(latest, List.of());
  }

  /** A version that consists of exactly these rounds. */
  public Optional<Integer> versionOf(List<RoundId> wanted) {
    return rounds.entrySet().stream()
        .filter(entry -> entry.getValue().equals(wanted))
        .map(Map.Entry::getKey)
        .max(Integer::compare);
  }
}
