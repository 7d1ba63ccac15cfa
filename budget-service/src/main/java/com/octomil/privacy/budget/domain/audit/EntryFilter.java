package com.octomil.privacy.budget.domain.audit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which entries are wanted.
 *
 * @param types empty: all
 * @param from earliest time of the event; empty: any
 * @param to time that the event must be before; empty: any
 */
public record EntryFilter(Set<String> types, Optional<Instant> from, Optional<Instant> to) {

  /** Everything. */
  public static final EntryFilter ALL =
      new EntryFilter(Set.of(), Optional.empty(), Optional.empty());

  /** Copies the types. */
  public EntryFilter {
    types = Set.copyOf(types);
  }

  /** Whether an entry is wanted. */
  public boolean accepts(String type, Instant at) {
    return (types.isEmpty() || types.contains(type))
        && from.map(earliest -> !at.isBefore(earliest)).orElse(true)
        && to.map(at::isBefore).orElse(true);
  }

  /** The filter in words. */
  public String describe() {
    List<String> parts = new ArrayList<>();
    if (!types.isEmpty()) {
      parts.add("types " + types.stream().sorted().toList());
    }
    from.ifPresent(instant -> parts.add("from " + instant));
    to.ifPresent(instant -> parts.add("before " + instant));
    return parts.isEmpty() ? "all" : String.join(", ", parts);
  }
}
