package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.Model;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.ModelStore;
import com.octomil.privacy.aggregator.domain.Moments;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@link ModelStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresModelStore implements ModelStore {
  private final Transactions transactions;

  PostgresModelStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public Creation create(FederationName federation, ModelName name, byte[] content, Instant now) {
    Octets sha256 = Octets.sha256(content);
    return transactions.readCommitted(
        "create-model",
        connection -> {
          int inserted =
              run(
                      connection,
                      """
                      insert into aggregator.models (federation, name, vector_length, latest_version, created_at)
                      values ($1, $2, $3, 1, $4) on conflict do nothing
                      """,
                      federation.value(),
                      name.value(),
                      content.length / Float.BYTES,
                      now)
                  .rowCount();
          if (inserted == 1) {
            run(
                connection,
                """
                insert into aggregator.model_versions (federation, name, version, sha256, content, created_at)
                values ($1, $2, 1, $3, $4, $5)
                """,
                federation.value(),
                name.value(),
                sha256,
                content,
                now);
            return Creation.CREATED;
          }
          Row first =
              Sql.first(
                      run(
                          connection,
                          """
                          select sha256 from aggregator.model_versions
                          where federation = $1 and name = $2 and version = 1
                          """,
                          federation.value(),
                          name.value()))
                  .orElseThrow();
          return Sql.octets(first, "sha256").equals(sha256) ? Creation.SAME : Creation.DIFFERENT;
        });
  }

  @Override
  public List<Model.Summary> list(FederationName federation) {
    return transactions.readCommitted(
        "list-models",
        connection -> {
          List<Model.Summary> models = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  """
                  select m.name, m.vector_length, m.latest_version, v.sha256, m.created_at
                  from aggregator.models m join aggregator.model_versions v
                    on v.federation = m.federation and v.name = m.name and v.version = m.latest_version
                  where m.federation = $1 order by m.name
                  """,
                  federation.value())) {
            models.add(
                new Model.Summary(
                    new ModelName(row.getString("name")),
                    row.getInteger("vector_length"),
                    row.getInteger("latest_version"),
                    Sql.octets(row, "sha256"),
                    Sql.instant(row, "created_at")));
          }
          return List.copyOf(models);
        });
  }

  @Override
  public Optional<Model> find(FederationName federation, ModelName name) {
    return transactions.readCommitted(
        "find-model",
        connection -> {
          Optional<Row> model =
              Sql.first(
                  run(
                      connection,
                      """
                      select vector_length, created_at from aggregator.models where federation = $1 and name = $2
                      """,
                      federation.value(),
                      name.value()));
          if (model.isEmpty()) {
            return Optional.empty();
          }
          List<Model.Version> versions = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  """
                  select v.version, v.sha256, v.created_at, v.round_id, v.rebuilt_from, v.excluded, r.job_id, r.number
                  from aggregator.model_versions v left join aggregator.rounds r on r.id = v.round_id
                  where v.federation = $1 and v.name = $2 order by v.version
                  """,
                  federation.value(),
                  name.value())) {
            versions.add(
                new Model.Version(
                    row.getInteger("version"),
                    Sql.octets(row, "sha256"),
                    Sql.instant(row, "created_at"),
                    Optional.ofNullable(row.getUUID("round_id"))
                        .map(round ->
                            new Model.Lineage(
                                new JobId(row.getUUID("job_id")),
                                new RoundId(round),
                                row.getInteger("number"))),
                    Optional.ofNullable(row.getInteger("rebuilt_from"))
                        .map(from ->
                            new Model.Rebuilt(
                                from,
                                Arrays.stream(row.getArrayOfUUIDs("excluded"))
                                    .map(RoundId::new)
                                    .toList()))));
          }
          return Optional.of(
              new Model(
                  federation,
                  name,
                  model.get().getInteger("vector_length"),
                  Sql.instant(model.get(), "created_at"),
                  versions));
        });
  }

  @Override
  public Optional<Moments> moments(FederationName federation, ModelName name, int version) {
    return transactions.readCommitted(
        "read-moments", connection -> MomentsTable.find(connection, federation, name, version));
  }

  @Override
  public Optional<ClippingNorm> clippingNorm(
      FederationName federation, ModelName name, int version) {
    return transactions.readCommitted(
        "read-clipping-norm",
        connection -> ClippingTable.find(connection, federation, name, version));
  }

  @Override
  public Optional<byte[]> content(FederationName federation, ModelName name, int version) {
    return transactions.readCommitted(
        "read-model",
        connection ->
            Sql.first(
                    run(
                        connection,
                        """
                        select content from aggregator.model_versions
                        where federation = $1 and name = $2 and version = $3
                        """,
                        federation.value(),
                        name.value(),
                        version))
                .map(row -> Sql.bytes(row, "content")));
  }
}
