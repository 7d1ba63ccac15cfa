package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.DeviceExclusion;
import com.octomil.privacy.aggregator.domain.Erasure;
import com.octomil.privacy.aggregator.domain.ErasureStore;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.Release;
import com.octomil.privacy.aggregator.domain.ReplayedRound;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.ServerState;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.aggregator.domain.Weights;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** {@link ErasureStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresErasureStore implements ErasureStore {

  private final Transactions transactions;

  PostgresErasureStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public UUID record(
      FederationName federation,
      DeviceExclusion.Excluded excluded,
      String reason,
      String by,
      Instant now) {
    UUID fresh = UUID.randomUUID();
    return transactions.readCommitted(
        "record-erasure",
        connection -> {
          run(
              connection,
              """
              insert into aggregator.erasures (id, federation, pseudonym, reason, requested_by, requested_at)
              values ($1, $2, $3, $4, $5, $6) on conflict (federation, pseudonym) do nothing
              """,
              fresh,
              federation.value(),
              excluded.pseudonym(),
              reason,
              by,
              now);
          UUID id =
              Sql.first(
                      run(
                          connection,
                          "select id from aggregator.erasures where federation = $1 and pseudonym = $2",
                          federation.value(),
                          excluded.pseudonym()))
                  .orElseThrow()
                  .getUUID("id");
          for (DeviceExclusion.Attended attended : excluded.rounds()) {
            run(
                connection,
                """
                insert into aggregator.erasure_rounds (erasure_id, round_id, admitted_at, counted)
                values ($1, $2, $3, exists (
                  select from aggregator.participants p
                    join aggregator.contributors c on c.round_id = p.round_id and c.index = p.index
                   where p.round_id = $2 and p.participant_id = $4))
                on conflict (erasure_id, round_id) do update
                  set counted = erasure_rounds.counted or excluded.counted
                """,
                id,
                attended.round().value(),
                attended.admittedAt(),
                attended.participant().value());
          }
          return id;
        });
  }

  @Override
  public Optional<Erasure> find(FederationName federation, UUID id) {
    return transactions.readCommitted(
        "find-erasure",
        connection ->
            Sql.first(
                    run(
                        connection,
                        "select * from aggregator.erasures where federation = $1 and id = $2",
                        federation.value(),
                        id))
                .map(row -> erasure(connection, row)));
  }

  @Override
  public List<Erasure> list(FederationName federation, int limit) {
    return transactions.readCommitted(
        "list-erasures",
        connection -> {
          List<Erasure> found = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  """
                  select * from aggregator.erasures where federation = $1
                  order by requested_at desc, id limit $2
                  """,
                  federation.value(),
                  limit)) {
            found.add(erasure(connection, row));
          }
          return found;
        });
  }

  private static Erasure erasure(SqlConnection connection, Row row) {
    UUID id = row.getUUID("id");
    return new Erasure(
        id,
        new FederationName(row.getString("federation")),
        row.getString("pseudonym"),
        row.getString("reason"),
        row.getString("requested_by"),
        Sql.instant(row, "requested_at"),
        attended(connection, id),
        rebuilds(connection, id));
  }

  private static List<Erasure.Attended> attended(SqlConnection connection, UUID erasure) {
    List<Erasure.Attended> attended = new ArrayList<>();
    for (Row row :
        run(
            connection,
            """
            select e.round_id, e.admitted_at, e.counted, r.job_id, r.model, r.number, r.state, r.published_version,
              r.aggregate is not null as retained
            from aggregator.erasure_rounds e left join aggregator.rounds r on r.id = e.round_id
            where e.erasure_id = $1 order by e.admitted_at, e.round_id
            """,
            erasure)) {
      attended.add(
          new Erasure.Attended(
              new RoundId(row.getUUID("round_id")),
              Sql.instant(row, "admitted_at"),
              row.getBoolean("counted"),
              Optional.ofNullable(row.getUUID("job_id"))
                  .map(job ->
                      new Erasure.Round(
                          new JobId(job),
                          new ModelName(row.getString("model")),
                          row.getInteger("number"),
                          RoundState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                          Sql.optionalInt(row, "published_version"),
                          row.getBoolean("retained")))));
    }
    return attended;
  }

  private static List<Erasure.Rebuild> rebuilds(SqlConnection connection, UUID erasure) {
    List<Erasure.Rebuild> rebuilds = new ArrayList<>();
    for (Row row :
        run(
            connection,
            "select * from aggregator.rebuilds where erasure_id = $1 order by created_at, id",
            erasure)) {
      Integer version = row.getInteger("version");
      rebuilds.add(
          new Erasure.Rebuild(
              new ModelName(row.getString("model")),
              row.getInteger("from_version"),
              Arrays.stream(row.getArrayOfUUIDs("excluded")).map(RoundId::new).toList(),
              version == null
                  ? new Erasure.RebuildOutcome.Impossible(row.getString("problem"))
                  : new Erasure.RebuildOutcome.Made(version, row.getInteger("replayed")),
              Sql.instant(row, "created_at")));
    }
    return rebuilds;
  }

  @Override
  public void impossible(UUID erasure, Erasure.Rebuild rebuild) {
    if (!(rebuild.outcome() instanceof Erasure.RebuildOutcome.Impossible(String problem))) {
      throw new IllegalArgumentException("this rebuild has made a version");
    }
    int unused =
        transactions.readCommitted(
            "rebuild-impossible",
            connection ->
                run(
                        connection,
                        """
                        insert into aggregator.rebuilds (id, erasure_id, model, from_version, excluded, problem, created_at)
                        values ($1, $2, $3, $4, $5, $6, $7)
                        """,
                        UUID.randomUUID(),
                        erasure,
                        rebuild.model().value(),
                        rebuild.fromVersion(),
                        ids(rebuild.excluded()),
                        problem,
                        rebuild.createdAt())
                    .rowCount());
  }

  @Override
  public Optional<Integer> rebuilt(
      FederationName federation,
      UUID erasure,
      ModelName model,
      int fromVersion,
      List<RoundId> excluded,
      int replayed,
      ServerState state,
      Instant now) {
    int version = fromVersion + 1;
    byte[] content = Weights.encode(state.weights());
    return transactions.readCommitted(
        "rebuild-model",
        connection -> {
          int next =
              run(
                      connection,
                      """
                      update aggregator.models set latest_version = $3
                      where federation = $1 and name = $2 and latest_version = $3 - 1
                      """,
                      federation.value(),
                      model.value(),
                      version)
                  .rowCount();
          if (next == 0) {
            return Optional.empty();
          }
          run(
              connection,
              """
              insert into aggregator.model_versions
                (federation, name, version, sha256, content, rebuilt_from, excluded, created_at)
              values ($1, $2, $3, $4, $5, $6, $7, $8)
              """,
              federation.value(),
              model.value(),
              version,
              Octets.sha256(content),
              content,
              fromVersion,
              ids(excluded),
              now);
          state
              .moments()
              .ifPresent(
                  kept -> MomentsTable.insert(connection, federation, model, version, kept, now));
          state
              .norm()
              .ifPresent(
                  kept -> ClippingTable.insert(connection, federation, model, version, kept, now));
          run(
              connection,
              """
              insert into aggregator.rebuilds
                (id, erasure_id, model, from_version, version, replayed, excluded, created_at)
              values ($1, $2, $3, $4, $5, $6, $7, $8)
              """,
              UUID.randomUUID(),
              erasure,
              model.value(),
              fromVersion,
              version,
              replayed,
              ids(excluded),
              now);
          return Optional.of(version);
        });
  }

  private static UUID[] ids(List<RoundId> rounds) {
    return rounds.stream().map(RoundId::value).toArray(UUID[]::new);
  }

  @Override
  public Optional<ReplayedRound> replay(RoundId id) {
    return transactions.readCommitted(
        "read-replay",
        connection ->
            Sql.first(
                    run(
                        connection,
                        """
                        select r.number, r.aggregate, r.grid_step, r.target_cohort, r.max_weight, r.weight_counted,
                          r.total_weight, r.kept, j.id as job_id, j.server_learning_rate, j.algorithm, j.proximal_mu, j.beta1,
                          j.beta2, j.tau,\
                        """
                            + ClippingTable.COLUMNS
                            + """
                             from aggregator.rounds r join aggregator.training_jobs j on j.id = r.job_id
                            where r.id = $1 and r.state in ('published', 'committed')
                            """,
                        id.value()))
                .map(row -> {
                  OptionalLong total = Sql.optionalLong(row, "total_weight");
                  int count =
                      Sql.optionalInt(row, "kept").orElseGet(() -> row.getInteger("target_cohort"));
                  return new ReplayedRound(
                      id,
                      new JobId(row.getUUID("job_id")),
                      row.getInteger("number"),
                      Optional.ofNullable(row.getValue("aggregate"))
                          .map(present -> Sql.bytes(row, "aggregate")),
                      row.getDouble("grid_step"),
                      total.isPresent()
                          ? Release.denominator(
                              total.getAsLong(),
                              new Weighting(
                                  row.getInteger("max_weight"), row.getBoolean("weight_counted")))
                          : count,
                      PostgresJobStore.algorithm(row),
                      row.getDouble("server_learning_rate"),
                      ClippingTable.bits(row));
                }));
  }

  @Override
  public int eraseAggregates(Instant limit) {
    return transactions.readCommitted(
        "erase-aggregates",
        connection -> {
          int erased =
              run(
                      connection,
                      """
                      update aggregator.rounds set aggregate = null
                      where aggregate is not null and state = 'committed' and settled and updated_at < $1
                      """,
                      limit)
                  .rowCount();
          MomentsTable.eraseOld(connection);
          return erased;
        });
  }
}
