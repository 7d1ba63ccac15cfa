package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.Event;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.GaussianBudget;
import com.octomil.privacy.budget.domain.Ledger;
import com.octomil.privacy.budget.domain.NoisePlacement;
import com.octomil.privacy.budget.domain.RecentRounds;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.RoundKind;
import com.octomil.privacy.budget.domain.RoundTally;
import com.octomil.privacy.budget.domain.Spikes;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.kit.db.Transactions;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The ledger in PostgreSQL. Each body is one SERIALIZABLE transaction that holds the rows of its
 * federation and version.
 *
 * <p>Before it begins, calls for one federation queue fairly inside this process. That decides
 * nothing: it only spares them serialisation failures among themselves, which PostgreSQL would
 * report to all but one of those that began together. What remains are conflicts between replicas,
 * and those are repeated.
 */
@ApplicationScoped
public class PostgresLedger implements Ledger {

  private static final int QUEUES = 256;
  private static final long MAX_WAIT_SECONDS = 60;

  private static final String ACCOUNT =
      """
      SELECT v.version, v.configuration, v.epsilon_spent_nanos,
             c.dp_enabled, c.epsilon, c.delta, c.noise_multiplier, c.adjacency, c.sampling_rate,
             c.noise_placement, c.quantization_bits
        FROM budget.federation f
        JOIN budget.federation_version v ON v.federation = f.name
        JOIN budget.privacy_configuration c
          ON c.federation = v.federation AND c.version = v.version AND c.number = v.configuration
       WHERE f.name = $1 AND v.version = %s
         FOR UPDATE OF f, v
      """;
  private static final String CURRENT_ACCOUNT = ACCOUNT.formatted("f.current_version");
  private static final String ACCOUNT_OF_VERSION = ACCOUNT.formatted("$2");

  private static final String REGIONS =
      """
      SELECT regions FROM budget.privacy_configuration
       WHERE federation = $1 AND version = $2 AND number = $3
      """;

  private static final String LACKS_DPIA =
      """
      SELECT 1 FROM budget.privacy_configuration
       WHERE federation = $1 AND version = $2 AND number = $3 AND compliance_profile = 'GDPR'
         AND NOT EXISTS (SELECT 1 FROM budget.dpia_bundle WHERE federation = $1 AND version = $2)
      """;

  private static final String TALLY =
      """
      SELECT state, noise_multiplier, sampling_rate, distributed_bits, count(*) AS rounds
        FROM budget.reservation
       WHERE federation = $1 AND version = $2 AND state IN ('RESERVED', 'COMMITTED')
       GROUP BY state, noise_multiplier, sampling_rate, distributed_bits
      """;

  private static final String INSERT =
      """
      INSERT INTO budget.reservation
        (id, federation, version, configuration, round_id, attempt, state, noise_multiplier, sampling_rate,
         distributed_bits, epsilon_after_nanos, reserved_at)
      VALUES ($1, $2, $3, $4, $5, $6, 'RESERVED', $7, $8, $9, $10, $11)
      ON CONFLICT DO NOTHING
      """;

  private static final String COMMIT =
      """
      UPDATE budget.reservation
         SET state = 'COMMITTED', cohort = $2, survivors = $3, epsilon_spent_nanos = $4, epsilon_added_nanos = $5,
             resolved_at = $6
       WHERE id = $1 AND state = 'RESERVED'
      """;

  private static final String RELEASE =
      """
      UPDATE budget.reservation
         SET state = 'RELEASED', release_reason = $2, release_detail = $3, resolved_at = $4
       WHERE id = $1 AND state = 'RESERVED'
      """;

  private static final String SPENT =
      """
      UPDATE budget.federation_version SET epsilon_spent_nanos = $3
       WHERE federation = $1 AND version = $2 AND epsilon_spent_nanos <= $3
      """;

  private static final String LAST_COMMITTED =
      """
      SELECT noise_multiplier, sampling_rate, distributed_bits, epsilon_added_nanos, survivors
        FROM budget.reservation
       WHERE federation = $1 AND version = $2 AND state = 'COMMITTED' AND noise_multiplier IS NOT NULL
       ORDER BY resolved_at DESC, sequence DESC
       LIMIT $3
      """;

  private static final String PACE =
      """
      SELECT count(*) FILTER (WHERE resolved_at > $3) AS in_last_hour,
             count(*) FILTER (WHERE resolved_at <= $3) AS in_day_before
        FROM budget.reservation
       WHERE federation = $1 AND version = $2 AND state = 'COMMITTED' AND resolved_at > $4
      """;

  private static final String EVENT =
      """
      INSERT INTO budget.event (id, kind, federation, version, actor, at, details)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      """;

  private final Transactions transactions;
  private final ReentrantLock[] queues = new ReentrantLock[QUEUES];

  PostgresLedger(Transactions transactions) {
    this.transactions = transactions;
    for (int i = 0; i < QUEUES; i++) {
      queues[i] = new ReentrantLock(true);
    }
  }

  @Override
  public <T extends @Nullable Object> T exclusively(
      String name, FederationName federation, Function<Accounts, T> body) {
    ReentrantLock queue = queues[Math.floorMod(federation.hashCode(), QUEUES)];
    enter(queue);
    try {
      return transactions.inTransaction(
          name, connection -> body.apply(new PostgresAccounts(connection, federation)));
    } finally {
      queue.unlock();
    }
  }

  private static void enter(ReentrantLock queue) {
    boolean entered;
    try {
      entered = queue.tryLock(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServiceException(ErrorCode.UNAVAILABLE, "The service is shutting down.", e);
    }
    if (!entered) {
      throw new ServiceException(
          ErrorCode.UNAVAILABLE, "Too many calls for this federation are waiting; try again.");
    }
  }

  @Override
  public Optional<FederationName> federationOf(UUID reservation) {
    return transactions.readCommitted(
        "ledger-lookup",
        connection ->
            first(
                    connection
                        .preparedQuery("SELECT federation FROM budget.reservation WHERE id = $1")
                        .executeAndAwait(Tuple.of(reservation)))
                .map(row -> new FederationName(row.getString("federation"))));
  }

  private static Optional<Row> first(RowSet<Row> rows) {
    return rows.size() == 0 ? Optional.empty() : Optional.of(rows.iterator().next());
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private record PostgresAccounts(SqlConnection connection, FederationName federation)
      implements Accounts {

    @Override
    public Optional<VersionAccount> current() {
      return first(
              connection
                  .preparedQuery(CURRENT_ACCOUNT)
                  .executeAndAwait(Tuple.of(federation.value())))
          .map(this::toAccount);
    }

    @Override
    public List<String> regions(VersionAccount account) {
      return first(
              connection
                  .preparedQuery(REGIONS)
                  .executeAndAwait(
                      Tuple.of(federation.value(), account.version(), account.configuration())))
          .map(row -> List.of(row.getArrayOfStrings("regions")))
          .orElseThrow();
    }

    @Override
    public VersionAccount account(int version) {
      return first(
              connection
                  .preparedQuery(ACCOUNT_OF_VERSION)
                  .executeAndAwait(Tuple.of(federation.value(), version)))
          .map(this::toAccount)
          .orElseThrow(
              () -> new IllegalStateException("no version " + version + " of " + federation));
    }

    private VersionAccount toAccount(Row row) {
      int version = row.getInteger("version");
      Map<RoundKind, Long> held = new HashMap<>();
      Map<RoundKind, Long> committed = new HashMap<>();
      long heldUnprotected = 0;
      long committedUnprotected = 0;
      for (Row tally :
          connection.preparedQuery(TALLY).executeAndAwait(Tuple.of(federation.value(), version))) {
        boolean isCommitted = tally.getString("state").equals(ReservationRows.COMMITTED);
        BigDecimal noise = tally.getBigDecimal("noise_multiplier");
        long rounds = tally.getLong("rounds");
        if (noise == null) {
          heldUnprotected += rounds;
          committedUnprotected += isCommitted ? rounds : 0;
        } else {
          RoundKind kind = ReservationRows.kind(tally, noise);
          held.merge(kind, rounds, Math::addExact);
          if (isCommitted) {
            committed.merge(kind, rounds, Math::addExact);
          }
        }
      }
      return new VersionAccount(
          federation,
          version,
          row.getInteger("configuration"),
          budget(row),
          new Epsilon(row.getLong("epsilon_spent_nanos")),
          new RoundTally(held, heldUnprotected),
          new RoundTally(committed, committedUnprotected));
    }

    @Override
    public boolean lacksDpiaBundle(VersionAccount account) {
      return connection
              .preparedQuery(LACKS_DPIA)
              .executeAndAwait(
                  Tuple.of(federation.value(), account.version(), account.configuration()))
              .rowCount()
          > 0;
    }

    private static Optional<GaussianBudget> budget(Row row) {
      if (!row.getBoolean("dp_enabled")) {
        return Optional.empty();
      }
      return Optional.of(
          new GaussianBudget(
              Epsilon.ofBudget(row.getBigDecimal("epsilon")),
              row.getBigDecimal("delta"),
              row.getBigDecimal("noise_multiplier"),
              Adjacency.valueOf(row.getString("adjacency")),
              Optional.ofNullable(row.getBigDecimal("sampling_rate")),
              NoisePlacement.valueOf(row.getString("noise_placement")) == NoisePlacement.DISTRIBUTED
                  ? Optional.of(row.getInteger("quantization_bits"))
                  : Optional.empty()));
    }

    @Override
    public Optional<Reservation> find(RoundAttempt round) {
      return first(
              connection
                  .preparedQuery(
                      "SELECT * FROM budget.reservation WHERE federation = $1 AND round_id = $2 AND attempt = $3")
                  .executeAndAwait(
                      Tuple.of(
                          federation.value(),
                          Buffer.buffer(round.roundIdBytes()),
                          round.attempt())))
          .map(ReservationRows::toDomain);
    }

    @Override
    public Optional<Reservation> find(UUID reservation) {
      return first(
              connection
                  .preparedQuery("SELECT * FROM budget.reservation WHERE id = $1")
                  .executeAndAwait(Tuple.of(reservation)))
          .map(ReservationRows::toDomain);
    }

    @Override
    public void add(Reservation reservation) {
      if (!(reservation.state() instanceof Reservation.Reserved)) {
        throw new IllegalArgumentException("only an unresolved reservation can be added");
      }
      // If another replica inserted the same round meanwhile, this fails with 40001 and is
      // repeated, where a plain INSERT
      // might report the duplicate key.
      int added =
          connection
              .preparedQuery(INSERT)
              .executeAndAwait(
                  Tuple.tuple()
                      .addUUID(reservation.id())
                      .addString(federation.value())
                      .addInteger(reservation.version())
                      .addInteger(reservation.configuration())
                      .addValue(Buffer.buffer(reservation.round().roundIdBytes()))
                      .addInteger(reservation.round().attempt())
                      .addBigDecimal(
                          reservation.kind().map(RoundKind::noiseMultiplier).orElse(null))
                      .addBigDecimal(
                          reservation.kind().flatMap(RoundKind::samplingRate).orElse(null))
                      .addInteger(
                          reservation.kind().flatMap(RoundKind::distributedBits).orElse(null))
                      .addLong(reservation.epsilonAfter().nanos())
                      .addOffsetDateTime(utc(reservation.reservedAt())))
              .rowCount();
      if (added != 1) {
        throw new IllegalStateException("reservation " + reservation.id() + " exists already");
      }
    }

    @Override
    public void resolve(UUID reservation, Reservation.State state) {
      int changed =
          switch (state) {
            case Reservation.Reserved reserved ->
                throw new IllegalArgumentException("not a resolution: " + reserved);
            case Reservation.Committed committed ->
                connection
                    .preparedQuery(COMMIT)
                    .executeAndAwait(
                        Tuple.tuple()
                            .addUUID(reservation)
                            .addInteger(committed.cohort())
                            .addInteger(committed.survivors())
                            .addLong(committed.epsilonSpent().nanos())
                            .addLong(committed.epsilonAdded().nanos())
                            .addOffsetDateTime(utc(committed.at())))
                    .rowCount();
            case Reservation.Released released ->
                connection
                    .preparedQuery(RELEASE)
                    .executeAndAwait(
                        Tuple.of(
                            reservation, released.reason(), released.detail(), utc(released.at())))
                    .rowCount();
          };
      if (changed != 1) {
        throw new IllegalStateException("reservation " + reservation + " is not unresolved");
      }
    }

    @Override
    public void spent(int version, Epsilon spent) {
      int changed =
          connection
              .preparedQuery(SPENT)
              .executeAndAwait(Tuple.of(federation.value(), version, spent.nanos()))
              .rowCount();
      if (changed != 1) {
        throw new IllegalStateException(
            "version " + version + " of " + federation + " has spent more than " + spent);
      }
    }

    @Override
    public RecentRounds recent(int version, Instant now) {
      List<RecentRounds.Past> last = new ArrayList<>();
      for (Row row :
          connection
              .preparedQuery(LAST_COMMITTED)
              .executeAndAwait(Tuple.of(federation.value(), version, Spikes.WINDOW))) {
        last.add(
            new RecentRounds.Past(
                ReservationRows.kind(row, row.getBigDecimal("noise_multiplier")),
                new Epsilon(row.getLong("epsilon_added_nanos")),
                row.getInteger("survivors")));
      }
      Row pace =
          connection
              .preparedQuery(PACE)
              .executeAndAwait(
                  Tuple.of(
                      federation.value(),
                      version,
                      utc(now.minus(1, ChronoUnit.HOURS)),
                      utc(now.minus(25, ChronoUnit.HOURS))))
              .iterator()
              .next();
      return new RecentRounds(last, pace.getLong("in_last_hour"), pace.getLong("in_day_before"));
    }

    @Override
    public void record(Event event) {
      insert(EVENT, event);
    }

    @Override
    public boolean recordExhausted(Event event) {
      return insert(EVENT + " ON CONFLICT DO NOTHING", event) == 1;
    }

    private int insert(String statement, Event event) {
      return connection
          .preparedQuery(statement)
          .executeAndAwait(
              Tuple.tuple()
                  .addUUID(UUID.randomUUID())
                  .addString(event.kind().name())
                  .addString(event.federation().map(FederationName::value).orElse(null))
                  .addInteger(event.version().orElse(null))
                  .addString(event.change().by())
                  .addOffsetDateTime(utc(event.change().at()))
                  .addString(EventEntity.json(event.details())))
          .rowCount();
    }
  }
}
