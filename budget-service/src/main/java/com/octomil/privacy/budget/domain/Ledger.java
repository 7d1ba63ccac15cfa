package com.octomil.privacy.budget.domain;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where accounts and reservations are kept. */
public interface Ledger {

  /**
   * Runs {@code body} in one serialisable transaction on the accounts of one federation, alone:
   * bodies of the same federation never overlap. The body may run more than once and must have no
   * other effect.
   *
   * @param name stable name of the transaction, for metrics
   * @return the value of the body, once its effects are durable
   */
  <T extends @Nullable Object> T exclusively(
      String name, FederationName federation, Function<Accounts, T> body);

  /** The federation that a reservation belongs to; it never changes. */
  Optional<FederationName> federationOf(UUID reservation);

  /** The accounts of one federation within a transaction. */
  interface Accounts {

    /**
     * The account of the current version; empty if there is no such federation or it is not
     * configured.
     */
    Optional<VersionAccount> current();

    /** Regions that the configuration of an account in force is pinned to; empty: any. */
    List<String> regions(VersionAccount account);

    /**
     * Whether the version still lacks the DPIA bundle that its compliance profile asks for before
     * the first round.
     */
    boolean lacksDpiaBundle(VersionAccount account);

    /** The account of a version that has a reservation. */
    VersionAccount account(int version);

    /** A reservation by its idempotency key. */
    Optional<Reservation> find(RoundAttempt round);

    /** A reservation by its identifier. */
    Optional<Reservation> find(UUID reservation);

    /** Stores a new reservation. */
    void add(Reservation reservation);

    /** Stores the final state of a reservation that was unresolved. */
    void resolve(UUID reservation, Reservation.State state);

    /** Stores what is spent in a version; never less than before. */
    void spent(int version, Epsilon spent);

    /** What was committed in a version before {@code now}. */
    RecentRounds recent(int version, Instant now);

    /** Stores an event. */
    void record(Event event);

    /**
     * Stores that the budget of a configuration is exhausted, unless that was stored before.
     *
     * @return whether it is new
     */
    boolean recordExhausted(Event event);
  }
}
