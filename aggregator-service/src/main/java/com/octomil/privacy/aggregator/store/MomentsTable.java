package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.Moments;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.Optional;

/** Moments of FedAdam, each row in the transaction that stores its model version. */
final class MomentsTable {
  private MomentsTable() {}

  static void insert(
      SqlConnection connection,
      FederationName federation,
      ModelName model,
      int version,
      Moments moments,
      Instant now) {
    run(
        connection,
        """
        insert into aggregator.server_moments
          (federation, name, version, job_id, first_moment, second_moment, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        federation.value(),
        model.value(),
        version,
        moments.job().value(),
        moments.firstOctets(),
        moments.secondOctets(),
        now);
  }

  static Optional<Moments> find(
      SqlConnection connection, FederationName federation, ModelName model, int version) {
    return Sql.first(
            run(
                connection,
                """
                select job_id, first_moment, second_moment from aggregator.server_moments
                where federation = $1 and name = $2 and version = $3
                """,
                federation.value(),
                model.value(),
                version))
        .map(row ->
            Moments.ofOctets(
                new JobId(row.getUUID("job_id")),
                Sql.bytes(row, "first_moment"),
                Sql.bytes(row, "second_moment")));
  }

  /** Erases moments to which only sums that are gone could be applied. */
  static void eraseOld(SqlConnection connection) {
    run(
        connection,
        """
        delete from aggregator.server_moments s where exists (
          select from aggregator.server_moments n
            join aggregator.model_versions v
              on v.federation = n.federation and v.name = n.name and v.version = n.version
            join aggregator.rounds r on r.id = v.round_id
           where n.federation = s.federation and n.name = s.name and n.version > s.version
             and r.aggregate is null)
        """);
  }
}
