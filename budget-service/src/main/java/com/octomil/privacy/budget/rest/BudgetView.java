package com.octomil.privacy.budget.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.octomil.privacy.budget.domain.Accountant;
import com.octomil.privacy.budget.domain.Accounting;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.DifferentialPrivacy;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.VersionAccount;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The budget of a federation's current version. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "Budget")
@RegisterForReflection
public record BudgetView(
    String federation,
    int version,
    boolean differentialPrivacyEnabled,
    @Schema(description = "Total budget; absent without differential privacy.")
        @Nullable BigDecimal epsilon,
    @Nullable BigDecimal delta,
    @Nullable String adjacency,
    @Schema(description = "Spent by committed rounds, rounded up; never falls within a version.")
        BigDecimal epsilonSpent,
    @Schema(description = "Held by unresolved reservations on top of that; counts as spent.")
        BigDecimal epsilonReserved,
    @Schema(description = "epsilon less epsilon_spent less epsilon_reserved.")
        BigDecimal epsilonRemaining,
    @Schema(
            description =
                "Spent by all versions of the federation together, at this delta and adjacency: a new version on the"
                    + " same devices is not a fresh start. Absent without differential privacy.")
        @Nullable BigDecimal epsilonSpentAllVersions,
    long roundsCompleted,
    @Schema(description = "Rounds of any version that ran without differential privacy.")
        long roundsUnprotectedAllVersions,
    long roundsReserved,
    @Schema(
            description =
                "Further rounds of the present configuration; absent without a limit. With the privacy_loss_distribution,"
                    + " beyond 100, at least so many and at most 1 % more.")
        @Nullable Long roundsAffordable,
    @Schema(
            description =
                "Whether not one more round of the present configuration can be reserved.")
        boolean budgetExhausted,
    @Schema(
            description = "Which theorem was used.",
            enumeration = {"analytic_gaussian", "privacy_loss_distribution", "renyi_filter"})
        @Nullable String accountant,
    @Schema(description = "Why that theorem.") @Nullable String accountantReason,
    @Schema(description = "What the numbers promise, in words.") String guarantee) {

  private static final String NO_GUARANTEE =
      "Differential privacy is off in this version: its rounds have no privacy guarantee, and epsilon 0 does not mean that"
          + " nothing was revealed.";

  static BudgetView of(ConfiguredVersion version) {
    VersionAccount account = version.account();
    DifferentialPrivacy dp = version.configuration().differentialPrivacy();
    Optional<Accountant> accountant = account.accounting().map(Accounting::accountant);
    @Nullable Long affordable = account.roundsAffordable().orElse(null);
    return new BudgetView(
        account.federation().value(),
        account.version(),
        dp.enabled(),
        dp.enabled() ? dp.epsilon() : null,
        dp.enabled() ? dp.delta() : null,
        dp.enabled() ? PrivacyView.lower(dp.adjacency()) : null,
        account.spent().decimal(),
        account.reserved().decimal(),
        account.remaining().decimal(),
        version.spentInAllVersions().map(Epsilon::decimal).orElse(null),
        account.committed().rounds(),
        version.committedInAllVersions().unprotected(),
        account.held().rounds() - account.committed().rounds(),
        affordable,
        affordable != null && affordable == 0,
        accountant.map(Accountant::id).orElse(null),
        accountant.map(Accountant::reason).orElse(null),
        dp.enabled() ? guarantee(account, dp) : NO_GUARANTEE);
  }

  private static String guarantee(VersionAccount account, DifferentialPrivacy dp) {
    BigDecimal delta = dp.delta();
    return "All published results of version "
        + account.version()
        + " together are (epsilon, delta)-differentially private with epsilon "
        + account.spentOrReserved()
        + " and delta "
        + (delta == null ? "" : delta.toString())
        + ", unresolved reservations included, for neighbouring data sets by "
        + switch (dp.adjacency()) {
          case ADD_REMOVE -> "the presence of one device.";
          case REPLACE_ONE, ZERO_OUT -> "the data of one device.";
        };
  }
}
