package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.ApiKey;
import com.octomil.privacy.budget.domain.ApiKeySecret;
import com.octomil.privacy.budget.domain.ApiKeys;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import io.quarkus.panache.common.Sort;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** API keys in PostgreSQL. */
@ApplicationScoped
class HibernateApiKeys implements ApiKeys {

  private static final String BOOTSTRAP =
      """
      INSERT INTO budget.api_key (id, sha256, name, scopes, bootstrap, created_at, created_by)
      VALUES ($1, $2, $3, ARRAY ['ADMIN'], true, $4, $5)
      ON CONFLICT (sha256) DO NOTHING
      """;

  private final ApiKeyRepository keys;
  private final Pool pool;

  HibernateApiKeys(ApiKeyRepository keys, Pool pool) {
    this.keys = keys;
    this.pool = pool;
  }

  @Override
  public void add(ApiKey key, ApiKeySecret secret) {
    Reactive.inTransaction(() -> keys.persist(new ApiKeyEntity(key, secret, false)));
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
              if (key.revokedAt == null) {
                key.revokedAt = change.at();
                key.revokedBy = change.by();
              }
              return Uni.createFrom().item(Optional.of(key.toDomain()));
            }));
  }
}
