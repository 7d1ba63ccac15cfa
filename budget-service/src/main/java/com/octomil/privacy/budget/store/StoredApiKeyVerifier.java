package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.ApiKeySecret;
import com.octomil.privacy.kit.auth.ApiKeyVerifier;
import com.octomil.privacy.kit.auth.Principal;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Looks API keys up by their SHA-256. An index lookup may leak how long a prefix of two hashes
 * agrees, which says nothing about a 256-bit random key; the found hash is still compared in
 * constant time.
 */
@ApplicationScoped
class StoredApiKeyVerifier implements ApiKeyVerifier {

  private static final String FIND =
      """
      SELECT id, sha256, scopes, federation FROM budget.api_key WHERE sha256 = $1 AND revoked_at IS NULL
      UNION ALL
      SELECT k.id, r.sha256, k.scopes, k.federation
        FROM budget.retired_api_key_secret r JOIN budget.api_key k ON k.id = r.api_key
       WHERE r.sha256 = $1 AND r.valid_until > $2 AND k.revoked_at IS NULL
      """;

  private final Pool pool;
  private final Clock clock;

  StoredApiKeyVerifier(Pool pool, Clock clock) {
    this.pool = pool;
    this.clock = clock;
  }

  @Override
  public Uni<Optional<Principal>> verify(String apiKey) {
    Optional<ApiKeySecret> secret = ApiKeySecret.parse(apiKey);
    if (secret.isEmpty()) {
      return Uni.createFrom().item(Optional.empty());
    }
    byte[] sha256 = secret.get().sha256();
    return pool.preparedQuery(FIND)
        .execute(Tuple.of(Buffer.buffer(sha256), clock.instant().atOffset(ZoneOffset.UTC)))
        .map(rows -> principal(rows, sha256))
        .onFailure()
        .transform(
            e -> new ServiceException(ErrorCode.UNAVAILABLE, "API keys cannot be checked now.", e));
  }

  private static Optional<Principal> principal(RowSet<Row> rows, byte[] sha256) {
    for (Row row : rows) {
      if (MessageDigest.isEqual(sha256, row.getBuffer("sha256").getBytes())) {
        return Optional.of(
            new Principal(
                row.getUUID("id").toString(),
                Arrays.stream(row.getArrayOfStrings("scopes"))
                    .map(Scope::valueOf)
                    .collect(Collectors.toSet()),
                Optional.ofNullable(row.getString("federation"))));
      }
    }
    return Optional.empty();
  }
}
