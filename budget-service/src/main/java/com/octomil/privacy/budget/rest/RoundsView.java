package com.octomil.privacy.budget.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.LedgerEntry;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.RoundKind;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A page of the rounds of a version, in the order of the ledger. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "BudgetRounds")
@RegisterForReflection
public record RoundsView(
    String federation,
    int version,
    List<RoundView> rounds,
    @Schema(description = "Pass as 'after' to get the next page; absent on the last one.")
        @Nullable Long nextAfter) {

  /** One reservation and what became of it. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  @Schema(name = "BudgetRound")
  @RegisterForReflection
  public record RoundView(
      long sequence,
      @Schema(description = "Hexadecimal.") String roundId,
      int attempt,
      @Schema(enumeration = {"reserved", "committed", "released"}) String state,
      @Schema(description = "Number of the configuration that the round ran with.")
          int configuration,
      @Schema(description = "Absent: the round ran without differential privacy.")
          @Nullable BigDecimal noiseMultiplier,
      @Schema(description = "As charged; absent: as if every device took part.")
          @Nullable BigDecimal samplingRate,
      @Schema(description = "Worst case at the time of the reservation.") BigDecimal epsilonAfter,
      @Schema(description = "Spent right after the commit.") @Nullable BigDecimal epsilonSpent,
      @Schema(description = "What the round added to that.") @Nullable BigDecimal epsilonAdded,
      @Nullable Integer cohort,
      @Nullable Integer survivors,
      @Nullable String releaseReason,
      @Nullable String releaseDetail,
      Instant reservedAt,
      @Nullable Instant resolvedAt) {

    static RoundView of(LedgerEntry entry) {
      Reservation r = entry.reservation();
      @Nullable BigDecimal noise = r.kind().map(RoundKind::noiseMultiplier).orElse(null);
      @Nullable BigDecimal rate = r.kind().flatMap(RoundKind::samplingRate).orElse(null);
      return switch (r.state()) {
        case Reservation.Reserved reserved ->
            new RoundView(
                entry.sequence(),
                r.round().roundId(),
                r.round().attempt(),
                "reserved",
                r.configuration(),
                noise,
                rate,
                r.epsilonAfter().decimal(),
                null,
                null,
                null,
                null,
                null,
                null,
                r.reservedAt(),
                null);
        case Reservation.Committed c ->
            new RoundView(
                entry.sequence(),
                r.round().roundId(),
                r.round().attempt(),
                "committed",
                r.configuration(),
                noise,
                rate,
                r.epsilonAfter().decimal(),
                c.epsilonSpent().decimal(),
                c.epsilonAdded().decimal(),
                c.cohort(),
                c.survivors(),
                null,
                null,
                r.reservedAt(),
                c.at());
        case Reservation.Released released ->
            new RoundView(
                entry.sequence(),
                r.round().roundId(),
                r.round().attempt(),
                "released",
                r.configuration(),
                noise,
                rate,
                r.epsilonAfter().decimal(),
                null,
                null,
                null,
                null,
                released.reason(),
                released.detail(),
                r.reservedAt(),
                released.at());
      };
    }
  }

  static RoundsView of(FederationName federation, int version, List<LedgerEntry> page, int limit) {
    return new RoundsView(
        federation.value(),
        version,
        page.stream().map(RoundView::of).toList(),
        page.size() == limit ? page.getLast().sequence() : null);
  }
}
