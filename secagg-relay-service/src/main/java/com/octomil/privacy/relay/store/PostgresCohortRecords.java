package com.octomil.privacy.relay.store;

import static com.octomil.privacy.relay.store.Columns.parameters;
import static com.octomil.privacy.relay.store.Columns.toColumn;

import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.CohortDifference;
import com.octomil.privacy.relay.domain.CohortRecords;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.RoundId;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** {@link CohortRecords} in one transaction. */
final class PostgresCohortRecords implements CohortRecords {

  // Arbitrary; with the federation it names the lock.
  private static final int LOCK = 0x636f686f;

  private final SqlConnection connection;

  PostgresCohortRecords(SqlConnection connection) {
    this.connection = connection;
  }

  @Override
  public void lock(FederationName federation) {
    connection
        .preparedQuery("SELECT pg_advisory_xact_lock($1, hashtext($2))")
        .executeAndAwait(parameters(LOCK, federation.value()));
  }

  @Override
  public Optional<CohortDifference> tooClose(
      FederationName federation, Bytes modelHash, RoundId round, Set<UUID> devices, int minimum) {
    for (Row row :
        connection
            .preparedQuery(
                """
                SELECT round_id, difference, minimum FROM (
                  SELECT c.round_id, greatest(s.min_survivors, $5) AS minimum,
                         (SELECT count(*)::int FROM (
                            (SELECT unnest(c.devices) EXCEPT SELECT unnest($4::uuid[]))
                            UNION ALL
                            (SELECT unnest($4::uuid[]) EXCEPT SELECT unnest(c.devices))) AS apart) AS difference
                    FROM relay.summed_cohort c JOIN relay.session s USING (round_id)
                   WHERE c.federation = $1 AND c.model_hash = $2 AND c.round_id <> $3) AS compared
                 WHERE difference BETWEEN 1 AND minimum - 1
                 ORDER BY difference LIMIT 1
                """)
            .executeAndAwait(
                parameters(
                    federation.value(),
                    toColumn(modelHash),
                    toColumn(round.value()),
                    devices.toArray(UUID[]::new),
                    minimum))) {
      return Optional.of(
          new CohortDifference(
              RoundId.of(row.getBuffer("round_id").getBytes()),
              row.getInteger("difference"),
              row.getInteger("minimum")));
    }
    return Optional.empty();
  }

  @Override
  public boolean remember(
      FederationName federation, Bytes modelHash, RoundId round, Set<UUID> devices, Instant now) {
    UUID[] sorted = devices.stream().sorted().toArray(UUID[]::new);
    connection
        .preparedQuery(
            """
            INSERT INTO relay.summed_cohort (round_id, federation, model_hash, devices, summed_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT (round_id) DO NOTHING
            """)
        .executeAndAwait(
            parameters(
                toColumn(round.value()),
                federation.value(),
                toColumn(modelHash),
                sorted,
                toColumn(now)));
    return connection
        .preparedQuery(
            "SELECT devices = $2::uuid[] AS same FROM relay.summed_cohort WHERE round_id = $1")
        .executeAndAwait(parameters(toColumn(round.value()), sorted))
        .iterator()
        .next()
        .getBoolean("same");
  }
}
