package com.octomil.privacy.budget.app;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.budget.domain.Configurations;
import com.octomil.privacy.budget.domain.MemoryLedger.Crash;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.ReserveOutcome;
import com.octomil.privacy.budget.domain.ResolveOutcome;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.dp.accounting.AnalyticGaussian;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Drives a ledger with random calls, repetitions and lost replies, beside the simplest thing that
 * could be right: a map of rounds, and the textbook formula over all of it.
 */
final class LedgerModel {

  /** The ledger under test. */
  interface Subject {
    ReserveOutcome reserve(RoundAttempt round);

    ResolveOutcome commit(UUID reservation);

    ResolveOutcome release(UUID reservation);

    /** Whether the change was accepted. */
    boolean configure(PrivacyConfiguration next);

    VersionAccount account();
  }

  private enum State {
    RESERVED,
    COMMITTED,
    RELEASED
  }

  private record Round(UUID reservation, double noise, State state) {}

  private static final double CLOSE = 1e-6;
  private static final String[] NOISES = {"2", "3", "5", "8", "12.5"};
  private static final String[] DELTAS = {"1e-5", "1e-6", "1e-4"};
  private static final String[] BUDGETS = {"2", "3", "4"};

  private final Subject subject;
  private final SplittableRandom random;
  private final Map<RoundAttempt, Round> rounds = new LinkedHashMap<>();
  private double epsilon = 4;
  private double delta = 1e-5;
  private double noise = 8;
  private boolean replaceOne;
  private double spent;
  private int granted;
  private int refused;

  LedgerModel(Subject subject, long seed) {
    this.subject = subject;
    this.random = new SplittableRandom(seed);
  }

  int granted() {
    return granted;
  }

  int refused() {
    return refused;
  }

  void run(int steps) {
    assertThat(subject.configure(Configurations.dp("4", "1e-5", "8", null))).isTrue();
    for (int step = 0; step < steps; step++) {
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> reserve(newOrKnownRound());
        case 4, 5, 6 -> commit();
        case 7, 8 -> release();
        default -> configure();
      }
      check();
    }
  }

  private RoundAttempt newOrKnownRound() {
    List<RoundAttempt> known = new ArrayList<>(rounds.keySet());
    if (!known.isEmpty() && random.nextInt(4) == 0) {
      return known.get(random.nextInt(known.size()));
    }
    return new RoundAttempt(String.format("%016x", random.nextLong()), 1 + random.nextInt(3));
  }

  /** Repeats until a reply arrives, as a client does. */
  private <T> T untilAnswered(Supplier<T> call) {
    while (true) {
      try {
        return call.get();
      } catch (Crash e) {
        // The reply is lost; the same call again.
      }
    }
  }

  private void reserve(RoundAttempt round) {
    Round known = rounds.get(round);
    ReserveOutcome outcome = untilAnswered(() -> subject.reserve(round));
    if (known != null) {
      if (known.state == State.RESERVED) {
        assertThat(outcome)
            .isInstanceOfSatisfying(
                ReserveOutcome.Reserved.class,
                again -> assertThat(again.reservation().id()).isEqualTo(known.reservation));
      } else {
        assertThat(outcome).isInstanceOf(ReserveOutcome.AttemptOver.class);
      }
      return;
    }
    double after = Math.max(spent, loss(true, 1));
    switch (outcome) {
      case ReserveOutcome.Reserved(var reservation) -> {
        granted++;
        assertThat(after).isLessThan(epsilon + CLOSE);
        assertThat(reservation.epsilonAfter().decimal().doubleValue())
            .isCloseTo(after, within(CLOSE));
        rounds.put(round, new Round(reservation.id(), noise, State.RESERVED));
      }
      case ReserveOutcome.Exhausted(var budget, var used, var required) -> {
        refused++;
        assertThat(after).isGreaterThan(epsilon - CLOSE);
        assertThat(required.exceeds(budget)).isTrue();
        assertThat(used.exceeds(budget)).isFalse();
      }
      case ReserveOutcome.FederationUnknown unknown -> throw new AssertionError(unknown);
      case ReserveOutcome.AttemptOver over -> throw new AssertionError(over);
    }
  }

  private void commit() {
    RoundAttempt key = anyRound();
    if (key == null) {
      return;
    }
    Round round = requireNonNull(rounds.get(key));
    ResolveOutcome outcome = untilAnswered(() -> subject.commit(round.reservation));
    if (round.state == State.RELEASED) {
      assertThat(outcome).isInstanceOf(ResolveOutcome.AlreadyOtherwise.class);
      return;
    }
    if (round.state == State.RESERVED) {
      rounds.put(key, new Round(round.reservation, round.noise, State.COMMITTED));
      spent = Math.max(spent, loss(false, 0));
    }
    assertThat(outcome)
        .isInstanceOfSatisfying(
            ResolveOutcome.Resolved.class,
            resolved ->
                assertThat(resolved.spent().decimal().doubleValue())
                    .isCloseTo(spent, within(CLOSE)));
  }

  private void release() {
    RoundAttempt key = anyRound();
    if (key == null) {
      return;
    }
    Round round = requireNonNull(rounds.get(key));
    ResolveOutcome outcome = untilAnswered(() -> subject.release(round.reservation));
    if (round.state == State.COMMITTED) {
      assertThat(outcome).isInstanceOf(ResolveOutcome.AlreadyOtherwise.class);
      return;
    }
    assertThat(outcome).isInstanceOf(ResolveOutcome.Resolved.class);
    rounds.put(key, new Round(round.reservation, round.noise, State.RELEASED));
  }

  private @Nullable RoundAttempt anyRound() {
    List<RoundAttempt> known = new ArrayList<>(rounds.keySet());
    return known.isEmpty() ? null : known.get(random.nextInt(known.size()));
  }

  private void configure() {
    double oldEpsilon = epsilon;
    double oldDelta = delta;
    double oldNoise = noise;
    boolean oldReplaceOne = replaceOne;
    String budget = BUDGETS[random.nextInt(BUDGETS.length)];
    String nextDelta = DELTAS[random.nextInt(DELTAS.length)];
    String nextNoise = NOISES[random.nextInt(NOISES.length)];
    epsilon = Double.parseDouble(budget);
    delta = Double.parseDouble(nextDelta);
    noise = Double.parseDouble(nextNoise);
    replaceOne = random.nextInt(4) == 0;
    double needed = Math.max(spent, loss(true, 0));
    boolean accepted =
        subject.configure(
            Configurations.dp(
                budget, nextDelta, nextNoise, replaceOne ? "replace_one" : "add_remove"));
    if (accepted) {
      assertThat(needed).isLessThan(epsilon + CLOSE);
    } else {
      assertThat(needed).isGreaterThan(epsilon - CLOSE);
      epsilon = oldEpsilon;
      delta = oldDelta;
      noise = oldNoise;
      replaceOne = oldReplaceOne;
    }
  }

  /** Balle and Wang's epsilon of one Gaussian with mu^2 = sum of (sensitivity / noise)^2. */
  private double loss(boolean withReserved, int more) {
    double sum = more / (noise * noise);
    for (Round round : rounds.values()) {
      if (round.state == State.COMMITTED || (withReserved && round.state == State.RESERVED)) {
        sum += 1 / (round.noise * round.noise);
      }
    }
    return sum == 0 ? 0 : AnalyticGaussian.epsilon((replaceOne ? 2 : 1) * Math.sqrt(sum), delta);
  }

  private void check() {
    VersionAccount account = subject.account();
    assertThat(account.spent().decimal().doubleValue()).isCloseTo(spent, within(CLOSE));
    assertThat(account.committed().rounds()).isEqualTo(count(State.COMMITTED));
    assertThat(account.held().rounds()).isEqualTo(count(State.COMMITTED) + count(State.RESERVED));
    assertThat(account.spentOrReserved().decimal().doubleValue())
        .isCloseTo(Math.max(spent, loss(true, 0)), within(CLOSE));
    assertThat(account.spentOrReserved().exceeds(account.budget().orElseThrow().epsilon()))
        .isFalse();
  }

  private long count(State state) {
    return rounds.values().stream().filter(round -> round.state == state).count();
  }
}
