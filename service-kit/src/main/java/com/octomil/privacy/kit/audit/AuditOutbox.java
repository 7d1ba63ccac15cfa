package com.octomil.privacy.kit.audit;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.json.JsonObject;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;

/**
 * Where events wait for the audit log. An event that changes state is written by a trigger in the
 * transaction of the change; what is left for this class are accesses and refusals, which change
 * nothing. Thread-safe.
 */
@ApplicationScoped
public class AuditOutbox {

  private final Pool pool;
  private final String insert;
  private final Clock clock;

  AuditOutbox(Pool pool, AuditSource source, Clock clock) {
    this.pool = pool;
    this.insert =
        "INSERT INTO "
            + source.schema()
            + ".audit_outbox (federation, type, actor, at, data) VALUES ($1, $2, $3, $4, $5)";
    this.clock = clock;
  }

  /**
   * Writes an event; completes when it is durable here.
   *
   * @return fails with {@code UNAVAILABLE} if the database does not take it
   */
  public Uni<Void> record(AuditEvent event) {
    Tuple row =
        Tuple.of(
            event.federation().orElse(""),
            event.type(),
            event.actor(),
            OffsetDateTime.ofInstant(clock.instant(), ZoneOffset.UTC),
            new JsonObject(new HashMap<>(event.data())).encode());
    return Uni.createFrom()
        .deferred(() -> pool.preparedQuery(insert).execute(row))
        .onFailure()
        .transform(failure ->
            new ServiceException(
                ErrorCode.UNAVAILABLE,
                "The audit log cannot be written now, so nothing is answered.",
                failure))
        .replaceWithVoid();
  }
}
