package com.octomil.privacy.kit.audit;

import com.octomil.privacy.kit.db.Transactions;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Brings the outbox to the audit log, in order, again and again until the log has it. Several
 * replicas may do so at once: numbers are given under a lock of the database before anything is
 * sent, and the log drops what it has. The order is one in which the events can have happened: who
 * began after another had committed comes after it. Thread-safe.
 */
@ApplicationScoped
public class AuditDispatcher {

  private static final Logger LOG = Logger.getLogger(AuditDispatcher.class);

  private static final int MAX_EVENTS = 500;
  private static final int MAX_OCTETS = 400_000;
  private static final long INTERVAL_MILLIS = 250;
  private static final long MAX_BACKOFF_MILLIS = 10_000;
  // Arbitrary; with the schema it names the lock.
  private static final int LOCK = 0x6f637461;

  private record Pending(long id, AuditBatch.Numbered event) {}

  private final Transactions transactions;
  private final AuditSource source;
  private final AuditSink sink;
  private final ReentrantLock one = new ReentrantLock();
  private final AtomicLong waiting = new AtomicLong();
  private final String number;
  private final String select;
  private volatile boolean stopping;
  private @Nullable Thread thread;
  private @Nullable String sourceId;

  AuditDispatcher(
      Transactions transactions, AuditSource source, AuditSink sink, MeterRegistry metrics) {
    this.transactions = transactions;
    this.source = source;
    this.sink = sink;
    this.number =
        """
        WITH fresh AS (
          SELECT id, federation, row_number() OVER (PARTITION BY federation ORDER BY id) AS place
            FROM (SELECT id, federation FROM %1$s.audit_outbox WHERE number IS NULL ORDER BY id LIMIT $1) AS first
        ), counted AS (
          INSERT INTO %1$s.audit_counter AS counter (federation, last)
          SELECT federation, max(place) FROM fresh GROUP BY federation
              ON CONFLICT (federation) DO UPDATE SET last = counter.last + excluded.last
          RETURNING federation, last
        ), sizes AS (
          SELECT federation, max(place) AS size FROM fresh GROUP BY federation
        )
        UPDATE %1$s.audit_outbox AS outbox
           SET number = counted.last - sizes.size + fresh.place
          FROM fresh JOIN counted USING (federation) JOIN sizes USING (federation)
         WHERE outbox.id = fresh.id
        """
            .formatted(source.schema());
    // By number, not by id: a row may have got its number after one with a greater id.
    this.select =
        """
        SELECT id, federation, number, type, actor, at, data,
               (SELECT count(*) FROM %1$s.audit_outbox) AS waiting
          FROM %1$s.audit_outbox WHERE number IS NOT NULL ORDER BY number, id LIMIT $1
        """
            .formatted(source.schema());
    metrics.gauge("octomil.audit.outbox.events", waiting);
  }

  void onStart(@Observes StartupEvent started) {
    thread = Thread.ofVirtual().name("audit-dispatcher").start(this::run);
  }

  void onStop(@Observes ShutdownEvent stopped) {
    stopping = true;
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private void run() {
    long pause = INTERVAL_MILLIS;
    while (!stopping) {
      try {
        flush();
        if (pause > INTERVAL_MILLIS) {
          LOG.info("the audit log takes events again");
        }
        pause = INTERVAL_MILLIS;
      } catch (RuntimeException e) {
        if (stopping) {
          return;
        }
        if (pause == INTERVAL_MILLIS) {
          LOG.warnf("the audit log does not take events now; they wait: %s", e.getMessage());
        }
        pause = Math.min(MAX_BACKOFF_MILLIS, 2 * pause);
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /**
   * Sends what waits now; returns when the log has it. Blocking.
   *
   * @throws RuntimeException if the log or the database does not answer; nothing is lost
   */
  public void flush() {
    one.lock();
    try {
      while (sendSome()) {
        // Until nothing is left.
      }
    } finally {
      one.unlock();
    }
  }

  private boolean sendSome() {
    List<Pending> pending = transactions.readCommitted("audit-outbox-number", this::next);
    if (pending.isEmpty()) {
      return false;
    }
    sink.deliver(
        new AuditBatch(
            source.service(), sourceId(), pending.stream().map(Pending::event).toList()));
    Long[] ids = pending.stream().map(Pending::id).toArray(Long[]::new);
    int unused =
        transactions.readCommitted(
            "audit-outbox-sent",
            connection ->
                connection
                    .preparedQuery(
                        "DELETE FROM " + source.schema() + ".audit_outbox WHERE id = ANY ($1)")
                    .executeAndAwait(Tuple.of((Object) ids))
                    .rowCount());
    return true;
  }

  private List<Pending> next(SqlConnection connection) {
    connection
        .preparedQuery("SELECT pg_advisory_xact_lock($1, hashtext($2))")
        .executeAndAwait(Tuple.of(LOCK, source.schema()));
    connection.preparedQuery(number).executeAndAwait(Tuple.of(MAX_EVENTS));
    List<Pending> pending = new ArrayList<>();
    int octets = 0;
    long total = 0;
    for (Row row : connection.preparedQuery(select).executeAndAwait(Tuple.of(MAX_EVENTS))) {
      total = row.getLong("waiting");
      String data = row.getString("data");
      // UTF-8 takes at most three octets for a UTF-16 unit.
      octets += 3 * data.length() + 256;
      if (octets > MAX_OCTETS && !pending.isEmpty()) {
        break;
      }
      pending.add(
          new Pending(
              row.getLong("id"),
              new AuditBatch.Numbered(
                  row.getString("federation"),
                  row.getLong("number"),
                  row.getString("type"),
                  row.getString("actor"),
                  row.getOffsetDateTime("at").toInstant(),
                  data)));
    }
    waiting.set(total);
    return pending;
  }

  private String sourceId() {
    String known = sourceId;
    if (known == null) {
      known =
          transactions.readCommitted(
              "audit-source",
              connection ->
                  connection
                      .query("SELECT id::text AS id FROM " + source.schema() + ".audit_source")
                      .executeAndAwait()
                      .iterator()
                      .next()
                      .getString("id"));
      sourceId = known;
    }
    return known;
  }
}
