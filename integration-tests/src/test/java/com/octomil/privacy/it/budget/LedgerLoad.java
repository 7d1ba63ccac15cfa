package com.octomil.privacy.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.AnalyticGaussian;
import com.octomil.privacy.dp.accounting.GaussianComposition;
import com.octomil.privacy.it.budget.BudgetDatabase.Held;
import com.octomil.privacy.it.budget.BudgetDatabase.Row;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc.BudgetLedgerBlockingStub;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.ReleaseRequest;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import io.grpc.StatusRuntimeException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Clients that reserve, commit and release rounds without end, repeat every call until it is
 * answered, and keep books of what was acknowledged. {@link #finishAndCheck} compares the books
 * with the database.
 */
final class LedgerLoad {

  /**
   * A federation under load.
   *
   * @param name its name
   * @param epsilon its budget
   * @param noise its noise multiplier
   */
  record Account(String name, String epsilon, String noise) {

    static final double DELTA = 1e-5;

    long budgetNanos() {
      return new BigDecimal(epsilon).movePointRight(9).longValueExact();
    }

    /** Balle and Wang's epsilon of so many rounds, rounded up to nano-epsilon. */
    long lossNanos(long rounds) {
      if (rounds == 0) {
        return 0;
      }
      double mu =
          GaussianComposition.mu(Map.of(Double.parseDouble(noise), rounds), Adjacency.ADD_REMOVE);
      // The largest double that is not above the decimal 1e-5.
      double delta =
          new BigDecimal(DELTA).compareTo(new BigDecimal("1e-5")) > 0
              ? Math.nextDown(DELTA)
              : DELTA;
      return new BigDecimal(AnalyticGaussian.epsilon(mu, delta))
          .movePointRight(9)
          .setScale(0, RoundingMode.CEILING)
          .longValueExact();
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String RESERVED = "RESERVED";

  private final List<Account> accounts;
  private final Supplier<BudgetLedgerBlockingStub> ledger;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong interrupted = new AtomicLong();
  private final AtomicLong exhausted = new AtomicLong();
  private final Map<Row, Boolean> books = new ConcurrentHashMap<>();
  private final Map<String, AtomicLong> highest = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> clients = new ArrayList<>();

  /**
   * @param ledger a ledger that may be dead
   */
  LedgerLoad(List<Account> accounts, Supplier<BudgetLedgerBlockingStub> ledger) {
    this.accounts = accounts;
    this.ledger = ledger;
    accounts.forEach(account -> highest.put(account.name(), new AtomicLong()));
  }

  void start(int threads, long seed) {
    for (int i = 0; i < threads; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      clients.add(Thread.ofPlatform().name("client-" + i).start(() -> runClient(random)));
    }
  }

  /** Calls that were answered so far. */
  long acknowledged() {
    return acknowledged.get();
  }

  /** Calls that got no answer and were repeated. */
  long interrupted() {
    return interrupted.get();
  }

  /** Reservations that were refused because the budget was spent. */
  long exhausted() {
    return exhausted.get();
  }

  private void runClient(SplittableRandom random) {
    try {
      while (!stopping.get()) {
        oneRound(accounts.get(random.nextInt(accounts.size())), random);
      }
    } catch (RuntimeException | Error e) {
      failures.add(e);
    }
  }

  private void oneRound(Account account, SplittableRandom random) {
    byte[] id = new byte[16];
    random.nextBytes(id);
    int attempt = 1 + random.nextInt(3);
    ReserveRequest request =
        ReserveRequest.newBuilder()
            .setFederation(account.name())
            .setRoundId(ByteString.copyFrom(id))
            .setAttempt(attempt)
            .build();
    ReserveResponse response = answered(stub -> stub.reserve(request));
    if (response.hasExhausted()) {
      exhausted.incrementAndGet();
      return;
    }
    assertThat(response.hasReserved()).as("%s", response).isTrue();
    assertThat(nanos(response.getReserved().getEpsilonAfter()))
        .isLessThanOrEqualTo(account.budgetNanos());
    String reservation = response.getReserved().getReservationId();
    if (random.nextInt(8) == 0) {
      ReserveResponse again = answered(stub -> stub.reserve(request));
      assertThat(again.getReserved().getReservationId()).isEqualTo(reservation);
    }
    String state =
        switch (random.nextInt(10)) {
          case 0 -> RESERVED;
          case 1, 2, 3 -> release(account, reservation);
          default -> commit(account, reservation, random.nextInt(8) == 0);
        };
    books.put(
        new Row(reservation, account.name(), HexFormat.of().formatHex(id), attempt, state), true);
  }

  private String commit(Account account, String reservation, boolean twice) {
    CommitRequest request =
        CommitRequest.newBuilder()
            .setReservationId(reservation)
            .setCohort(20)
            .setSurvivors(18)
            .build();
    spentNeverFalls(account, () -> answered(stub -> stub.commit(request)).getEpsilonSpent());
    if (twice) {
      spentNeverFalls(account, () -> answered(stub -> stub.commit(request)).getEpsilonSpent());
    }
    return "COMMITTED";
  }

  private String release(Account account, String reservation) {
    ReleaseRequest request =
        ReleaseRequest.newBuilder()
            .setReservationId(reservation)
            .setReason(
                Aborted.newBuilder()
                    .setReason(AbortReason.ABORT_REASON_TOO_FEW_DEVICES)
                    .setDetail("3 of 10 devices came"))
            .build();
    spentNeverFalls(account, () -> answered(stub -> stub.release(request)).getEpsilonSpent());
    return "RELEASED";
  }

  /** Whatever was answered before a call was sent is a floor for its answer. */
  private void spentNeverFalls(Account account, Supplier<String> call) {
    AtomicLong seen = highest.get(account.name());
    long floor = seen.get();
    long spent = nanos(call.get());
    assertThat(spent).as("spent in %s", account.name()).isGreaterThanOrEqualTo(floor);
    seen.accumulateAndGet(spent, Math::max);
  }

  private <T> T answered(Function<BudgetLedgerBlockingStub, T> call) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        T answer = call.apply(ledger.get().withDeadlineAfter(10, TimeUnit.SECONDS));
        acknowledged.incrementAndGet();
        return answer;
      } catch (StatusRuntimeException e) {
        switch (e.getStatus().getCode()) {
          case UNAVAILABLE, DEADLINE_EXCEEDED, UNKNOWN, CANCELLED, INTERNAL -> {
            if (System.nanoTime() - deadline > 0) {
              throw e;
            }
            interrupted.incrementAndGet();
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
          }
          default -> throw e;
        }
      }
    }
  }

  private static long nanos(String epsilon) {
    return new BigDecimal(epsilon).movePointRight(9).longValueExact();
  }

  /** Lets every client end after its round. */
  void stop() {
    stopping.set(true);
  }

  /** Fails if a client has failed. */
  void requireHealthy() {
    for (Throwable failure : failures) {
      throw new AssertionError("a client failed", failure);
    }
  }

  /** What must hold at every instant, whether a service runs or not. */
  void checkInvariants(List<Held> versions, Map<String, Long> spentBefore) {
    for (Held held : versions) {
      Account account =
          accounts.stream()
              .filter(candidate -> candidate.name().equals(held.federation()))
              .findFirst()
              .orElseThrow();
      assertThat(account.lossNanos(held.committed() + held.reserved()))
          .as("spent and reserved of %s", held)
          .isLessThanOrEqualTo(account.budgetNanos());
      assertThat(held.spentNanos())
          .as("spent by %s", held)
          .isEqualTo(account.lossNanos(held.committed()));
      Long before = spentBefore.put(held.federation(), held.spentNanos());
      assertThat(held.spentNanos())
          .as("spent by %s after %s", held, before)
          .isGreaterThanOrEqualTo(before == null ? 0 : before);
    }
  }

  /** Lets every client finish its round and compares the books with the database. */
  void finishAndCheck(BudgetDatabase database) throws Exception {
    stop();
    for (Thread client : clients) {
      assertThat(client.join(PATIENCE.plusSeconds(30))).as("a client finishes").isTrue();
    }
    requireHealthy();
    // Nothing acknowledged is lost, nothing is there that nobody asked for, nothing is there twice.
    assertThat(database.reservations()).containsExactlyInAnyOrderElementsOf(books.keySet());
    for (Account account : accounts) {
      long committed =
          books.keySet().stream()
              .filter(row -> row.federation().equals(account.name()))
              .filter(row -> row.state().equals("COMMITTED"))
              .count();
      long expected = account.lossNanos(committed);
      assertThat(database.addedNanos(account.name()))
          .as("added in %s", account)
          .isEqualTo(expected);
      assertThat(highest.get(account.name()).get())
          .as("largest answer of %s", account)
          .isLessThanOrEqualTo(expected);
    }
  }
}
