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
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
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
  void bothWaysToReadAnAccountAgree() {
    FederationName name = new FederationName(Api.newName());
    federations.configure(name, Configurations.dp("4", "1e-5", "8.25", "replace_one"), any -> true, change());
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
        }) {
      assertThatThrownBy(() -> pool.query(statement).executeAndAwait()).as(statement).isNotNull();
    }
    assertThat(federations.current(name).orElseThrow().account().spent())
        .isGreaterThan(Epsilon.ZERO);
  }

  private UUID reserve(FederationName name, String round) {
    ReserveOutcome outcome = budgetLedger.reserve(name, new RoundAttempt(round, 1));
    assertThat(outcome).isInstanceOf(ReserveOutcome.Reserved.class);
    return ((ReserveOutcome.Reserved) outcome).reservation().id();
  }
}
