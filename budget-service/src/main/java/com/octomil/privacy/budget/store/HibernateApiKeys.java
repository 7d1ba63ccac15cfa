package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.ApiKey;
import com.octomil.privacy.budget.domain.ApiKeySecret;
import com.octomil.privacy.budget.domain.ApiKeys;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.Event;
import com.octomil.privacy.budget.domain.EventKind;
import com.octomil.privacy.budget.domain.FederationName;
import io.quarkus.hibernate.reactive.panache.Panache;
import io.quarkus.panache.common.Sort;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** API keys in PostgreSQL. */
@ApplicationScoped
class HibernateApiKeys implements ApiKeys {

  private static final String BOOTSTRAP =
      """
      INSERT INTO budget.api_key (id, sha256, name, scopes, bootstrap, created_at, created_by)
      SELECT $1, $2, $3, ARRAY ['ADMIN'], true, $4, $5
       WHERE NOT EXISTS (SELECT FROM budget.retired_api_key_secret WHERE sha256 = $2)
      ON CONFLICT (sha256) DO NOTHING
      """;

  private static final String END_EARLIER =
      """
      UPDATE budget.retired_api_key_secret SET valid_until = :until
       WHERE api_key = :key AND valid_until > :until
      """;

  private static final String RETIRE =
      """
      INSERT INTO budget.retired_api_key_secret (sha256, api_key, valid_until)
      VALUES (:sha256, :key, :until)
      """;

  private final ApiKeyRepository keys;
  private final EventRepository events;
  private final Pool pool;

  HibernateApiKeys(ApiKeyRepository keys, EventRepository events, Pool pool) {
    this.keys = keys;
    this.events = events;
    this.pool = pool;
  }

  @Override
  public void add(ApiKey key, ApiKeySecret secret) {
    ApiKeyEntity stored = new ApiKeyEntity(key, secret, false);
    Reactive.inTransaction(() ->
        keys.persist(stored)
            .chain(entity -> record(EventKind.API_KEY_CREATED, entity, key.created(), Map.of())));
  }

  @Override
  public RotateOutcome rotate(UUID id, ApiKeySecret secret, Instant oldUntil, Change change) {
    return Reactive.inTransaction(() ->
        keys.findById(id, LockModeType.PESSIMISTIC_WRITE)
            .chain(key -> {
              if (key == null) {
                return Uni.createFrom().item(new RotateOutcome.Unknown());
              }
              if (key.revokedAt != null) {
                return Uni.createFrom().item(new RotateOutcome.Revoked());
              }
              byte[] old = key.sha256;
              key.sha256 = secret.sha256();
              key.rotatedAt = change.at();
              return retire(old, id, oldUntil)
                  .chain(retired ->
                      record(
                          EventKind.API_KEY_ROTATED,
                          key,
                          change,
                          Map.of("old_secret_until", oldUntil.toString())))
                  .map(event -> new RotateOutcome.Rotated(key.toDomain()));
            }));
  }

  private static Uni<Integer> retire(byte[] sha256, UUID key, Instant until) {
    return Panache.getSession()
        .chain(session ->
            session
                .createNativeQuery(END_EARLIER)
                .setParameter("until", until)
                .setParameter("key", key)
                .executeUpdate()
                .chain(ended ->
                    session
                        .createNativeQuery(RETIRE)
                        .setParameter("sha256", sha256)
                        .setParameter("key", key)
                        .setParameter("until", until)
                        .executeUpdate()));
  }

  private Uni<EventEntity> record(
      EventKind kind, ApiKeyEntity key, Change change, Map<String, String> more) {
    Map<String, String> details = new HashMap<>(more);
    details.put("key", key.id.toString());
    details.put("name", key.name);
    details.put("scopes", String.join(",", key.scopes));
    return events.persist(
        new EventEntity(
            new Event(
                kind,
                Optional.ofNullable(key.federation).map(FederationName::new),
                Optional.empty(),
                change,
                details)));
  }

  @Override
  public void addBootstrap(ApiKey key, ApiKeySecret secret) {
    // Replicas that start together insert the same key: a conflict is as good as a success.
    pool.preparedQuery(BOOTSTRAP)
        .executeAndAwait(
            Tuple.of(
                key.id(),
                Buffer.buffer(secret.sha256()),
                key.name(),
                key.created().at().atOffset(ZoneOffset.UTC),
                key.created().by()));
  }

  @Override
  public List<ApiKey> all() {
    return Reactive.inTransaction(() ->
        keys.listAll(Sort.by("createdAt").and("id"))
            .map(found -> found.stream().map(ApiKeyEntity::toDomain).toList()));
  }

  @Override
  public Optional<ApiKey> revoke(UUID id, Change change) {
    return Reactive.inTransaction(() ->
        keys.findById(id, LockModeType.PESSIMISTIC_WRITE)
            .chain(key -> {
              if (key == null) {
                return Uni.createFrom().item(Optional.<ApiKey>empty());
              }
              if (key.revokedAt != null) {
                return Uni.createFrom().item(Optional.of(key.toDomain()));
              }
              key.revokedAt = change.at();
              key.revokedBy = change.by();
              return record(EventKind.API_KEY_REVOKED, key, change, Map.of())
                  .map(event -> Optional.of(key.toDomain()));
            }));
  }
}
