package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.ClippingBits;
import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.ClippingTerms;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.RoundId;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.Optional;

/**
 * Adaptive clipping: norms, each row in the transaction that stores its model version, and the
 * columns of a round.
 */
final class ClippingTable {
  /** What {@link #terms} and {@link #bits} read of a round. */
  static final String COLUMNS =
      "clipping_initial_norm, clipping_quantile, clipping_learning_rate, clipping_bit_noise, clipping_bits";

  private ClippingTable() {}

  static void insert(
      SqlConnection connection,
      FederationName federation,
      ModelName model,
      int version,
      ClippingNorm norm,
      Instant now) {
    run(
        connection,
        """
        insert into aggregator.clipping_norms (federation, name, version, job_id, initial_norm, norm, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        federation.value(),
        model.value(),
        version,
        norm.job().value(),
        norm.initial(),
        norm.value(),
        now);
  }

  static Optional<ClippingNorm> find(
      SqlConnection connection, FederationName federation, ModelName model, int version) {
    return Sql.first(
            run(
                connection,
                """
                select job_id, initial_norm, norm from aggregator.clipping_norms
                where federation = $1 and name = $2 and version = $3
                """,
                federation.value(),
                model.value(),
                version))
        .map(row ->
            new ClippingNorm(
                new JobId(row.getUUID("job_id")),
                row.getDouble("initial_norm"),
                row.getDouble("norm")));
  }

  /** Stores how the norm moves after a round that has just been opened. */
  static void open(SqlConnection connection, RoundId round, ClippingTerms terms) {
    run(
        connection,
        """
        update aggregator.rounds set clipping_initial_norm = $2, clipping_quantile = $3,
          clipping_learning_rate = $4, clipping_bit_noise = $5
        where id = $1
        """,
        round.value(),
        terms.initialNorm(),
        terms.targetQuantile(),
        terms.learningRate(),
        terms.bitNoise());
  }

  /** Stores the released bits of a round that has just been published. */
  static void publish(SqlConnection connection, RoundId round, ClippingBits bits) {
    run(
        connection,
        "update aggregator.rounds set clipping_bits = $2 where id = $1",
        round.value(),
        bits.sum());
  }

  /** Of a row with {@link #COLUMNS}. */
  static Optional<ClippingTerms> terms(Row row) {
    return Optional.ofNullable(row.getDouble("clipping_initial_norm"))
        .map(initial ->
            new ClippingTerms(
                initial,
                row.getDouble("clipping_quantile"),
                row.getDouble("clipping_learning_rate"),
                row.getDouble("clipping_bit_noise")));
  }

  /** Of a row with {@link #COLUMNS} and {@code target_cohort}; empty before it is published. */
  static Optional<ClippingBits> bits(Row row) {
    return Optional.ofNullable(row.getLong("clipping_bits"))
        .flatMap(sum ->
            terms(row).map(terms -> new ClippingBits(terms, row.getInteger("target_cohort"), sum)));
  }
}
