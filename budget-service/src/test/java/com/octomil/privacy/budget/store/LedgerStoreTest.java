package com.octomil.privacy.budget.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.budget.app.BudgetLedger;
import com.octomil.privacy.budget.app.LedgerModelAccess;
import com.octomil.privacy.budget.domain.Configurations;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.Federations;
import com.octomil.privacy.budget.domain.Ledger;
import com.octomil.privacy.budget.domain.ReserveOutcome;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.budget.test.Api;
import com.octomil.privacy.budget.test.BudgetResources;
import com.octomil.privacy.kit.db.Transactions;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
@QuarkusTestResource(BudgetResources.class)
class LedgerStoreTest {

  @Inject BudgetLedger budgetLedger;
  @Inject Ledger ledger;
  @Inject Federations federations;
  @Inject Pool pool;
  @Inject Transactions transactions;

  private static Change change() {
    return new Change("test", Instant.now().truncatedTo(ChronoUnit.MICROS));
  }

  @ParameterizedTest
  @ValueSource(longs = {101, 102})
  void theStoredLedgerAgreesWithTheReference(long seed) {
    FederationName name = new FederationName(Api.newName());
    LedgerModelAccess.run(
        seed,
        150,
        name,
        budgetLedger,
        next ->
            !(federations.configure(name, next, any -> true, change())
                instanceof com.octomil.privacy.budget.domain.SaveOutcome.Refused),
        () -> federations.current(name).orElseThrow().account());
  }

  @Test
  void twoReplicasUnderLoadBehaveAsOne() throws Exception {
    FederationName name = new FederationName(Api.newName());
    federations.configure(name, Configurations.dp("4", "1e-5", "9", null), any -> true, change());
    long affordable =
        federations.current(name).orElseThrow().account().roundsAffordable().orElseThrow();
    assertThat(affordable).isBetween(50L, 150L);
    // Two stores share nothing but the database, as two processes do.
    List<BudgetLedger> replicas =
        List.of(
            LedgerModelAccess.over(new PostgresLedger(transactions)),
            LedgerModelAccess.over(new PostgresLedger(transactions)));
    List<Callable<ReserveOutcome>> calls = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      BudgetLedger replica = replicas.get(i % 2);
      RoundAttempt round = new RoundAttempt(String.format("%04x", i), 1);
      calls.add(() -> replica.reserve(name, round, false, Optional.empty()));
    }
    int granted = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<ReserveOutcome> outcome : threads.invokeAll(calls)) {
        switch (outcome.get()) {
          case ReserveOutcome.Reserved reserved -> granted++;
          case ReserveOutcome.Exhausted exhausted -> {}
          default -> throw new AssertionError(outcome.get());
        }
      }
    }
    assertThat(granted).isEqualTo(affordable);
    VersionAccount account = federations.current(name).orElseThrow().account();
    assertThat(account.held().rounds()).isEqualTo(affordable);
    assertThat(account.spentOrReserved().exceeds(account.budget().orElseThrow().epsilon()))
        .isFalse();
  }

  @Test
  void bothWaysToReadAnAccountAgree() {
    FederationName name = new FederationName(Api.newName());
    federations.configure(
        name, Configurations.dp("4", "1e-5", "8.25", "replace_one"), any -> true, change());
    UUID first = reserve(name, "aa");
    reserve(name, "bb");
    budgetLedger.commit(first, 3, 2);

    ConfiguredVersion read = federations.current(name).orElseThrow();
    VersionAccount locked =
        ledger.exclusively("test", name, accounts -> accounts.current().orElseThrow());
    assertThat(locked).isEqualTo(read.account());
  }

  @Test
  void theDatabaseItselfKeepsTheInvariants() {
    FederationName name = new FederationName(Api.newName());
    federations.configure(name, Configurations.dp("4", "1e-5", "8", null), any -> true, change());
    UUID id = reserve(name, "cc");
    budgetLedger.commit(id, 3, 2);
    String where = " WHERE federation = '" + name + "'";
    for (String statement :
        new String[] {
          "UPDATE budget.federation_version SET epsilon_spent_nanos = 0" + where,
          "DELETE FROM budget.federation_version" + where,
          "UPDATE budget.privacy_configuration SET epsilon = 100" + where,
          "DELETE FROM budget.privacy_configuration" + where,
          "UPDATE budget.reservation SET state = 'RELEASED'" + where,
          "UPDATE budget.reservation SET noise_multiplier = 100" + where,
          "DELETE FROM budget.reservation" + where,
          "UPDATE budget.event SET actor = 'nobody'" + where,
          "DELETE FROM budget.event" + where,
          "TRUNCATE budget.event",
        }) {
      assertThatThrownBy(() -> pool.query(statement).executeAndAwait()).as(statement).isNotNull();
    }
    assertThat(federations.current(name).orElseThrow().account().spent())
        .isGreaterThan(Epsilon.ZERO);
  }

  private UUID reserve(FederationName name, String round) {
    ReserveOutcome outcome =
        budgetLedger.reserve(name, new RoundAttempt(round, 1), false, Optional.empty());
    assertThat(outcome).isInstanceOf(ReserveOutcome.Reserved.class);
    return ((ReserveOutcome.Reserved) outcome).reservation().id();
  }
}
