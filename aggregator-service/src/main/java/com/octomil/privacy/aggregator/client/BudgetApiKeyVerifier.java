package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.kit.auth.ApiKeyVerifier;
import com.octomil.privacy.kit.auth.Principal;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyRequest;
import com.octomil.privacy.proto.budget.v1.VerifyApiKeyResponse;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks the budget service for the holder of an API key and remembers the answer for five seconds,
 * under the hash of the key. So a revoked key works for five seconds more.
 */
@ApplicationScoped
public class BudgetApiKeyVerifier implements ApiKeyVerifier {
  private static final Duration MEMORY = Duration.ofSeconds(5);
  private static final int MAX_KEYS = 4096;

  private record Answer(Optional<Principal> principal, Instant until) {}

  private final BudgetCalls calls;
  private final Clock clock;
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("api-keys-", 0).factory());
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Octets, Answer> answers =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Octets, Answer> eldest) {
          return size() > MAX_KEYS;
        }
      };

  BudgetApiKeyVerifier(BudgetCalls calls, Clock clock) {
    this.calls = calls;
    this.clock = clock;
  }

  @Override
  public Uni<Optional<Principal>> verify(String apiKey) {
    Octets hash = Octets.sha256(apiKey.getBytes(StandardCharsets.UTF_8));
    Optional<Answer> known = remembered(hash);
    if (known.isPresent()) {
      return Uni.createFrom().item(known.get().principal());
    }
    return Uni.createFrom()
        .item(() -> {
          Optional<Principal> principal = ask(apiKey);
          remember(hash, new Answer(principal, clock.instant().plus(MEMORY)));
          return principal;
        })
        .runSubscriptionOn(executor);
  }

  private Optional<Principal> ask(String apiKey) {
    return Calls.guard(
        "budget service",
        () -> {
          VerifyApiKeyResponse response =
              calls.verify(VerifyApiKeyRequest.newBuilder().setApiKey(apiKey).build());
          return switch (response.getOutcomeCase()) {
            case IDENTITY -> Optional.of(BudgetMapper.toPrincipal(response.getIdentity()));
            case INVALID, OUTCOME_NOT_SET -> Optional.empty();
          };
        });
  }

  private Optional<Answer> remembered(Octets hash) {
    lock.lock();
    try {
      return Optional.ofNullable(answers.get(hash))
          .filter(answer -> clock.instant().isBefore(answer.until()));
    } finally {
      lock.unlock();
    }
  }

  private void remember(Octets hash, Answer answer) {
    lock.lock();
    try {
      answers.put(hash, answer);
    } finally {
      lock.unlock();
    }
  }

  @PreDestroy
  void stop() {
    executor.shutdownNow();
  }
}
