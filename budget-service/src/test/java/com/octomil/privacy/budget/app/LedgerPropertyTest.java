package com.octomil.privacy.budget.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.MemoryLedger;
import com.octomil.privacy.budget.domain.MemoryLedger.Fault;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.ReserveOutcome;
import com.octomil.privacy.budget.domain.ResolveOutcome;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.kit.region.ServiceRegion;
import java.time.Clock;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random calls with crashes before and after the commit of every transaction; the seed is the name
 * of the test.
 */
class LedgerPropertyTest {

  private static final FederationName NAME = new FederationName("f");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void theLedgerAgreesWithTheReference(long seed) {
    LedgerModel model = run(seed, false);
    // A run that never reaches a limit would prove little.
    assertThat(model.granted()).isGreaterThan(10);
    assertThat(model.refused()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void soItDoesWhereRoundsSample(long seed) {
    assertThat(run(seed, true).granted()).isGreaterThan(10);
  }

  private static LedgerModel run(long seed, boolean sampling) {
    SplittableRandom chance = new SplittableRandom(~seed);
    MemoryLedger store =
        new MemoryLedger(
            NAME,
            () ->
                switch (chance.nextInt(8)) {
                  case 0 -> Fault.BEFORE_COMMIT;
                  case 1 -> Fault.AFTER_COMMIT;
                  default -> Fault.NONE;
                });
    BudgetLedger ledger =
        new BudgetLedger(store, new ServiceRegion(Optional.empty()), Clock.systemUTC());
    LedgerModel model =
        new LedgerModel(
            new LedgerModel.Subject() {
              @Override
              public ReserveOutcome reserve(RoundAttempt round) {
                return ledger.reserve(NAME, round, true, Optional.empty());
              }

              @Override
              public ResolveOutcome commit(UUID reservation) {
                return ledger.commit(reservation, 20, 18);
              }

              @Override
              public ResolveOutcome release(UUID reservation) {
                return ledger.release(reservation, "CANCELLED", "");
              }

              @Override
              public boolean configure(PrivacyConfiguration next) {
                return store.configure(next).isEmpty();
              }

              @Override
              public VersionAccount account() {
                return store.account();
              }
            },
            seed,
            sampling);

    model.run(sampling ? 120 : 400);

    return model;
  }
}
