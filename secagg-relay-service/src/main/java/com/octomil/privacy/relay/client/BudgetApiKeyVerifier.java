package com.octomil.privacy.relay.client;

import com.octomil.privacy.kit.auth.ApiKeyVerifier;
import com.octomil.privacy.kit.auth.Principal;
import com.octomil.privacy.kit.auth.Scope;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.proto.budget.v1.ApiKeyIdentity;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyResponse;
import com.octomil.privacy.relay.domain.Bytes;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.microprofile.faulttolerance.exceptions.FaultToleranceException;

/**
 * Asks the budget service who holds an API key, and remembers the answer for five seconds under the
 * hash of the key. So a revoked key may work for five seconds more. Thread-safe.
 */
@ApplicationScoped
public class BudgetApiKeyVerifier implements ApiKeyVerifier {

  private static final Duration MEMORY = Duration.ofSeconds(5);
  private static final int MAX_ANSWERS = 4096;

  private final BudgetCalls calls;
  private final Clock clock;
  private final ConcurrentMap<Bytes, Answer> answers = new ConcurrentHashMap<>();
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("api-keys-", 0).factory());

  BudgetApiKeyVerifier(BudgetCalls calls, Clock clock) {
    this.calls = calls;
    this.clock = clock;
  }

  private record Answer(Optional<Principal> principal, Instant until) {}

  @PreDestroy
  void stop() {
    executor.shutdownNow();
  }

  @Override
  public Uni<Optional<Principal>> verify(String apiKey) {
    Bytes hash = Bytes.of(apiKey.getBytes(StandardCharsets.UTF_8)).sha256();
    Answer known = answers.get(hash);
    if (known != null && clock.instant().isBefore(known.until())) {
      return Uni.createFrom().item(known.principal());
    }
    return Uni.createFrom()
        .item(() -> {
          Optional<Principal> principal = ask(apiKey);
          remember(hash, principal);
          return principal;
        })
        .runSubscriptionOn(executor);
  }

  private void remember(Bytes hash, Optional<Principal> principal) {
    Instant now = clock.instant();
    if (answers.size() >= MAX_ANSWERS) {
      answers.values().removeIf(answer -> !now.isBefore(answer.until()));
    }
    if (answers.size() < MAX_ANSWERS) {
      answers.put(hash, new Answer(principal, now.plus(MEMORY)));
    }
  }

  private Optional<Principal> ask(String apiKey) {
    try {
      VerifyApiKeyResponse response =
          calls.verify(VerifyApiKeyRequest.newBuilder().setApiKey(apiKey).build());
      return switch (response.getOutcomeCase()) {
        case IDENTITY -> Optional.of(toPrincipal(response.getIdentity()));
        case INVALID, OUTCOME_NOT_SET -> Optional.empty();
      };
    } catch (PeerFailure e) {
      throw unavailable(e.translated().code(), e);
    } catch (FaultToleranceException e) {
      throw unavailable(ErrorCode.UNAVAILABLE, e);
    } catch (ServiceException e) {
      // Whatever else the budget service refuses is between the services, not the caller's fault.
      throw new ServiceException(ErrorCode.INTERNAL, "The API key cannot be checked.", e);
    }
  }

  private static ServiceException unavailable(ErrorCode code, RuntimeException cause) {
    return new ServiceException(
        code, "The budget service, which checks API keys, does not answer now.", cause);
  }

  private static Principal toPrincipal(ApiKeyIdentity identity) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (com.octomil.privacy.proto.budget.v1.Scope scope : identity.getScopesList()) {
      switch (scope) {
        case SCOPE_ADMIN -> scopes.add(Scope.ADMIN);
        case SCOPE_OPERATOR -> scopes.add(Scope.OPERATOR);
        case SCOPE_AUDITOR -> scopes.add(Scope.AUDITOR);
        case SCOPE_READ -> scopes.add(Scope.READ);
        case SCOPE_UNSPECIFIED, UNRECOGNIZED -> {
          // A scope that this version does not know grants nothing.
        }
      }
    }
    return new Principal(
        identity.getKeyId(),
        scopes,
        identity.getFederation().isEmpty()
            ? Optional.empty()
            : Optional.of(identity.getFederation()));
  }
}
