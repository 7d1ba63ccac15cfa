package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Encoding;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.Sealing;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.RoundHash;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Rows of rounds, and what every change of a round needs. */
final class RoundRows {
  private RoundRows() {}

  static final String STATUS =
      """
      select r.id, r.job_id, r.federation, r.model, r.number, r.attempt, r.state, r.model_version, r.reservation_id,
        r.secure_aggregation, r.target_cohort, r.checked_in, r.cohort, r.sharers, r.survivors, r.survivor_count,
        r.signed_count, r.revealed_count, r.published_version, r.published_hash, r.sum_unmasked, r.settled,
        r.abort_reason, r.abort_detail, r.epsilon_spent, r.created_at, r.updated_at, r.max_weight,
        r.weight_counted, r.total_weight, r.sealed_separately, r.kept, r.groups,
        (select count(*)::int from aggregator.left_out_groups l where l.round_id = r.id) as groups_left_out,
        r.clip_norm, r.\
      """
          + ClippingTable.COLUMNS.replace(", ", ", r.")
          + " from aggregator.rounds r ";

  static boolean lockedIn(SqlConnection connection, RoundId id, String lock, RoundState... states) {
    return Sql.first(
            run(
                connection,
                "select state from aggregator.rounds where id = $1 " + lock,
                id.value()))
        .map(row -> RoundState.of(row.getString("state")))
        .filter(List.of(states)::contains)
        .isPresent();
  }

  static boolean abort(SqlConnection connection, RoundId id, Abort abort, Instant now) {
    int aborted =
        run(
                connection,
                """
                update aggregator.rounds set state = 'aborted', abort_reason = $2, abort_detail = $3, updated_at = $4
                where id = $1 and state not in ('published', 'committed', 'aborted')
                """,
                id.value(),
                abort.reason().id(),
                abort.detail(),
                now)
            .rowCount();
    if (aborted == 0) {
      return false;
    }
    erase(connection, id);
    return true;
  }

  static void erase(SqlConnection connection, RoundId id) {
    run(connection, "delete from aggregator.revealed_shares where round_id = $1", id.value());
    run(connection, "delete from aggregator.upload_batches where round_id = $1", id.value());
  }

  static Buffer[] buffers(List<Octets> values) {
    return values.stream().map(value -> Buffer.buffer(value.toArray())).toArray(Buffer[]::new);
  }

  static RoundAttempt toAttempt(Row row) {
    return new RoundAttempt(
        new RoundId(row.getUUID("id")),
        new JobId(row.getUUID("job_id")),
        new FederationName(row.getString("federation")),
        new ModelName(row.getString("model")),
        row.getInteger("number"),
        row.getInteger("attempt"),
        row.getInteger("model_version"));
  }

  static RoundStatus toStatus(Row row) {
    return new RoundStatus(
        toAttempt(row),
        RoundState.of(row.getString("state")),
        Optional.ofNullable(row.getString("reservation_id")),
        Boolean.TRUE.equals(row.getBoolean("secure_aggregation")),
        Sql.optionalInt(row, "target_cohort"),
        Sql.optionalInt(row, "checked_in"),
        Sql.optionalInt(row, "cohort"),
        Sql.optionalInt(row, "sharers"),
        Sql.optionalOctets(row, "survivors"),
        Sql.optionalInt(row, "survivor_count"),
        Sql.optionalInt(row, "signed_count"),
        Sql.optionalInt(row, "revealed_count"),
        Sql.optionalInt(row, "published_version"),
        Sql.optionalOctets(row, "published_hash"),
        row.getBoolean("sum_unmasked"),
        row.getBoolean("settled"),
        Optional.ofNullable(row.getString("abort_reason"))
            .map(reason -> new Abort(AbortReason.of(reason), row.getString("abort_detail"))),
        Sql.optionalDecimal(row, "epsilon_spent"),
        Sql.instant(row, "created_at"),
        Sql.instant(row, "updated_at"),
        toWeighting(row),
        Sql.optionalLong(row, "total_weight"),
        row.getBoolean("sealed_separately"),
        Sql.optionalInt(row, "kept"),
        Sql.optionalDouble(row, "clip_norm"),
        ClippingTable.bits(row),
        Sql.optionalInt(row, "groups"),
        row.getInteger("groups_left_out"));
  }

  static Optional<Weighting> toWeighting(Row row) {
    return Optional.ofNullable(row.getInteger("max_weight"))
        .map(cap -> new Weighting(cap, row.getBoolean("weight_counted")));
  }

  static OpenRound toOpenRound(Row row) {
    Double noise = row.getDouble("noise_multiplier");
    return new OpenRound(
        toAttempt(row),
        Sql.octets(row, "parameters"),
        new RoundHash(Sql.bytes(row, "round_hash")),
        Sql.octets(row, "ticket_key"),
        Sql.optionalOctets(row, "graph_nonce"),
        row.getString("reservation_id"),
        row.getInteger("federation_version"),
        row.getInteger("vector_length"),
        Encoding.restored(
            row.getDouble("clip_norm"), row.getDouble("grid_step"), row.getInteger("ring_bits")),
        noise == null
            ? Optional.empty()
            : Optional.of(
                new Noise(
                    noise,
                    Noise.Placement.of(row.getString("noise_placement")),
                    ClippingTable.terms(row))),
        row.getInteger("target_cohort"),
        row.getInteger("min_survivors"),
        Sql.instant(row, "upload_deadline"),
        Sql.instant(row, "sign_deadline"),
        Sql.instant(row, "reveal_deadline"),
        toWeighting(row),
        Sql.optionalOctets(row, "seal_key")
            .map(key -> new Sealing(key, row.getBoolean("sealed_separately"))),
        Optional.ofNullable(row.getInteger("max_group_size"))
            .map(size -> new Grouping(size, row.getInteger("min_group_survivors"))));
  }
}
