package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.RoundAttempt;
import com.octomil.privacy.budget.domain.RoundKind;
import io.vertx.mutiny.sqlclient.Row;
import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.Optional;

/** Rows of {@code budget.reservation} to and from the domain. */
final class ReservationRows {

  static final String RESERVED = "RESERVED";
  static final String COMMITTED = "COMMITTED";
  static final String RELEASED = "RELEASED";

  private ReservationRows() {}

  static Reservation toDomain(Row row) {
    return new Reservation(
        row.getUUID("id"),
        new FederationName(row.getString("federation")),
        row.getInteger("version"),
        row.getInteger("configuration"),
        new RoundAttempt(
            HexFormat.of().formatHex(row.getBuffer("round_id").getBytes()),
            row.getInteger("attempt")),
        Optional.ofNullable(row.getBigDecimal("noise_multiplier")).map(noise -> kind(row, noise)),
        new Epsilon(row.getLong("epsilon_after_nanos")),
        row.getOffsetDateTime("reserved_at").toInstant(),
        state(row));
  }

  /** What the round of {@code row} is charged as. */
  static RoundKind kind(Row row, BigDecimal noiseMultiplier) {
    return new RoundKind(
        noiseMultiplier,
        Optional.ofNullable(row.getBigDecimal("sampling_rate")),
        Optional.ofNullable(row.getInteger("distributed_bits")));
  }

  private static Reservation.State state(Row row) {
    String state = row.getString("state");
    return switch (state) {
      case RESERVED -> new Reservation.Reserved();
      case COMMITTED ->
          new Reservation.Committed(
              row.getInteger("cohort"),
              row.getInteger("survivors"),
              new Epsilon(row.getLong("epsilon_spent_nanos")),
              new Epsilon(row.getLong("epsilon_added_nanos")),
              row.getOffsetDateTime("resolved_at").toInstant());
      case RELEASED ->
          new Reservation.Released(
              row.getString("release_reason"),
              row.getString("release_detail"),
              row.getOffsetDateTime("resolved_at").toInstant());
      default -> throw new IllegalStateException("a reservation has state " + state);
    };
  }
}
