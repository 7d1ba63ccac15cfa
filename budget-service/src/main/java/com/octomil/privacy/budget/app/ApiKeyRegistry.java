package com.octomil.privacy.budget.app;

import com.octomil.privacy.budget.domain.ApiKey;
import com.octomil.privacy.budget.domain.ApiKeySecret;
import com.octomil.privacy.budget.domain.ApiKeys;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.KeyScope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Makes, lists, rotates and revokes API keys. Thread-safe; blocking. */
@ApplicationScoped
public class ApiKeyRegistry {

  /** A new key with its secret, which is shown this once. */
  public record NewKey(ApiKey key, ApiKeySecret secret) {}

  private static final String DEPLOYMENT = "deployment";

  private final ApiKeys keys;
  private final SecureRandom random;
  private final Clock clock;

  ApiKeyRegistry(ApiKeys keys, SecureRandom random, Clock clock) {
    this.keys = keys;
    this.random = random;
    this.clock = clock;
  }

  /** Makes a key. */
  public NewKey create(
      String name, Set<KeyScope> scopes, Optional<FederationName> federation, String by) {
    ApiKeySecret secret = ApiKeySecret.generate(random);
    ApiKey key =
        new ApiKey(
            UUID.randomUUID(),
            name,
            scopes,
            federation,
            change(by),
            Optional.empty(),
            Optional.empty());
    keys.add(key, secret);
    return new NewKey(key, secret);
  }

  /** Makes sure that the administrator's key of the deployment is known. */
  public void bootstrap(ApiKeySecret secret) {
    ApiKey key =
        new ApiKey(
            UUID.randomUUID(),
            "bootstrap",
            Set.of(KeyScope.ADMIN),
            Optional.empty(),
            change(DEPLOYMENT),
            Optional.empty(),
            Optional.empty());
    keys.addBootstrap(key, secret);
  }

  /** All keys, oldest first. */
  public List<ApiKey> all() {
    return keys.all();
  }

  /**
   * Gives a key a new secret; identifier, scopes and federation stay.
   *
   * @param overlap for how long the old secret stays good beside the new one; zero: not at all
   * @throws ServiceException {@code NOT_FOUND}, or {@code CONFLICT} if it is revoked
   */
  public NewKey rotate(UUID id, Duration overlap, String by) {
    ApiKeySecret secret = ApiKeySecret.generate(random);
    Change change = change(by);
    return switch (keys.rotate(id, secret, change.at().plus(overlap), change)) {
      case ApiKeys.RotateOutcome.Rotated(ApiKey key) -> new NewKey(key, secret);
      case ApiKeys.RotateOutcome.Unknown unknown -> throw unknown(id);
      case ApiKeys.RotateOutcome.Revoked revoked ->
          throw new ServiceException(
              ErrorCode.CONFLICT, "The API key '" + id + "' is revoked; make a new one.");
    };
  }

  /**
   * Revokes a key. Other services may believe it for as long as they cache answers, a few seconds.
   *
   * @throws ServiceException {@code NOT_FOUND}
   */
  public ApiKey revoke(UUID id, String by) {
    return keys.revoke(id, change(by)).orElseThrow(() -> unknown(id));
  }

  private static ServiceException unknown(UUID id) {
    return new ServiceException(ErrorCode.NOT_FOUND, "There is no API key '" + id + "'.");
  }

  private Change change(String by) {
    return new Change(by, clock.instant().truncatedTo(ChronoUnit.MICROS));
  }
}
