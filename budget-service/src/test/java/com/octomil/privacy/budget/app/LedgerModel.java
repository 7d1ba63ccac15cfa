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
import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.AnalyticGaussian;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.Mechanism;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.PrivacyLossAccountant;
import com.octomil.privacy.dp.accounting.RenyiAccountant;
import com.octomil.privacy.dp.accounting.Sampling;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  /** With rate 1 every device may take part. */
  private record Round(UUID reservation, double noise, double rate, State state) {
    Round as(State next) {
      return new Round(reservation, noise, rate, next);
    }

    PrivacyEvent event() {
      return PrivacyEvent.sampledGaussian(noise, rate);
    }
  }

  private static final double CLOSE = 1e-6;
  private static final String[] NOISES = {"2", "3", "5", "8", "12.5"};
  private static final String[] DELTAS = {"1e-5", "1e-6", "1e-4"};
  private static final String[] BUDGETS = {"2", "3", "4"};

  private static final String[] RATES = {"0.01", "0.05"};

  private final Subject subject;
  private final boolean sampling;
  private static final double[] ORDERS = {3, 6, 10, 18, 32, 64};

  private final PrivacyLossAccountant losses = new PrivacyLossAccountant();
  private final Map<List<Object>, Double> known = new HashMap<>();
  private final SplittableRandom random;
  private final Map<RoundAttempt, Round> rounds = new LinkedHashMap<>();
  private double epsilon = 4;
  private double delta = 1e-5;
  private double noise = 8;
  private boolean replaceOne;
  private double spent;
  private double rate = 1;
  private int depth;
  private int granted;
  private int refused;

  /**
   * @param sampling whether configurations may sample
   */
  LedgerModel(Subject subject, long seed, boolean sampling) {
    this.subject = subject;
    this.sampling = sampling;
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
    return untilAnswered(call, () -> {});
  }

  /**
   * Repeats until a reply arrives. Between a lost reply and the repetition other clients go on.
   *
   * @param effect what the call does to the reference, once
   */
  private <T> T untilAnswered(Supplier<T> call, Runnable effect) {
    boolean done = false;
    while (true) {
      try {
        T reply = call.get();
        if (!done) {
          effect.run();
        }
        return reply;
      } catch (Crash e) {
        if (e.committed() && !done) {
          done = true;
          effect.run();
        }
        if (depth == 0) {
          others();
        }
      }
    }
  }

  private void others() {
    depth++;
    for (int calls = random.nextInt(3); calls > 0; calls--) {
      if (random.nextBoolean()) {
        commit();
      } else {
        release();
      }
      check();
    }
    depth--;
  }

  private void reserve(RoundAttempt round) {
    Round known = rounds.get(round);
    // Nobody else in between: until the reply comes the reference cannot name the reservation.
    depth++;
    ReserveOutcome outcome = untilAnswered(() -> subject.reserve(round));
    depth--;
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
    double after = Math.max(spent, lossWithOneMore());
    switch (outcome) {
      case ReserveOutcome.Reserved(var reservation) -> {
        granted++;
        assertThat(after).isLessThan(epsilon + CLOSE);
        assertThat(reservation.epsilonAfter().decimal().doubleValue())
            .isCloseTo(after, within(CLOSE));
        rounds.put(round, new Round(reservation.id(), noise, rate, State.RESERVED));
      }
      case ReserveOutcome.Exhausted(var budget, var used, var required, var first) -> {
        refused++;
        assertThat(after).isGreaterThan(epsilon - CLOSE);
        assertThat(required.exceeds(budget)).isTrue();
        assertThat(used.exceeds(budget)).isFalse();
      }
      case ReserveOutcome.RegionRefused pinned -> throw new AssertionError(pinned);
      case ReserveOutcome.ComplianceRefused clause -> throw new AssertionError(clause);
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
    ResolveOutcome outcome =
        untilAnswered(
            () -> subject.commit(round.reservation),
            () -> {
              if (requireNonNull(rounds.get(key)).state == State.RESERVED) {
                rounds.put(key, round.as(State.COMMITTED));
                spent = Math.max(spent, loss(false));
              }
            });
    if (requireNonNull(rounds.get(key)).state == State.RELEASED) {
      assertThat(outcome).isInstanceOf(ResolveOutcome.AlreadyOtherwise.class);
      return;
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
    ResolveOutcome outcome =
        untilAnswered(
            () -> subject.release(round.reservation),
            () -> {
              if (requireNonNull(rounds.get(key)).state == State.RESERVED) {
                rounds.put(key, round.as(State.RELEASED));
              }
            });
    if (requireNonNull(rounds.get(key)).state == State.COMMITTED) {
      assertThat(outcome).isInstanceOf(ResolveOutcome.AlreadyOtherwise.class);
      return;
    }
    assertThat(outcome).isInstanceOf(ResolveOutcome.Resolved.class);
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
    double oldRate = rate;
    String budget = BUDGETS[random.nextInt(BUDGETS.length)];
    String nextDelta = DELTAS[random.nextInt(DELTAS.length)];
    String nextNoise = NOISES[random.nextInt(NOISES.length)];
    epsilon = Double.parseDouble(budget);
    delta = Double.parseDouble(nextDelta);
    noise = Double.parseDouble(nextNoise);
    String nextRate =
        sampling && random.nextInt(3) != 0 ? RATES[random.nextInt(RATES.length)] : "1";
    rate = Double.parseDouble(nextRate);
    // With sampling there is add_remove only, and rounds that sampled stay.
    replaceOne = !sampling && random.nextInt(4) == 0;
    double needed = Math.max(spent, loss(true));
    boolean accepted =
        subject.configure(
            rate < 1
                ? Configurations.sampled(budget, nextDelta, nextNoise, nextRate)
                : Configurations.dp(
                    budget, nextDelta, nextNoise, replaceOne ? "replace_one" : "add_remove"));
    if (accepted) {
      assertThat(needed).isLessThan(epsilon + CLOSE);
    } else {
      assertThat(needed).isGreaterThan(epsilon - CLOSE);
      epsilon = oldEpsilon;
      delta = oldDelta;
      noise = oldNoise;
      replaceOne = oldReplaceOne;
      rate = oldRate;
    }
  }

  private double loss(boolean withReserved) {
    return loss(counted(withReserved), kinds());
  }

  private double lossWithOneMore() {
    Map<PrivacyEvent, Long> all = counted(true);
    all.merge(PrivacyEvent.sampledGaussian(noise, rate), 1L, Long::sum);
    return loss(all, all.keySet());
  }

  /** Of everything that is held. */
  private Set<PrivacyEvent> kinds() {
    return counted(true).keySet();
  }

  private Map<PrivacyEvent, Long> counted(boolean withReserved) {
    Map<PrivacyEvent, Long> counts = new HashMap<>();
    for (Round round : rounds.values()) {
      if (round.state == State.COMMITTED || (withReserved && round.state == State.RESERVED)) {
        counts.merge(round.event(), 1L, Long::sum);
      }
    }
    return counts;
  }

  /** The theorem that the kinds of rounds call for, straight from the library. */
  private double loss(Map<PrivacyEvent, Long> counts, Set<PrivacyEvent> kinds) {
    if (counts.isEmpty()) {
      return 0;
    }
    if (kinds.stream().allMatch(kind -> kind.sampling() instanceof Sampling.None)) {
      double sum = 0;
      for (Map.Entry<PrivacyEvent, Long> entry : counts.entrySet()) {
        double z = ((Mechanism.Gaussian) entry.getKey().mechanism()).noiseMultiplier();
        sum += entry.getValue() / (z * z);
      }
      // Balle and Wang's epsilon of one Gaussian with mu^2 = sum of (sensitivity / noise)^2.
      return AnalyticGaussian.epsilon((replaceOne ? 2 : 1) * Math.sqrt(sum), delta);
    }
    return known.computeIfAbsent(
        List.of(counts, delta, kinds.size() == 1), key -> sampledLoss(counts, kinds.size() == 1));
  }

  private double sampledLoss(Map<PrivacyEvent, Long> counts, boolean registered) {
    try {
      Composition composition = new Composition(counts, Adjacency.ADD_REMOVE);
      if (registered) {
        return losses.epsilon(composition, delta).upper();
      }
      double least = Double.POSITIVE_INFINITY;
      for (double order : ORDERS) {
        least =
            Math.min(
                least,
                RenyiAccountant.renyi(composition, order)
                    + Math.log(ORDERS.length / delta) / (order - 1));
      }
      return least;
    } catch (UnsupportedCompositionException e) {
      throw new AssertionError(e);
    }
  }

  private void check() {
    VersionAccount account = subject.account();
    assertThat(account.spent().decimal().doubleValue()).isCloseTo(spent, within(CLOSE));
    assertThat(account.committed().rounds()).isEqualTo(count(State.COMMITTED));
    assertThat(account.held().rounds()).isEqualTo(count(State.COMMITTED) + count(State.RESERVED));
    assertThat(account.spentOrReserved().decimal().doubleValue())
        .isCloseTo(Math.max(spent, loss(true)), within(CLOSE));
    assertThat(account.spentOrReserved().exceeds(account.budget().orElseThrow().epsilon()))
        .isFalse();
  }

  private long count(State state) {
    return rounds.values().stream().filter(round -> round.state == state).count();
  }
}
