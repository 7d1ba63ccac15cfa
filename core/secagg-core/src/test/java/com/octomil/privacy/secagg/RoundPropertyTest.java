package com.octomil.privacy.secagg;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.secagg.InMemoryRound.Behaviour;
import com.octomil.privacy.secagg.InMemoryRound.Device;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The sum is exact or the round aborts by rule; there is no third outcome. */
class RoundPropertyTest {
  private static final List<Behaviour> HONEST =
      List.of(
          Behaviour.STAYS,
          Behaviour.DROPS_BEFORE_SHARING,
          Behaviour.DROPS_BEFORE_UPLOAD,
          Behaviour.DROPS_BEFORE_REVEAL);

  private final SecureRandom random = new SecureRandom();

  /** Who does what, the graph as fractions of what is possible, and the size of the vectors. */
  record Scenario(
      List<Behaviour> behaviours,
      double degree,
      double threshold,
      double minSurvivors,
      int length,
      int maxAbs) {
    GraphParameters graph() {
      int n = behaviours.size();
      int even = 2 * (1 + (int) (degree * ((n - 1) / 2)));
      int k = even >= n - 1 ? n - 1 : even;
      return new GraphParameters(n, k, 2 + (int) (threshold * (k - 1)));
    }
  }

  @Property(tries = 80)
  void honestDevices(@ForAll("honestScenarios") Scenario scenario) throws Exception {
    InMemoryRound round = round(scenario);
    InMemoryRound.Outcome outcome = round.run();
    if (mustAbort(round)) {
      assertThat(outcome).isInstanceOf(InMemoryRound.Aborted.class);
    } else {
      assertExact(round, outcome);
      assertThat(((InMemoryRound.Sum) outcome).wrongHolders()).isEmpty();
    }
  }

  @Property(tries = 45)
  void devicesThatRevealWrongShares(@ForAll("hostileScenarios") Scenario scenario)
      throws Exception {
    InMemoryRound round = round(scenario);
    InMemoryRound.Outcome outcome = round.run();
    if (outcome instanceof InMemoryRound.Sum sum) {
      assertExact(round, outcome);
      for (int holder : sum.wrongHolders()) {
        assertThat(round.roster.get(holder).behaviour).isEqualTo(Behaviour.REVEALS_WRONG_SHARES);
      }
    }
    if (enoughHonestShares(round)) {
      assertThat(outcome).isInstanceOf(InMemoryRound.Sum.class);
    }
  }

  @Property(tries = 45)
  void devicesWhoseSharesDoNotOpen(@ForAll("garblingScenarios") Scenario scenario)
      throws Exception {
    InMemoryRound round = round(scenario);
    InMemoryRound.Outcome outcome = round.run();
    if (mustAbort(round)) {
      assertThat(outcome).isInstanceOf(InMemoryRound.Aborted.class);
    } else {
      assertExact(round, outcome);
      assertThat(((InMemoryRound.Sum) outcome).wrongHolders()).isEmpty();
    }
  }

  @Example
  void computedParametersCarryARoundOfAHundred() throws Exception {
    CohortAssumptions assumptions =
        new CohortAssumptions(AdversaryModel.SEMI_MALICIOUS, 0.1, 0.2, 40, 20);
    GraphParameters graph = ParameterChoice.choose(100, assumptions, 0.6);
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      devices.add(
          new Device(
              i % 5 == 0 ? HONEST.get(1 + i / 5 % 3) : Behaviour.STAYS, vector(50, 1000), random));
    }
    InMemoryRound round =
        new InMemoryRound(devices, graph, RingWidth.bitsFor(100, 1000), 70, random);
    assertExact(round, round.run());
  }

  private InMemoryRound round(Scenario scenario) {
    int n = scenario.behaviours().size();
    List<Device> devices = new ArrayList<>();
    for (Behaviour behaviour : scenario.behaviours()) {
      devices.add(new Device(behaviour, vector(scenario.length(), scenario.maxAbs()), random));
    }
    return new InMemoryRound(
        devices,
        scenario.graph(),
        RingWidth.bitsFor(n, scenario.maxAbs()),
        (int) (scenario.minSurvivors() * n),
        random);
  }

  /** Extreme coordinates are likely, so that a sum that wraps would show. */
  private int[] vector(int length, int maxAbs) {
    return random
        .ints(length, -2, 3)
        .map(i -> i == 0 ? random.nextInt(-maxAbs, maxAbs + 1) : i / 2 * maxAbs)
        .toArray();
  }

  /** The rule, from behaviours and the graph alone. */
  private static boolean mustAbort(InMemoryRound round) {
    if (round.roster.stream().filter(Device::uploads).count() < round.minSurvivors) {
      return true;
    }
    for (int owner = 0; owner < round.roster.size(); owner++) {
      Behaviour behaviour = round.roster.get(owner).behaviour;
      long revealing =
          Arrays.stream(round.graph.neighbours(owner))
              .filter(i -> round.roster.get(i).reveals() && !behaviour.garbles(i))
              .count();
      if (round.roster.get(owner).shares() && revealing < round.parameters.threshold()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether every secret has so many more right shares than wrong ones that decoding must find it.
   */
  private static boolean enoughHonestShares(InMemoryRound round) {
    if (mustAbort(round)) {
      return false;
    }
    for (int owner = 0; owner < round.roster.size(); owner++) {
      long revealing =
          Arrays.stream(round.graph.neighbours(owner))
              .filter(i -> round.roster.get(i).reveals())
              .count();
      long wrong =
          Arrays.stream(round.graph.neighbours(owner))
              .filter(i -> round.roster.get(i).behaviour == Behaviour.REVEALS_WRONG_SHARES)
              .count();
      if (round.roster.get(owner).shares()
          && revealing < round.parameters.threshold() + 2 * wrong) {
        return false;
      }
    }
    return true;
  }

  private static void assertExact(InMemoryRound round, InMemoryRound.Outcome outcome) {
    long[] expected = new long[round.roster.get(0).vector.length];
    for (Device device : round.roster) {
      if (device.uploads()) {
        for (int c = 0; c < expected.length; c++) {
          expected[c] += device.vector[c];
        }
      }
    }
    assertThat(outcome).isInstanceOf(InMemoryRound.Sum.class);
    assertThat(((InMemoryRound.Sum) outcome).sum()).isEqualTo(expected);
  }

  @Provide
  Arbitrary<Scenario> honestScenarios() {
    return scenarios(
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.just(Behaviour.STAYS)), Tuple.of(1, Arbitraries.of(HONEST))));
  }

  @Provide
  Arbitrary<Scenario> hostileScenarios() {
    return scenarios(
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.just(Behaviour.STAYS)),
            Tuple.of(1, Arbitraries.of(HONEST)),
            Tuple.of(1, Arbitraries.just(Behaviour.REVEALS_WRONG_SHARES))));
  }

  @Provide
  Arbitrary<Scenario> garblingScenarios() {
    return scenarios(
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.just(Behaviour.STAYS)),
            Tuple.of(1, Arbitraries.of(HONEST)),
            Tuple.of(
                1, Arbitraries.of(Behaviour.SHARES_GARBAGE, Behaviour.SHARES_GARBAGE_AND_DROPS))));
  }

  private static Arbitrary<Scenario> scenarios(Arbitrary<Behaviour> behaviours) {
    Arbitrary<Double> fractions = Arbitraries.doubles().between(0, 0.99);
    return Combinators.combine(
            behaviours.list().ofMinSize(3).ofMaxSize(13),
            fractions,
            fractions,
            fractions,
            Arbitraries.integers().between(1, 200),
            Arbitraries.integers().between(1, 30_000))
        .as(Scenario::new);
  }
}
