package com.octomil.privacy.budget.store;

import static java.util.Objects.requireNonNull;

import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.LedgerEntry;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.RoundKind;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** Row of {@code budget.reservation}, for reading: only {@link PostgresLedger} writes them. */
@Entity
@Immutable
@Table(schema = "budget", name = "reservation")
@SuppressWarnings("NullAway.Init") // Hibernate sets the fields.
class ReservationEntity {

  @Id
  @Column(name = "id")
  UUID id;

  @Column(name = "sequence")
  long sequence;

  @Column(name = "federation")
  String federation;

  @Column(name = "version")
  int version;

  @Column(name = "configuration")
  int configuration;

  @Column(name = "round_id")
  byte[] roundId;

  @Column(name = "attempt")
  int attempt;

  @Column(name = "state")
  String state;

  @Column(name = "noise_multiplier")
  @Nullable BigDecimal noiseMultiplier;

  @Column(name = "sampling_rate")
  @Nullable BigDecimal samplingRate;

  @Column(name = "distributed_bits")
  @Nullable Integer distributedBits;

  @Column(name = "epsilon_after_nanos")
  long epsilonAfterNanos;

  @Column(name = "reserved_at")
  Instant reservedAt;

  @Column(name = "resolved_at")
  @Nullable Instant resolvedAt;

  @Column(name = "cohort")
  @Nullable Integer cohort;

  @Column(name = "survivors")
  @Nullable Integer survivors;

  @Column(name = "epsilon_spent_nanos")
  @Nullable Long epsilonSpentNanos;

  @Column(name = "epsilon_added_nanos")
  @Nullable Long epsilonAddedNanos;

  @Column(name = "release_reason")
  @Nullable String releaseReason;

  @Column(name = "release_detail")
  @Nullable String releaseDetail;

  protected ReservationEntity() {}

  LedgerEntry toDomain() {
    Reservation reservation =
        new Reservation(
            id,
            new FederationName(federation),
            version,
            configuration,
            new RoundAttempt(HexFormat.of().formatHex(roundId), attempt),
            Optional.ofNullable(noiseMultiplier)
                .map(noise ->
                    new RoundKind(
                        noise,
                        Optional.ofNullable(samplingRate),
                        Optional.ofNullable(distributedBits))),
            new Epsilon(epsilonAfterNanos),
            reservedAt,
            state());
    return new LedgerEntry(sequence, reservation);
  }

  private Reservation.State state() {
    return switch (state) {
      case ReservationRows.RESERVED -> new Reservation.Reserved();
      case ReservationRows.COMMITTED ->
          new Reservation.Committed(
              requireNonNull(cohort),
              requireNonNull(survivors),
              new Epsilon(requireNonNull(epsilonSpentNanos)),
              new Epsilon(requireNonNull(epsilonAddedNanos)),
              requireNonNull(resolvedAt));
      case ReservationRows.RELEASED ->
          new Reservation.Released(
              requireNonNull(releaseReason),
              requireNonNull(releaseDetail),
              requireNonNull(resolvedAt));
      default -> throw new IllegalStateException("reservation " + id + " has state " + state);
    };
  }
}
