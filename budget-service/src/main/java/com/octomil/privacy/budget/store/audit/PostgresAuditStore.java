package com.octomil.privacy.budget.store.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.audit.AuditEntry;
import com.octomil.privacy.audit.AuditFormatException;
import com.octomil.privacy.audit.CanonicalJson;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.HashChain;
import com.octomil.privacy.audit.LogKey;
import com.octomil.privacy.audit.VerificationKey;
import com.octomil.privacy.budget.domain.audit.AuditEvents;
import com.octomil.privacy.budget.domain.audit.AuditStore;
import com.octomil.privacy.budget.domain.audit.ChainHead;
import com.octomil.privacy.budget.domain.audit.EntryFilter;
import com.octomil.privacy.budget.domain.audit.StoredEntry;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** {@link AuditStore} in PostgreSQL. Appending takes turns on the row of the chain's head. */
@ApplicationScoped
public class PostgresAuditStore implements AuditStore {

  private static final Logger LOG = Logger.getLogger(PostgresAuditStore.class);

  private static final String INSERT =
      """
      INSERT INTO budget.audit_entry (federation, sequence, entry, digest, hash, type, at, source, number)
      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      """;

  private static final String ENTRIES =
      """
      SELECT sequence, entry, digest, hash, type, at FROM budget.audit_entry
       WHERE federation = $1 AND sequence > $2
      """;

  private static final String CHECKPOINTS =
      """
      SELECT federation, sequence, key_id, hash, at, signature FROM budget.audit_checkpoint
       WHERE federation = $1
      """;

  private final Transactions transactions;

  PostgresAuditStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public List<String> append(AuditEvents events, HeadSigner signer, Instant now) {
    Map<String, List<AuditEvents.Reported>> byFederation = new LinkedHashMap<>();
    for (AuditEvents.Reported event : events.events()) {
      byFederation.computeIfAbsent(event.federation(), absent -> new ArrayList<>()).add(event);
    }
    List<String> broken = new ArrayList<>();
    byFederation.forEach((federation, reported) -> {
      boolean intact =
          transactions.readCommitted(
              "audit-append",
              connection -> append(connection, events, federation, reported, signer, now));
      if (!intact) {
        broken.add(federation);
      }
    });
    return broken;
  }

  private static boolean append(
      SqlConnection connection,
      AuditEvents from,
      String federation,
      List<AuditEvents.Reported> reported,
      HeadSigner signer,
      Instant now) {
    ChainHead head = lockHead(connection, federation);
    boolean intact = head.sequence() == 0 || head.isSigned(signer::verifies);
    long received = received(connection, federation, from.source());
    List<Tuple> rows = new ArrayList<>();
    long sequence = head.sequence();
    byte[] hash = head.hash();
    for (AuditEvents.Reported event : reported) {
      if (event.number() <= received) {
        continue;
      }
      if (event.number() != received + 1) {
        // Events were taken from a sender's outbox, or this database is older than the sender's.
        LOG.errorf(
            "audit events %d to %d of source %s are missing",
            received + 1, event.number() - 1, from.source());
      }
      received = event.number();
      sequence++;
      String canonical = canonical(from, event, sequence, now);
      byte[] digest = HashChain.digest(canonical);
      hash = HashChain.next(hash, digest);
      rows.add(
          Tuple.from(
              List.of(
                  federation,
                  sequence,
                  canonical,
                  Buffer.buffer(digest),
                  Buffer.buffer(hash),
                  event.type(),
                  at(event.at()),
                  from.source(),
                  event.number())));
    }
    if (rows.isEmpty()) {
      return intact;
    }
    connection.preparedQuery(INSERT).executeBatchAndAwait(rows);
    if (intact) {
      Checkpoint signed = signer.sign(federation, sequence, hash, now);
      connection
          .preparedQuery(
              """
              UPDATE budget.audit_head SET sequence = $2, hash = $3, key_id = $4, at = $5, signature = $6
               WHERE federation = $1
              """)
          .executeAndAwait(
              Tuple.of(
                  federation,
                  sequence,
                  Buffer.buffer(hash),
                  signed.keyId(),
                  at(signed.at()),
                  Buffer.buffer(signed.signature())));
    } else {
      connection
          .preparedQuery(
              "UPDATE budget.audit_head SET sequence = $2, hash = $3 WHERE federation = $1")
          .executeAndAwait(Tuple.of(federation, sequence, Buffer.buffer(hash)));
    }
    connection
        .preparedQuery(
            """
            INSERT INTO budget.audit_received (federation, source, number) VALUES ($1, $2, $3)
                ON CONFLICT (federation, source) DO UPDATE SET number = excluded.number
            """)
        .executeAndAwait(Tuple.of(federation, from.source(), received));
    return intact;
  }

  private static String canonical(
      AuditEvents from, AuditEvents.Reported event, long sequence, Instant now) {
    ObjectNode data;
    try {
      data = CanonicalJson.parseObject(event.data());
      String unused = CanonicalJson.of(data);
    } catch (AuditFormatException e) {
      // Refusing it would keep all later events of the sender out of the log.
      LOG.errorf("the data of an audit event of %s %s", from.service(), e.getMessage());
      data = CanonicalJson.object().put("unreadable", event.data());
    }
    try {
      return new AuditEntry(
              event.federation(),
              sequence,
              event.at(),
              now,
              event.type(),
              event.actor(),
              from.service(),
              from.source(),
              event.number(),
              from.region(),
              data)
          .canonical();
    } catch (AuditFormatException e) {
      throw new IllegalStateException("numbers of the log are whole", e);
    }
  }

  private static ChainHead lockHead(SqlConnection connection, String federation) {
    connection
        .preparedQuery(
            """
            INSERT INTO budget.audit_head (federation, sequence, hash) VALUES ($1, 0, $2)
                ON CONFLICT DO NOTHING
            """)
        .executeAndAwait(Tuple.of(federation, Buffer.buffer(HashChain.start(federation))));
    Row row =
        connection
            .preparedQuery("SELECT * FROM budget.audit_head WHERE federation = $1 FOR UPDATE")
            .executeAndAwait(Tuple.of(federation))
            .iterator()
            .next();
    return head(row);
  }

  private static ChainHead head(Row row) {
    byte[] hash = bytes(row, "hash");
    long sequence = row.getLong("sequence");
    return new ChainHead(
        sequence,
        hash,
        row.getString("key_id") == null
            ? Optional.empty()
            : Optional.of(
                new Checkpoint(
                    row.getString("federation"),
                    sequence,
                    hash,
                    row.getOffsetDateTime("at").toInstant(),
                    row.getString("key_id"),
                    bytes(row, "signature"))));
  }

  private static long received(SqlConnection connection, String federation, String source) {
    return first(
            connection
                .preparedQuery(
                    "SELECT number FROM budget.audit_received WHERE federation = $1 AND source = $2")
                .executeAndAwait(Tuple.of(federation, source)))
        .map(row -> row.getLong("number"))
        .orElse(0L);
  }

  @Override
  public ChainHead head(String federation) {
    return transactions.readCommitted(
        "audit-head",
        connection ->
            first(
                    connection
                        .preparedQuery("SELECT * FROM budget.audit_head WHERE federation = $1")
                        .executeAndAwait(Tuple.of(federation)))
                .map(PostgresAuditStore::head)
                .orElseGet(() -> new ChainHead(0, HashChain.start(federation), Optional.empty())));
  }

  @Override
  public List<StoredEntry> entries(String federation, long after, long last, int limit) {
    return read(
        ENTRIES + " AND sequence <= $3 ORDER BY sequence LIMIT $4",
        Tuple.of(federation, after, last, limit));
  }

  @Override
  public List<StoredEntry> find(String federation, EntryFilter filter, long after, int limit) {
    return read(
        ENTRIES
            + """
               AND ($3::text[] = '{}' OR type = ANY ($3)) AND ($4::timestamptz IS NULL OR at >= $4)
               AND ($5::timestamptz IS NULL OR at < $5)
             ORDER BY sequence LIMIT $6
            """,
        tuple(
            federation,
            after,
            filter.types().toArray(new String[0]),
            filter.from().map(PostgresAuditStore::at).orElse(null),
            filter.to().map(PostgresAuditStore::at).orElse(null),
            limit));
  }

  private static Tuple tuple(@Nullable Object... values) {
    Tuple tuple = Tuple.tuple();
    for (Object value : values) {
      tuple.addValue(value);
    }
    return tuple;
  }

  @Override
  public Optional<StoredEntry> entry(String federation, long sequence) {
    return entries(federation, sequence - 1, sequence, 1).stream().findFirst();
  }

  private List<StoredEntry> read(String query, Tuple arguments) {
    return transactions.readCommitted(
        "audit-read",
        connection -> {
          List<StoredEntry> found = new ArrayList<>();
          for (Row row : connection.preparedQuery(query).executeAndAwait(arguments)) {
            found.add(
                new StoredEntry(
                    row.getLong("sequence"),
                    row.getString("entry"),
                    bytes(row, "digest"),
                    bytes(row, "hash"),
                    row.getString("type"),
                    row.getOffsetDateTime("at").toInstant()));
          }
          return found;
        });
  }

  @Override
  public List<String> withoutCheckpoint() {
    return transactions.readCommitted(
        "audit-due",
        connection -> {
          List<String> due = new ArrayList<>();
          for (Row row :
              connection
                  .query(
                      """
                      SELECT federation FROM budget.audit_head h
                       WHERE sequence > (SELECT coalesce(max(sequence), 0) FROM budget.audit_checkpoint c
                                          WHERE c.federation = h.federation)
                       ORDER BY federation
                      """)
                  .executeAndAwait()) {
            due.add(row.getString("federation"));
          }
          return due;
        });
  }

  @Override
  public List<Checkpoint> checkpoints(String federation) {
    return readCheckpoints(CHECKPOINTS + " ORDER BY sequence, at", federation);
  }

  @Override
  public Optional<Checkpoint> lastCheckpoint(String federation) {
    return readCheckpoints(CHECKPOINTS + " ORDER BY sequence DESC, at DESC LIMIT 1", federation)
        .stream()
        .findFirst();
  }

  private List<Checkpoint> readCheckpoints(String query, String federation) {
    return transactions.readCommitted(
        "audit-checkpoints",
        connection -> {
          List<Checkpoint> found = new ArrayList<>();
          for (Row row : connection.preparedQuery(query).executeAndAwait(Tuple.of(federation))) {
            found.add(
                new Checkpoint(
                    row.getString("federation"),
                    row.getLong("sequence"),
                    bytes(row, "hash"),
                    row.getOffsetDateTime("at").toInstant(),
                    row.getString("key_id"),
                    bytes(row, "signature")));
          }
          return found;
        });
  }

  @Override
  public void add(Checkpoint checkpoint) {
    int unused =
        transactions.readCommitted(
            "audit-checkpoint",
            connection ->
                connection
                    .preparedQuery(
                        """
                        INSERT INTO budget.audit_checkpoint (federation, sequence, key_id, hash, at, signature)
                        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
                        """)
                    .executeAndAwait(
                        Tuple.of(
                            checkpoint.federation(),
                            checkpoint.sequence(),
                            checkpoint.keyId(),
                            Buffer.buffer(checkpoint.hash()),
                            at(checkpoint.at()),
                            Buffer.buffer(checkpoint.signature())))
                    .rowCount());
  }

  @Override
  public List<LogKey> keys() {
    return transactions.readCommitted(
        "audit-keys",
        connection -> {
          List<LogKey> keys = new ArrayList<>();
          for (Row row :
              connection
                  .query(
                      """
                      SELECT public_key, since, handover_by, handover_signature FROM budget.audit_key
                       ORDER BY since, key_id
                      """)
                  .executeAndAwait()) {
            String by = row.getString("handover_by");
            keys.add(
                new LogKey(
                    key(bytes(row, "public_key")),
                    row.getOffsetDateTime("since").toInstant(),
                    by == null
                        ? Optional.empty()
                        : Optional.of(
                            new LogKey.Handover(by, row.getString("handover_signature")))));
          }
          return keys;
        });
  }

  private static VerificationKey key(byte[] encoded) {
    try {
      return VerificationKey.of(encoded);
    } catch (AuditFormatException e) {
      throw new IllegalStateException("budget.audit_key holds something that is no key", e);
    }
  }

  @Override
  public boolean add(LogKey key) {
    return transactions.readCommitted(
        "audit-key",
        connection ->
            connection
                    .preparedQuery(
                        """
                        INSERT INTO budget.audit_key (key_id, public_key, since, handover_by, handover_signature)
                        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
                        """)
                    .executeAndAwait(
                        tuple(
                            key.key().id(),
                            Buffer.buffer(key.key().encoded()),
                            at(key.since()),
                            key.handover().map(LogKey.Handover::by).orElse(null),
                            key.handover().map(LogKey.Handover::signature).orElse(null)))
                    .rowCount()
                == 1);
  }

  @Override
  public String signingKey(String fresh) {
    return transactions.readCommitted(
        "audit-signing-key",
        connection -> {
          connection
              .preparedQuery(
                  "INSERT INTO budget.audit_signing_key (pem) VALUES ($1) ON CONFLICT DO NOTHING")
              .executeAndAwait(Tuple.of(fresh));
          return connection
              .query("SELECT pem FROM budget.audit_signing_key")
              .executeAndAwait()
              .iterator()
              .next()
              .getString("pem");
        });
  }

  private static byte[] bytes(Row row, String column) {
    return row.getBuffer(column).getBytes();
  }

  private static OffsetDateTime at(Instant instant) {
    return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
  }

  private static Optional<Row> first(RowSet<Row> rows) {
    var iterator = rows.iterator();
    return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
  }
}
