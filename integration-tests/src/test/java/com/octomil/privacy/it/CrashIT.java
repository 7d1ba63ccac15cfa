package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.it.Api.Of;
import com.octomil.privacy.it.RoundTable.Attempt;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * SIGKILL of every service and of PostgreSQL in every phase of a round and at random, and restarts
 * one after the other as an upgrade makes them: a round ends with the exact sum of those whose
 * uploads were acknowledged or is aborted by rule, its reservation as it ended, and training goes
 * on.
 */
@Timeout(900)
class CrashIT {

  private static final int DEVICES = 16;
  private static final int LENGTH = 33;
  private static final int BITS = 8;
  private static final int PHASE_SECONDS = 20;

  /** Nothing waits longer than all phases of a round and a restart. */
  private static final Duration PATIENCE = Duration.ofSeconds(5 * PHASE_SECONDS + 40);

  private static final List<String> PHASES =
      List.of("reserving", "open", "uploading", "signing", "revealing", "unmasking", "published");

  private enum Victim {
    /** The one that drives the job. */
    AGGREGATOR,
    RELAY,
    BUDGET,
    POSTGRESQL
  }

  private static ReplicatedServices services;

  @BeforeAll
  static void start() throws Exception {
    services = ReplicatedServices.start(1);
  }

  @AfterAll
  static void stop() throws Exception {
    if (services != null) {
      services.close();
    }
  }

  private final SplittableRandom random = new SplittableRandom(new SecureRandom().nextLong());

  @Test
  void whoIsNeededInAPhaseIsKilledInIt() throws Exception {
    // Where each is needed; every victim in every phase is in the slow suite.
    survive(
        List.of(
            new Kill(Victim.AGGREGATOR, "open"),
            new Kill(Victim.AGGREGATOR, "uploading"),
            new Kill(Victim.AGGREGATOR, "revealing"),
            new Kill(Victim.AGGREGATOR, "published"),
            new Kill(Victim.RELAY, "open"),
            new Kill(Victim.BUDGET, "reserving"),
            new Kill(Victim.BUDGET, "published"),
            new Kill(Victim.POSTGRESQL, "uploading"),
            new Kill(Victim.POSTGRESQL, "revealing")));
  }

  @Test
  @Tag("slow")
  @Timeout(2400)
  void everybodyIsKilledInEveryPhaseAndAtRandom() throws Exception {
    List<Kill> kills = new ArrayList<>();
    for (String phase : PHASES) {
      for (Victim victim : Victim.values()) {
        kills.add(new Kill(victim, phase));
      }
    }
    for (int i = 0; i < 20; i++) {
      kills.add(
          new Kill(
              Victim.values()[random.nextInt(Victim.values().length)],
              PHASES.get(random.nextInt(PHASES.size()))));
    }
    survive(kills);
  }

  private record Kill(Victim victim, String phase) {}

  private void survive(List<Kill> kills) throws Exception {
    try (Run run = new Run("crash")) {
      List<Attempt> hit = new ArrayList<>();
      for (Kill kill : kills) {
        Attempt attempt = run.awaitPhase(kill.phase());
        LockSupport.parkNanos(random.nextLong(Duration.ofMillis(20).toNanos()));
        carryOut(kill.victim());
        Attempt end = run.awaitOver(attempt);
        hit.add(end);
      }
      run.finish();
      // The rest may be aborted by rule; but not most of them, or nothing would have been shown.
      assertThat(hit.stream().filter(Attempt::published).count())
          .as(hit.toString())
          .isGreaterThanOrEqualTo(kills.size() * 2 / 3);
    }
  }

  private void carryOut(Victim victim) throws Exception {
    switch (victim) {
      case AGGREGATOR -> {
        Stack.Replica driver = driver();
        driver.kill();
        driver.restart();
      }
      case RELAY -> {
        Stack.Replica relay = services.relays().get(random.nextInt(2));
        relay.kill();
        relay.restart();
      }
      case BUDGET -> services.stack().crashAndRestart(Service.BUDGET);
      case POSTGRESQL -> services.stack().crashAndRestartDatabase();
    }
  }

  private Stack.Replica driver() {
    return services.aggregators().stream()
        .filter(replica ->
            Metrics.gauge(replica.ports().management(), "octomil_aggregator_jobs_driven") > 0)
        .findFirst()
        .orElse(services.aggregators().get(random.nextInt(2)));
  }

  @Test
  void aRollingRestartLeavesTheRoundIntact() throws Exception {
    // Somebody shares and never uploads, so that the round waits in each phase.
    try (Run run = new Run("rolling", Map.of(3, Step.UPLOAD))) {
      Attempt attempt = run.awaitPhase("uploading");
      for (Stack.Replica replica : services.aggregators()) {
        replica.stop();
        replica.restart();
      }
      for (Stack.Replica replica : services.relays()) {
        replica.stop();
        replica.restart();
      }
      Attempt end = run.awaitOver(attempt);
      assertThat(end.published()).as(end.toString()).isTrue();
      assertThat(end.attempt()).isEqualTo(1);
      run.finish();
    }
  }

  /** A training with exact updates that goes on until it is finished. */
  private static final class Run implements AutoCloseable {
    private final RoundTable rounds;
    private final TestFleet fleet;
    private final Api api;
    private final String path;

    Run(String purpose) throws Exception {
      this(purpose, Map.of());
    }

    Run(String purpose, Map<Integer, Step> vanishing) throws Exception {
      var endpoints = services.endpoints();
      api = new Api(endpoints);
      String federation = Services.newFederation(purpose);
      api.put(
              Of.BUDGET,
              "/api/v1/federations/" + federation + "/privacy",
              Bodies.privacy("", true, DEVICES, BITS))
          .expect(201);
      Training training = new Training(api, endpoints.apiKey(), federation);
      training.createModel("m", new float[LENGTH]);
      fleet =
          TestFleet.enroll(
              api, endpoints, federation, DEVICES, LocalPolicy.standard().withMinimumCohort(10));
      fleet.start(vanishing, 1.0 / (1 << BITS));
      String job = training.start(Bodies.training(500, DEVICES, PHASE_SECONDS));
      path = "/api/v1/federations/" + federation + "/training/" + job;
      rounds = new RoundTable(endpoints.databaseUrl(), job);
    }

    /** The first attempt from now on that is seen in a phase, or past it if it is short. */
    Attempt awaitPhase(String phase) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      Optional<Attempt> before = rounds.latest();
      while (true) {
        Optional<Attempt> now = rounds.latest();
        boolean fresh =
            now.isPresent() && before.map(old -> !old.id().equals(now.get().id())).orElse(true);
        if (now.isPresent()
            && now.get().state().equals(phase)
            && (fresh || !before.get().state().equals(phase))) {
          return now.get();
        }
        // Some phases last a millisecond; to come after them is to come at random.
        if (fresh && phase.equals("reserving")
            || now.isPresent() && now.get().published() && fresh && !phase.equals("open")) {
          return now.get();
        }
        assertThat(System.nanoTime()).as("no round came to " + phase).isLessThan(deadline);
        LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
    }

    Attempt awaitOver(Attempt attempt) throws Exception {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (true) {
        try {
          Optional<Attempt> now =
              rounds.attempts().stream().filter(a -> a.id().equals(attempt.id())).findFirst();
          if (now.isPresent() && now.get().over() && now.get().settled()) {
            return now.get();
          }
          assertThat(System.nanoTime()).as("still " + now).isLessThan(deadline);
        } catch (java.sql.SQLException restarting) {
          assertThat(System.nanoTime()).isLessThan(deadline);
        }
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    }

    /** Ends the training; then everything must be right. */
    void finish() throws Exception {
      api.post(Of.AGGREGATOR, path + "/cancel", "").expect(200);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!rounds.attempts().stream().allMatch(a -> a.over() && a.settled())) {
        assertThat(System.nanoTime()).as(rounds.attempts().toString()).isLessThan(deadline);
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
      rounds.requireExact(fleet, LENGTH);
    }

    @Override
    public void close() throws Exception {
      fleet.close();
    }
  }
}
