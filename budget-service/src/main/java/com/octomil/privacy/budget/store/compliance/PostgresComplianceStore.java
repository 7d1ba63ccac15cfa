package com.octomil.privacy.budget.store.compliance;

import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.compliance.ComplianceStore;
import com.octomil.privacy.budget.domain.compliance.DpiaBundle;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** {@link ComplianceStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresComplianceStore implements ComplianceStore {

  private final Transactions transactions;

  PostgresComplianceStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public void add(FederationName federation, DpiaBundle bundle, byte[] content) {
    int unused =
        transactions.readCommitted(
            "dpia-add",
            connection ->
                connection
                    .preparedQuery(
                        """
                        INSERT INTO budget.dpia_bundle
                          (id, federation, version, configuration, sha256, content, created_at, created_by)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                        """)
                    .executeAndAwait(
                        Tuple.from(
                            List.of(
                                bundle.id(),
                                federation.value(),
                                bundle.version(),
                                bundle.configuration(),
                                Buffer.buffer(HexFormat.of().parseHex(bundle.sha256())),
                                Buffer.buffer(content),
                                OffsetDateTime.ofInstant(bundle.createdAt(), ZoneOffset.UTC),
                                bundle.createdBy())))
                    .rowCount());
  }

  @Override
  public List<DpiaBundle> bundles(FederationName federation) {
    List<DpiaBundle> bundles = new ArrayList<>();
    for (Row row :
        rows(
            """
            SELECT id, version, configuration, sha256, octet_length(content) AS bytes, created_at, created_by
              FROM budget.dpia_bundle WHERE federation = $1 ORDER BY created_at DESC, id
            """,
            Tuple.of(federation.value()))) {
      bundles.add(
          new DpiaBundle(
              row.getUUID("id"),
              row.getInteger("version"),
              row.getInteger("configuration"),
              HexFormat.of().formatHex(row.getBuffer("sha256").getBytes()),
              row.getInteger("bytes"),
              row.getOffsetDateTime("created_at").toInstant(),
              row.getString("created_by")));
    }
    return bundles;
  }

  @Override
  public Optional<byte[]> content(FederationName federation, UUID bundle) {
    for (Row row :
        rows(
            "SELECT content FROM budget.dpia_bundle WHERE federation = $1 AND id = $2",
            Tuple.of(federation.value(), bundle))) {
      return Optional.of(row.getBuffer("content").getBytes());
    }
    return Optional.empty();
  }

  @Override
  public Optional<Instant> firstBundle(FederationName federation, int version) {
    return instant(
        "SELECT min(created_at) AS at FROM budget.dpia_bundle WHERE federation = $1 AND version = $2",
        Tuple.of(federation.value(), version));
  }

  @Override
  public Optional<Instant> firstRound(FederationName federation, int version) {
    return instant(
        "SELECT min(reserved_at) AS at FROM budget.reservation WHERE federation = $1 AND version = $2",
        Tuple.of(federation.value(), version));
  }

  private Optional<Instant> instant(String query, Tuple arguments) {
    return Optional.ofNullable(rows(query, arguments).iterator().next().getOffsetDateTime("at"))
        .map(OffsetDateTime::toInstant);
  }

  @Override
  public long deviceReports(FederationName federation) {
    return rows(
            """
            SELECT count(*) AS reports FROM budget.audit_entry
             WHERE federation = $1 AND (type LIKE 'device.%' OR type = 'participation.recorded')
            """,
            Tuple.of(federation.value()))
        .iterator()
        .next()
        .getLong("reports");
  }

  @Override
  public List<ServiceSettings> serviceSettings() {
    List<ServiceSettings> settings = new ArrayList<>();
    for (Row row :
        rows(
            """
            SELECT DISTINCT ON (source) entry FROM budget.audit_entry
             WHERE federation = '' AND type = 'service.started' ORDER BY source, sequence DESC
            """,
            Tuple.tuple())) {
      JsonObject entry = new JsonObject(row.getString("entry"));
      Map<String, String> said = new TreeMap<>();
      entry
          .getJsonObject("data")
          .forEach(each -> said.put(each.getKey(), String.valueOf(each.getValue())));
      settings.add(
          new ServiceSettings(
              entry.getString("service"),
              Optional.ofNullable(entry.getString("region")),
              Instant.parse(entry.getString("at")),
              said));
    }
    return settings;
  }

  private RowSet<Row> rows(String query, Tuple arguments) {
    return transactions.readCommitted(
        "compliance-read",
        connection -> connection.preparedQuery(query).executeAndAwait(arguments));
  }
}
