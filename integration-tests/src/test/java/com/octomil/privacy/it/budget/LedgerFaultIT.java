package com.octomil.privacy.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.it.budget.LedgerLoad.Account;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The budget service is killed at random instants while clients reserve, commit and release: what
 * it acknowledged is there, counted once; what is spent never falls; no budget is exceeded.
 */
class LedgerFaultIT {

  private static final int CLIENTS = 8;
  private static final long MOST_ANSWERS_BEFORE_A_KILL = 120;

  /** A budget that is soon spent, one that is not, and one in between. */
  private static final List<Account> ACCOUNTS =
      List.of(
          new Account("tight", "2", "10"),
          new Account("usual", "4", "40"),
          new Account("wide", "900", "20"));

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path directory;

  @Test
  @Timeout(900)
  void survivesEightKills() throws Exception {
    kill(8);
  }

  @Test
  @Tag("slow")
  @Timeout(2400)
  void survivesTwoHundredKills() throws Exception {
    kill(200);
  }

  private void kill(int times) throws Exception {
    long seed = new SecureRandom().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    AtomicReference<BudgetProcess> current = new AtomicReference<>();
    LedgerLoad load = new LedgerLoad(ACCOUNTS, () -> current.get().ledger());
    AtomicBoolean done = new AtomicBoolean();
    AtomicLong looks = new AtomicLong();
    AtomicReference<Throwable> broken = new AtomicReference<>();
    try (BudgetDatabase database = BudgetDatabase.start(directory);
        HttpClient http = HttpClient.newHttpClient()) {
      current.set(BudgetProcess.start(database, directory, Map.of()));
      current.get().awaitReady(http);
      for (Account account : ACCOUNTS) {
        configure(http, current.get(), account);
      }
      Thread watcher = Thread.ofPlatform().start(() -> watch(database, load, done, looks, broken));
      load.start(CLIENTS, random.nextLong());
      int whileStarting = 0;
      for (int i = 0; i < times; i++) {
        if (i > 0 && random.nextInt(8) == 0) {
          whileStarting++;
          LockSupport.parkNanos(random.nextLong(Duration.ofSeconds(2).toNanos()));
        } else {
          current.get().awaitReady(http);
          awaitAnswers(load, 1 + random.nextLong(MOST_ANSWERS_BEFORE_A_KILL));
          LockSupport.parkNanos(random.nextLong(Duration.ofMillis(10).toNanos()));
        }
        current.get().kill();
        assertThat(broken.get()).as("seed %d, kill %d", seed, i).isNull();
        current.set(BudgetProcess.start(database, directory, Map.of()));
      }
      current.get().awaitReady(http);
      awaitAnswers(load, 50);
      load.finishAndCheck(database);
      done.set(true);
      assertThat(watcher.join(Duration.ofSeconds(30))).isTrue();
      assertThat(broken.get()).as("seed %d", seed).isNull();
      // A run in which the kills hit nothing would prove nothing.
      assertThat(load.interrupted()).isGreaterThan(times / 2);
      assertThat(load.exhausted()).isPositive();
      assertThat(looks.get()).isGreaterThan(times);
      System.out.printf(
          "%d kills, %d of them during the start: %d answers, %d calls repeated, %d refused,"
              + " %d looks at the database (seed %d)%n",
          times,
          whileStarting,
          load.acknowledged(),
          load.interrupted(),
          load.exhausted(),
          looks.get(),
          seed);
    } finally {
      done.set(true);
      load.stop();
      BudgetProcess last = current.get();
      if (last != null) {
        last.close();
      }
    }
  }

  private static void awaitAnswers(LedgerLoad load, long answers) {
    long goal = load.acknowledged() + answers;
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (load.acknowledged() < goal) {
      load.requireHealthy();
      assertThat(System.nanoTime() - deadline).as("the service answers its clients").isNegative();
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
  }

  /** Looks into the database all the time, also while no service runs. */
  private static void watch(
      BudgetDatabase database,
      LedgerLoad load,
      AtomicBoolean done,
      AtomicLong looks,
      AtomicReference<Throwable> broken) {
    Map<String, Long> spent = new HashMap<>();
    try (Connection connection = database.connect()) {
      while (!done.get()) {
        load.checkInvariants(BudgetDatabase.held(connection), spent);
        looks.incrementAndGet();
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
    } catch (Exception | Error e) {
      broken.set(e);
    }
  }

  static void configure(HttpClient http, BudgetProcess service, Account account) throws Exception {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(service.url("/api/v1/federations/" + account.name() + "/privacy")))
                .header("Authorization", "Bearer " + BudgetProcess.ADMIN_KEY)
                .header("Content-Type", "application/json")
                .PUT(
                    HttpRequest.BodyPublishers.ofString(
                        """
                        {"differential_privacy": {"enabled": true, "epsilon": %s, "delta": 1e-5,
                          "noise_multiplier": %s, "max_grad_norm": 1.0},
                         "secure_aggregation": {"enabled": false}}
                        """
                            .formatted(account.epsilon(), account.noise())))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
  }
}
