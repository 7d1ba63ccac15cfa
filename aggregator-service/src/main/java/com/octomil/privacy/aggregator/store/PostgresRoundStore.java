package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.Sealing;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.kit.db.Transactions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@link RoundStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresRoundStore implements RoundStore {

  private final Transactions transactions;

  PostgresRoundStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public void begin(RoundAttempt attempt, Instant now) {
    transactions.readCommitted(
        "begin-round",
        connection ->
            run(
                    connection,
                    """
                    insert into aggregator.rounds
                      (id, job_id, federation, model, number, attempt, state, model_version, created_at, updated_at)
                    values ($1, $2, $3, $4, $5, $6, 'reserving', $7, $8, $8)
                    """,
                    attempt.id().value(),
                    attempt.job().value(),
                    attempt.federation().value(),
                    attempt.model().value(),
                    attempt.number(),
                    attempt.attempt(),
                    attempt.modelVersion(),
                    now)
                .rowCount());
  }

  @Override
  public boolean reserved(RoundId id, String reservationId, Instant now) {
    return transactions.readCommitted(
        "reserve-round",
        connection ->
            run(
                        connection,
                        """
                        update aggregator.rounds set reservation_id = $2, updated_at = $3
                        where id = $1 and state = 'reserving'
                        """,
                        id.value(),
                        reservationId,
                        now)
                    .rowCount()
                == 1);
  }

  @Override
  public void discard(RoundId id) {
    transactions.readCommitted(
        "discard-round",
        connection ->
            run(
                    connection,
                    """
                    delete from aggregator.rounds
                    where id = $1 and state = 'reserving' and reservation_id is null
                    """,
                    id.value())
                .rowCount());
  }

  @Override
  public boolean open(OpenRound round, Instant now) {
    return transactions.readCommitted(
        "open-round",
        connection -> {
          boolean opened =
              run(
                          connection,
                          """
                          update aggregator.rounds set state = 'open', parameters = $2, round_hash = $3, ticket_key = $4,
                            graph_nonce = $5, reservation_id = $6, federation_version = $7, secure_aggregation = $8,
                            vector_length = $9, clip_norm = $10, grid_step = $11, ring_bits = $12, noise_multiplier = $13,
                            target_cohort = $14, min_survivors = $15, upload_deadline = $16, sign_deadline = $17,
                            reveal_deadline = $18, max_weight = $19, weight_counted = $20, noise_placement = $21,
                            updated_at = $22, seal_key = $23, sealed_separately = $24, max_group_size = $25,
                            min_group_survivors = $26
                          where id = $1 and state = 'reserving'
                          """,
                          round.id().value(),
                          round.parameters(),
                          round.roundHash().bytes(),
                          round.ticketKey(),
                          round.graphNonce(),
                          round.reservationId(),
                          round.federationVersion(),
                          round.secureAggregation(),
                          round.vectorLength(),
                          round.encoding().clipNorm(),
                          round.encoding().gridStep(),
                          round.encoding().ringBits(),
                          round.noise().map(Noise::multiplier),
                          round.targetCohort(),
                          round.minSurvivors(),
                          round.uploadDeadline(),
                          round.signDeadline(),
                          round.revealDeadline(),
                          round.weighting().map(Weighting::maxWeight),
                          round.weighting().map(Weighting::counted).orElse(false),
                          round.noise().map(Noise::placement).map(Noise.Placement::id),
                          now,
                          round.sealing().map(Sealing::publicKey),
                          round.sealing().map(Sealing::separately).orElse(false),
                          round.grouping().map(Grouping::maxGroupSize),
                          round.grouping().map(Grouping::minGroupSurvivors))
                      .rowCount()
                  == 1;
          if (opened) {
            round
                .noise()
                .flatMap(Noise::clipping)
                .ifPresent(terms -> ClippingTable.open(connection, round.id(), terms));
          }
          return opened;
        });
  }

  @Override
  public Optional<RoundStatus> status(RoundId id) {
    return transactions.readCommitted(
        "round-status",
        connection ->
            Sql.first(run(connection, RoundRows.STATUS + " where r.id = $1", id.value()))
                .map(RoundRows::toStatus));
  }

  @Override
  public List<RoundStatus> ofJob(JobId job) {
    return statuses("rounds-of-job", " where r.job_id = $1 order by r.number, r.attempt", job);
  }

  @Override
  public List<RoundStatus> unsettled(JobId job) {
    return statuses(
        "unsettled-rounds",
        " where r.job_id = $1 and not r.settled order by r.number, r.attempt",
        job);
  }

  private List<RoundStatus> statuses(String name, String condition, JobId job) {
    return transactions.readCommitted(
        name,
        connection -> {
          List<RoundStatus> rounds = new ArrayList<>();
          for (Row row : run(connection, RoundRows.STATUS + condition, job.value())) {
            rounds.add(RoundRows.toStatus(row));
          }
          return rounds;
        });
  }

  @Override
  public Optional<OpenRound> opened(RoundId id) {
    return transactions.readCommitted(
        "opened-round",
        connection ->
            Sql.first(
                    run(
                        connection,
                        """
                        select id, job_id, federation, model, number, attempt, model_version, parameters, round_hash,
                          ticket_key, graph_nonce, reservation_id, federation_version, vector_length, clip_norm,
                          grid_step, ring_bits, noise_multiplier, target_cohort, min_survivors, upload_deadline,
                          sign_deadline, reveal_deadline, max_weight, weight_counted, noise_placement, seal_key,
                          sealed_separately, max_group_size, min_group_survivors,\
                        """
                            + ClippingTable.COLUMNS
                            + " from aggregator.rounds where id = $1 and parameters is not null",
                        id.value()))
                .map(RoundRows::toOpenRound));
  }

  @Override
  public Optional<Roster> roster(RoundId id) {
    return transactions.readCommitted(
        "round-roster",
        connection -> {
          Optional<Row> round =
              Sql.first(
                  run(
                      connection,
                      """
                      select roster_root, degree, threshold, cohort, groups from aggregator.rounds
                      where id = $1 and cohort is not null
                      """,
                      id.value()));
          if (round.isEmpty()) {
            return Optional.empty();
          }
          List<Participant> participants = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  """
                  select index, participant_id, mask_public_key, self_mask_commitment, round_public_key, shared
                  from aggregator.participants where round_id = $1 order by index
                  """,
                  id.value())) {
            participants.add(
                new Participant(
                    row.getInteger("index"),
                    new ParticipantId(row.getUUID("participant_id")),
                    Sql.octets(row, "mask_public_key"),
                    Sql.octets(row, "self_mask_commitment"),
                    Sql.octets(row, "round_public_key"),
                    row.getBoolean("shared")));
          }
          Row header = round.get();
          Optional<Roster.Graph> graph =
              Sql.optionalOctets(header, "roster_root")
                  .map(root ->
                      new Roster.Graph(
                          root,
                          new GraphParameters(
                              header.getInteger("cohort"),
                              header.getInteger("degree"),
                              header.getInteger("threshold"),
                              header.getInteger("groups"))));
          return Optional.of(new Roster(participants, graph));
        });
  }

  @Override
  public boolean startUploads(RoundId id, Roster roster, int checkedIn, Instant now) {
    return transactions.readCommitted(
        "start-uploads",
        connection -> {
          int moved =
              run(
                      connection,
                      """
                      update aggregator.rounds set state = 'uploading', roster_root = $2, degree = $3, threshold = $4,
                        cohort = $5, checked_in = $6, sharers = $7, updated_at = $8, groups = $9
                      where id = $1 and state = 'open'
                      """,
                      id.value(),
                      roster.graph().map(Roster.Graph::root),
                      roster.graph().map(graph -> graph.parameters().degree()),
                      roster.graph().map(graph -> graph.parameters().threshold()),
                      roster.size(),
                      checkedIn,
                      roster.sharers().cardinality(),
                      now,
                      roster.graph().map(graph -> graph.parameters().groups()))
                  .rowCount();
          if (moved == 0) {
            return false;
          }
          List<Participant> all = roster.participants();
          run(
              connection,
              """
              insert into aggregator.participants (round_id, index, participant_id, mask_public_key,
                self_mask_commitment, round_public_key, shared)
              select $1, * from unnest($2::int[], $3::uuid[], $4::bytea[], $5::bytea[], $6::bytea[], $7::boolean[])
              """,
              id.value(),
              all.stream().map(Participant::index).toArray(Integer[]::new),
              all.stream().map(p -> p.id().value()).toArray(UUID[]::new),
              RoundRows.buffers(all.stream().map(Participant::maskPublicKey).toList()),
              RoundRows.buffers(all.stream().map(Participant::selfMaskCommitment).toList()),
              RoundRows.buffers(all.stream().map(Participant::roundPublicKey).toList()),
              all.stream().map(Participant::shared).toArray(Boolean[]::new));
          return true;
        });
  }

  @Override
  public boolean advance(RoundId id, RoundState from, RoundState to, Instant now) {
    return transactions.readCommitted(
        "advance-round",
        connection ->
            run(
                        connection,
                        """
                        update aggregator.rounds r set state = $3, updated_at = $4, sum_unmasked = r.sum_unmasked or $5,
                          signed_count =
                            (select count(*) from aggregator.survivor_signatures s where s.round_id = r.id),
                          revealed_count = (select count(*) from aggregator.reveals v where v.round_id = r.id)
                        where r.id = $1 and r.state = $2
                        """,
                        id.value(),
                        from.id(),
                        to.id(),
                        now,
                        to == RoundState.UNMASKING)
                    .rowCount()
                == 1);
  }

  @Override
  public Optional<Integer> publish(RoundAttempt attempt, Publication publication, Instant now) {
    try {
      return transactions.readCommitted(
          "publish-round", connection -> publish(connection, attempt, publication, now));
    } catch (StaleRound e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> publish(
      SqlConnection connection, RoundAttempt attempt, Publication publication, Instant now) {
    UUID id = attempt.id().value();
    Octets hash = Octets.sha256(publication.model());
    int counted =
        run(
                connection,
                """
                update aggregator.training_jobs set rounds_completed = rounds_completed + 1, updated_at = $2
                where id = $1 and state = 'running'
                """,
                attempt.job().value(),
                now)
            .rowCount();
    if (counted == 0
        || !RoundRows.lockedIn(connection, attempt.id(), "for update", RoundState.UNMASKING)) {
      throw new StaleRound();
    }
    int version = attempt.modelVersion() + 1;
    int next =
        run(
                connection,
                """
                update aggregator.models set latest_version = $3
                where federation = $1 and name = $2 and latest_version = $3 - 1
                """,
                attempt.federation().value(),
                attempt.model().value(),
                version)
            .rowCount();
    if (next == 0) {
      throw new StaleRound();
    }
    run(
        connection,
        """
        insert into aggregator.model_versions (federation, name, version, sha256, content, round_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        """,
        attempt.federation().value(),
        attempt.model().value(),
        version,
        hash,
        publication.model(),
        id,
        now);
    publication
        .moments()
        .ifPresent(moments ->
            MomentsTable.insert(
                connection, attempt.federation(), attempt.model(), version, moments, now));
    publication
        .norm()
        .ifPresent(norm ->
            ClippingTable.insert(
                connection, attempt.federation(), attempt.model(), version, norm, now));
    run(
        connection,
        """
        update aggregator.rounds set state = 'published', aggregate = $2, published_version = $3,
          published_hash = $4, total_weight = $5, updated_at = $6, kept = $7
        where id = $1
        """,
        id,
        publication.aggregate(),
        version,
        hash,
        publication.totalWeight(),
        now,
        publication.kept());
    publication.bits().ifPresent(bits -> ClippingTable.publish(connection, attempt.id(), bits));
    RoundRows.erase(connection, attempt.id());
    return Optional.of(version);
  }

  @Override
  public boolean committed(RoundId id, BigDecimal epsilonSpent, Instant now) {
    return transactions.readCommitted(
        "commit-round",
        connection ->
            run(
                        connection,
                        """
                        update aggregator.rounds set state = 'committed', epsilon_spent = $2, updated_at = $3
                        where id = $1 and state = 'published'
                        """,
                        id.value(),
                        epsilonSpent,
                        now)
                    .rowCount()
                == 1);
  }

  @Override
  public boolean abort(RoundId id, Abort abort, Instant now) {
    return transactions.readCommitted(
        "abort-round", connection -> RoundRows.abort(connection, id, abort, now));
  }

  @Override
  public boolean abortUnderLease(RoundId id, UUID lease, Abort abort, Instant now) {
    return transactions.readCommitted(
        "abort-driven-round",
        connection ->
            // The lock keeps the lease where it is until the abort is durable.
            Sql.first(
                        run(
                            connection,
                            """
                            select 1 from aggregator.training_jobs
                            where id = (select job_id from aggregator.rounds where id = $1) and lease_token = $2
                            for share
                            """,
                            id.value(),
                            lease))
                    .isPresent()
                && RoundRows.abort(connection, id, abort, now));
  }

  @Override
  public void settle(RoundId id, Optional<BigDecimal> epsilonSpent, Instant now) {
    transactions.readCommitted(
        "settle-round",
        connection ->
            run(
                    connection,
                    """
                    update aggregator.rounds set settled = true, epsilon_spent = coalesce($2, epsilon_spent),
                      updated_at = $3
                    where id = $1
                    """,
                    id.value(),
                    epsilonSpent,
                    now)
                .rowCount());
  }

  @Override
  public Optional<byte[]> aggregate(RoundId id) {
    return transactions.readCommitted(
        "read-aggregate",
        connection ->
            Sql.first(
                    run(
                        connection,
                        "select aggregate from aggregator.rounds where id = $1 and aggregate is not null",
                        id.value()))
                .map(row -> Sql.bytes(row, "aggregate")));
  }
}
