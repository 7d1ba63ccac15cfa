package com.octomil.privacy.budget.domain;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A ledger in memory with one federation, whose transactions can be made to fail. Not for
 * concurrent use.
 */
public final class MemoryLedger implements Ledger {

  /** What happens to the next transaction. */
  public enum Fault {
    NONE,
    BEFORE_COMMIT,
    AFTER_COMMIT
  }

  /** The simulated crash. */
  public static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final boolean committed;

    Crash(boolean committed) {
      this.committed = committed;
    }

    /** What the caller cannot know: whether the transaction took effect. */
    public boolean committed() {
      return committed;
    }
  }

  private final FederationName federation;
  private final Supplier<Fault> faults;
  private Map<UUID, Reservation> reservations = new LinkedHashMap<>();
  private List<Event> events = new ArrayList<>();
  private Epsilon spent = Epsilon.ZERO;
  private @Nullable PrivacyConfiguration configuration;
  private int number;

  public MemoryLedger(FederationName federation, Supplier<Fault> faults) {
    this.federation = federation;
    this.faults = faults;
  }

  /** Changes the configuration as the store does. */
  public Optional<Violation> configure(PrivacyConfiguration next) {
    Optional<Violation> refusal = ConfigurationChange.refusal(account(), next);
    if (refusal.isEmpty()) {
      configuration = next;
      number++;
    }
    return refusal;
  }

  /** The account as of now. */
  public VersionAccount account() {
    return new Copy(reservations, events, spent).account(1);
  }

  @Override
  public <T extends @Nullable Object> T exclusively(
      String name, FederationName of, Function<Accounts, T> body) {
    Copy copy = new Copy(new LinkedHashMap<>(reservations), new ArrayList<>(events), spent);
    T value = body.apply(copy);
    Fault fault = faults.get();
    if (fault == Fault.BEFORE_COMMIT) {
      throw new Crash(false);
    }
    reservations = copy.rows;
    events = copy.news;
    spent = copy.total;
    if (fault == Fault.AFTER_COMMIT) {
      throw new Crash(true);
    }
    return value;
  }

  @Override
  public Optional<FederationName> federationOf(UUID reservation) {
    return Optional.ofNullable(reservations.get(reservation)).map(Reservation::federation);
  }

  private final class Copy implements Accounts {

    private final Map<UUID, Reservation> rows;
    private final List<Event> news;
    private Epsilon total;

    Copy(Map<UUID, Reservation> rows, List<Event> news, Epsilon total) {
      this.rows = rows;
      this.news = news;
      this.total = total;
    }

    @Override
    public Optional<VersionAccount> current() {
      return configuration == null ? Optional.empty() : Optional.of(account(1));
    }

    @Override
    public List<String> regions(VersionAccount account) {
      PrivacyConfiguration inForce = configuration;
      return inForce == null ? List.of() : inForce.regions();
    }

    @Override
    public boolean lacksDpiaBundle(VersionAccount account) {
      return false;
    }

    @Override
    public VersionAccount account(int version) {
      PrivacyConfiguration inForce = configuration;
      return new VersionAccount(
          federation,
          version,
          number,
          inForce == null ? Optional.empty() : inForce.budget(),
          total,
          tally(true),
          tally(false));
    }

    private RoundTally tally(boolean withReserved) {
      RoundTally tally = RoundTally.EMPTY;
      for (Reservation row : rows.values()) {
        boolean counts =
            row.state() instanceof Reservation.Committed
                || (withReserved && row.state() instanceof Reservation.Reserved);
        if (counts) {
          tally =
              row.kind().isPresent() ? tally.plus(row.kind().get(), 1) : tally.plusUnprotected();
        }
      }
      return tally;
    }

    @Override
    public Optional<Reservation> find(RoundAttempt round) {
      return rows.values().stream().filter(row -> row.round().equals(round)).findFirst();
    }

    @Override
    public Optional<Reservation> find(UUID reservation) {
      return Optional.ofNullable(rows.get(reservation));
    }

    @Override
    public void add(Reservation reservation) {
      rows.put(reservation.id(), reservation);
    }

    @Override
    public void resolve(UUID reservation, Reservation.State state) {
      Reservation row = rows.get(reservation);
      if (row == null || !(row.state() instanceof Reservation.Reserved)) {
        throw new IllegalStateException("not unresolved");
      }
      rows.put(
          reservation,
          new Reservation(
              row.id(),
              row.federation(),
              row.version(),
              row.configuration(),
              row.round(),
              row.kind(),
              row.epsilonAfter(),
              row.reservedAt(),
              state));
    }

    @Override
    public void spent(int version, Epsilon next) {
      if (total.exceeds(next)) {
        throw new IllegalStateException("spent fell");
      }
      total = next;
    }

    @Override
    public RecentRounds recent(int version, Instant now) {
      return RecentRounds.NONE;
    }

    @Override
    public void record(Event event) {
      news.add(event);
    }

    @Override
    public boolean recordExhausted(Event event) {
      boolean first =
          news.stream()
              .noneMatch(known ->
                  known.kind() == event.kind()
                      && Objects.equals(
                          known.details().get("configuration"),
                          event.details().get("configuration")));
      if (first) {
        news.add(event);
      }
      return first;
    }
  }
}
