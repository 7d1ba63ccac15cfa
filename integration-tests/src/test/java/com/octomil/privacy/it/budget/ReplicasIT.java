package com.octomil.privacy.it.budget;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.octomil.privacy.it.budget.BudgetDatabase.Held;
import com.octomil.privacy.it.budget.LedgerLoad.Account;
import com.octomil.privacy.proto.budget.v1.CommitRequest;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import com.octomil.privacy.proto.budget.v1.ReserveResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Two budget services on one database behave as one. */
@Timeout(600)
class ReplicasIT {

  private static final int CALLS = 200;
  private static final Account ACCOUNT = new Account("shared", "2", "20");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path directory;

  @Test
  void twoProcessesNeverExceedOneBudgetTogether() throws Exception {
    try (BudgetDatabase database = BudgetDatabase.start(directory);
        HttpClient http = HttpClient.newHttpClient();
        // Both migrate the empty database at the same time.
        BudgetProcess first = BudgetProcess.start(database, directory, Map.of());
        BudgetProcess second = BudgetProcess.start(database, directory, Map.of())) {
      first.awaitReady(http);
      second.awaitReady(http);
      LedgerFaultIT.configure(http, first, ACCOUNT);
      assertThat(status(http, first.url("/q/openapi"))).isEqualTo(200);
      assertThat(status(http, first.url("/q/swagger-ui/")))
          .as("a tool of developers")
          .isEqualTo(404);
      List<BudgetProcess> replicas = List.of(first, second);
      int affordable = affordable();
      assertThat(affordable).isBetween(50, 150);

      // Every round is asked for at one replica, and every fifth at the other as well.
      List<Callable<ReserveResponse>> calls = new ArrayList<>();
      for (int i = 0; i < CALLS; i++) {
        calls.add(reserve(replicas.get(i % 2), i));
        if (i % 5 == 0) {
          calls.add(reserve(replicas.get((i + 1) % 2), i));
        }
      }
      Set<String> granted = new HashSet<>();
      for (ReserveResponse response : all(calls)) {
        assertThat(response.hasReserved() || response.hasExhausted()).isTrue();
        if (response.hasReserved()) {
          granted.add(response.getReserved().getReservationId());
        }
      }
      assertThat(granted).hasSize(affordable);
      assertHeld(database, 0, affordable);

      // Each reservation is committed at both replicas, and counts once.
      List<Callable<String>> commits = new ArrayList<>();
      for (String reservation : granted) {
        for (BudgetProcess replica : replicas) {
          commits.add(() ->
              replica
                  .ledger()
                  .withDeadlineAfter(60, TimeUnit.SECONDS)
                  .commit(
                      CommitRequest.newBuilder()
                          .setReservationId(reservation)
                          .setCohort(20)
                          .setSurvivors(20)
                          .build())
                  .getEpsilonSpent());
        }
      }
      assertThat(all(commits)).hasSize(2 * affordable);
      assertHeld(database, affordable, 0);
    }
  }

  private static int status(HttpClient http, String url) throws Exception {
    return http.send(
            HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static int affordable() {
    int rounds = 0;
    while (ACCOUNT.lossNanos(rounds + 1) <= ACCOUNT.budgetNanos()) {
      rounds++;
    }
    return rounds;
  }

  private static Callable<ReserveResponse> reserve(BudgetProcess replica, int round) {
    ByteString id = ByteString.copyFrom(ByteBuffer.allocate(16).putLong(1).putLong(round).array());
    return () ->
        replica
            .ledger()
            .withDeadlineAfter(60, TimeUnit.SECONDS)
            .reserve(
                ReserveRequest.newBuilder()
                    .setFederation(ACCOUNT.name())
                    .setRoundId(id)
                    .setAttempt(1)
                    .build());
  }

  private static <T> List<T> all(List<Callable<T>> calls) throws Exception {
    List<T> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<T> answer : threads.invokeAll(calls)) {
        answers.add(answer.get());
      }
    }
    return answers;
  }

  private static void assertHeld(BudgetDatabase database, long committed, long reserved)
      throws Exception {
    try (Connection connection = database.connect()) {
      assertThat(BudgetDatabase.held(connection))
          .containsExactly(
              new Held(ACCOUNT.name(), ACCOUNT.lossNanos(committed), committed, reserved));
    }
  }
}
