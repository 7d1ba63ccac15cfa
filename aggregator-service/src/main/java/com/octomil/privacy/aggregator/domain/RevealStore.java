package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What survivors confirm and reveal once uploads are closed, and what is found out about them.
 * Every method is one transaction, conditional on the state of the round. Thread-safe.
 */
public interface RevealStore {

  /** Stores a confirmation of the survivor set; false if signing is over. */
  boolean sign(RoundId id, int index, Octets signature, Instant now);

  /** Confirmations so far, by roster index; all if {@code indices} is empty. */
  Map<Integer, Octets> signatures(RoundId id, Optional<Collection<Integer>> indices);

  /** Roster indices of those who confirmed. */
  BitSet signers(RoundId id);

  /** Answer to {@link #reveal}. */
  enum Revealing {
    STORED,
    /** The same had been revealed before. */
    REPEATED,
    /** Something else had been revealed before; nothing was changed. */
    DIFFERENT,
    /** Revealing is over. */
    CLOSED
  }

  /** Stores all shares that one device reveals. */
  Revealing reveal(
      RoundId id, int holder, Octets itemsSha256, List<RevealedShare> shares, Instant now);

  /** Roster indices of those who revealed. */
  BitSet revealers(RoundId id);

  List<RevealedShare> revealedShares(RoundId id);

  /** Records what was found out about devices of a round; what is recorded already stands. */
  void recordFaults(RoundId id, List<Fault> faults);

  /** What was found out about devices of the rounds of a job. */
  Map<RoundId, List<Fault>> faults(JobId job);
}
