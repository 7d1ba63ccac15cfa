package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.region.FederationGate;
import io.smallrye.mutiny.Uni;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Asks the budget service, which knows the pins, and remembers its answer for five seconds.
 * Thread-safe.
 */
@ApplicationScoped
public class BudgetFederationGate implements FederationGate {

  private static final Duration MEMORY = Duration.ofSeconds(5);
  private static final int MAX_ANSWERS = 4096;

  private record Answer(Optional<ServiceException> refusal, Instant until) {}

  private final BudgetLedger budget;
  private final Clock clock;
  private final ConcurrentMap<String, Answer> answers = new ConcurrentHashMap<>();
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("pins-", 0).factory());

  BudgetFederationGate(BudgetLedger budget, Clock clock) {
    this.budget = budget;
    this.clock = clock;
  }

  @PreDestroy
  void stop() {
    executor.shutdownNow();
  }

  @Override
  public Uni<Void> admit(String federation) {
    Answer known = answers.get(federation);
    if (known != null && clock.instant().isBefore(known.until())) {
      return answer(known);
    }
    return Uni.createFrom()
        .item(() -> ask(federation))
        .runSubscriptionOn(executor)
        .chain(BudgetFederationGate::answer);
  }

  private static Uni<Void> answer(Answer answer) {
    return answer.refusal().isPresent()
        ? Uni.createFrom().failure(answer.refusal().get())
        : Uni.createFrom().voidItem();
  }

  private Answer ask(String federation) {
    Optional<ServiceException> refusal = Optional.empty();
    try {
      var unused = budget.configuration(new FederationName(federation));
    } catch (ServiceException e) {
      if (e.code() != ErrorCode.REGION_REFUSED) {
        throw e;
      }
      refusal = Optional.of(e);
    }
    Instant now = clock.instant();
    Answer answer = new Answer(refusal, now.plus(MEMORY));
    if (answers.size() >= MAX_ANSWERS) {
      answers.values().removeIf(old -> !now.isBefore(old.until()));
    }
    if (answers.size() < MAX_ANSWERS) {
      answers.put(federation, answer);
    }
    return answer;
  }
}
