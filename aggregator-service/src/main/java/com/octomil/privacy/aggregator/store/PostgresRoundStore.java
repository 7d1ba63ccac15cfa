package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Encoding;
import com.octomil.privacy.aggregator.domain.Fault;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.RevealedShare;
import com.octomil.privacy.aggregator.domain.RingSum;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.Sealing;
import com.octomil.privacy.aggregator.domain.SurvivorBitmap;
import com.octomil.privacy.aggregator.domain.SurvivorVerdict;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.kit.db.Transactions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.wire.SecretKind;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;

/** {@link RoundStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresRoundStore implements RoundStore {

  private static final String STATUS =
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
            Sql.first(run(connection, STATUS + " where r.id = $1", id.value()))
                .map(PostgresRoundStore::toStatus));
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
          for (Row row : run(connection, STATUS + condition, job.value())) {
            rounds.add(toStatus(row));
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
                .map(PostgresRoundStore::toOpenRound));
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
              buffers(all.stream().map(Participant::maskPublicKey).toList()),
              buffers(all.stream().map(Participant::selfMaskCommitment).toList()),
              buffers(all.stream().map(Participant::roundPublicKey).toList()),
              all.stream().map(Participant::shared).toArray(Boolean[]::new));
          return true;
        });
  }

  @Override
  public Optional<Octets> contribution(RoundId id, int index) {
    return transactions.readCommitted(
        "read-contribution",
        connection ->
            Optional.ofNullable(
                contributions(connection, id, Optional.of(List.of(index))).get(index)));
  }

  private static Map<Integer, Octets> contributions(
      SqlConnection connection, RoundId id, Optional<Collection<Integer>> indices) {
    Map<Integer, Octets> found = new HashMap<>();
    for (Row row :
        run(
            connection,
            """
            select index, payload_sha256 from aggregator.contributors
            where round_id = $1 and ($2::int[] is null or index = any($2))
            """,
            id.value(),
            indices.map(set -> set.toArray(Integer[]::new)))) {
      found.put(row.getInteger("index"), Sql.octets(row, "payload_sha256"));
    }
    return found;
  }

  @Override
  public int contributionCount(RoundId id) {
    return transactions.readCommitted(
        "count-contributions",
        connection ->
            Sql.first(
                    run(
                        connection,
                        "select count(*)::int as n from aggregator.contributors where round_id = $1",
                        id.value()))
                .orElseThrow()
                .getInteger("n"));
  }

  @Override
  public Batch append(
      RoundId id,
      int group,
      Map<Integer, Octets> uploads,
      Function<Set<Integer>, byte[]> sum,
      Instant now) {
    UUID batch = UUID.randomUUID();
    // Sorted, so that two replicas with overlapping batches cannot lock each other out.
    TreeMap<Integer, Octets> sorted = new TreeMap<>(uploads);
    return transactions.readCommitted(
        "append-uploads",
        connection -> {
          // The share lock keeps closeUploads out until this batch is durable.
          if (!lockedIn(connection, id, "for share", RoundState.UPLOADING)) {
            return new Batch.Closed();
          }
          Set<Integer> added = new TreeSet<>();
          for (Row row :
              run(
                  connection,
                  """
                  insert into aggregator.contributors (round_id, index, batch_id, payload_sha256)
                  select $1, u.index, $2, u.sha256 from unnest($3::int[], $4::bytea[]) as u (index, sha256)
                  on conflict do nothing returning index
                  """,
                  id.value(),
                  batch,
                  sorted.keySet().toArray(Integer[]::new),
                  buffers(List.copyOf(sorted.values())))) {
            added.add(row.getInteger("index"));
          }
          Map<Integer, Octets> earlier = Map.of();
          if (added.size() < sorted.size()) {
            Set<Integer> rest = new TreeSet<>(sorted.keySet());
            rest.removeAll(added);
            earlier = contributions(connection, id, Optional.of(rest));
          }
          if (!added.isEmpty()) {
            run(
                connection,
                """
                insert into aggregator.upload_batches (id, round_id, sum, contributors, created_at, group_index)
                values ($1, $2, $3, $4, $5, $6)
                """,
                batch,
                id.value(),
                sum.apply(added),
                added.size(),
                now,
                group);
          }
          return new Batch.Committed(earlier);
        });
  }

  private static boolean lockedIn(
      SqlConnection connection, RoundId id, String lock, RoundState... states) {
    return Sql.first(
            run(
                connection,
                "select state from aggregator.rounds where id = $1 " + lock,
                id.value()))
        .map(row -> RoundState.of(row.getString("state")))
        .filter(List.of(states)::contains)
        .isPresent();
  }

  @Override
  public Optional<SurvivorVerdict> closeUploads(
      RoundId id,
      int rosterSize,
      RoundState next,
      Function<BitSet, SurvivorVerdict> verdict,
      Instant now) {
    return transactions.readCommitted(
        "close-uploads",
        connection -> {
          if (!lockedIn(connection, id, "for update", RoundState.UPLOADING)) {
            return Optional.empty();
          }
          BitSet contributed = new BitSet(rosterSize);
          contributions(connection, id, Optional.empty()).keySet().forEach(contributed::set);
          SurvivorVerdict fixed = verdict.apply(contributed);
          BitSet survivors = fixed.survivors();
          run(
              connection,
              """
              update aggregator.rounds set state = $2, survivors = $3, survivor_count = $4, sum_unmasked = $5,
                updated_at = $6
              where id = $1
              """,
              id.value(),
              next.id(),
              SurvivorBitmap.encode(survivors, rosterSize),
              survivors.cardinality(),
              next == RoundState.UNMASKING,
              now);
          leaveOut(connection, id, fixed);
          fixed
              .abort()
              .ifPresent(abort -> {
                run(
                    connection,
                    "update aggregator.rounds set sum_unmasked = false where id = $1",
                    id.value());
                abort(connection, id, abort, now);
              });
          return Optional.of(fixed);
        });
  }

  @Override
  public boolean leaveOut(RoundId id, int rosterSize, SurvivorVerdict verdict, Instant now) {
    return transactions.readCommitted(
        "leave-groups-out",
        connection -> {
          if (!lockedIn(connection, id, "for update", RoundState.REVEALING)) {
            return false;
          }
          run(
              connection,
              """
              update aggregator.rounds set survivors = $2, survivor_count = $3, updated_at = $4 where id = $1
              """,
              id.value(),
              SurvivorBitmap.encode(verdict.survivors(), rosterSize),
              verdict.survivors().cardinality(),
              now);
          leaveOut(connection, id, verdict);
          return true;
        });
  }

  private static void leaveOut(SqlConnection connection, RoundId id, SurvivorVerdict verdict) {
    if (verdict.leftOut().isEmpty()) {
      return;
    }
    List<Map.Entry<Integer, Abort>> groups = List.copyOf(verdict.leftOut().entrySet());
    Integer[] indices = groups.stream().map(Map.Entry::getKey).toArray(Integer[]::new);
    run(
        connection,
        """
        insert into aggregator.left_out_groups (round_id, group_index, reason, detail)
        select $1, * from unnest($2::int[], $3::text[], $4::text[])
        """,
        id.value(),
        indices,
        groups.stream().map(group -> group.getValue().reason().id()).toArray(String[]::new),
        groups.stream().map(group -> group.getValue().detail()).toArray(String[]::new));
    run(
        connection,
        """
        delete from aggregator.contributors c using aggregator.upload_batches b
        where c.round_id = $1 and b.id = c.batch_id and b.group_index = any($2)
        """,
        id.value(),
        indices);
    run(
        connection,
        "delete from aggregator.upload_batches where round_id = $1 and group_index = any($2)",
        id.value(),
        indices);
  }

  @Override
  public Map<Integer, Abort> leftOut(RoundId id) {
    return transactions.readCommitted(
        "left-out-groups",
        connection -> {
          Map<Integer, Abort> groups = new TreeMap<>();
          for (Row row :
              run(
                  connection,
                  "select group_index, reason, detail from aggregator.left_out_groups where round_id = $1",
                  id.value())) {
            groups.put(
                row.getInteger("group_index"),
                new Abort(AbortReason.of(row.getString("reason")), row.getString("detail")));
          }
          return groups;
        });
  }

  @Override
  public boolean sign(RoundId id, int index, Octets signature, Instant now) {
    return transactions.readCommitted(
        "sign-survivors",
        connection -> {
          if (!lockedIn(connection, id, "for share", RoundState.SIGNING)) {
            return false;
          }
          run(
              connection,
              """
              insert into aggregator.survivor_signatures (round_id, index, signature) values ($1, $2, $3)
              on conflict do nothing
              """,
              id.value(),
              index,
              signature);
          return true;
        });
  }

  @Override
  public Map<Integer, Octets> signatures(RoundId id, Optional<Collection<Integer>> indices) {
    return transactions.readCommitted(
        "survivor-signatures",
        connection -> {
          Map<Integer, Octets> found = new TreeMap<>();
          for (Row row :
              run(
                  connection,
                  """
                  select index, signature from aggregator.survivor_signatures
                  where round_id = $1 and ($2::int[] is null or index = any($2))
                  """,
                  id.value(),
                  indices.map(set -> set.toArray(Integer[]::new)))) {
            found.put(row.getInteger("index"), Sql.octets(row, "signature"));
          }
          return found;
        });
  }

  @Override
  public BitSet signers(RoundId id) {
    return indices("survivor-signers", "index", "aggregator.survivor_signatures", id);
  }

  @Override
  public Revealing reveal(
      RoundId id, int holder, Octets itemsSha256, List<RevealedShare> shares, Instant now) {
    return transactions.readCommitted(
        "reveal-shares",
        connection -> {
          boolean open =
              lockedIn(connection, id, "for share", RoundState.SIGNING, RoundState.REVEALING);
          Optional<Octets> earlier =
              Sql.first(
                      run(
                          connection,
                          "select items_sha256 from aggregator.reveals where round_id = $1 and holder_index = $2",
                          id.value(),
                          holder))
                  .map(row -> Sql.octets(row, "items_sha256"));
          if (earlier.isPresent()) {
            return earlier.get().equals(itemsSha256) ? Revealing.REPEATED : Revealing.DIFFERENT;
          }
          if (!open) {
            return Revealing.CLOSED;
          }
          int inserted =
              run(
                      connection,
                      """
                      insert into aggregator.reveals (round_id, holder_index, items_sha256) values ($1, $2, $3)
                      on conflict do nothing
                      """,
                      id.value(),
                      holder,
                      itemsSha256)
                  .rowCount();
          if (inserted == 0) {
            // The same device revealed on another connection in this instant; what it sent is
            // decided there.
            return Revealing.DIFFERENT;
          }
          run(
              connection,
              """
              insert into aggregator.revealed_shares (round_id, owner_index, holder_index, kind, share)
              select $1, u.owner, $2, u.kind, u.share
              from unnest($3::int[], $4::text[], $5::bytea[]) as u (owner, kind, share)
              """,
              id.value(),
              holder,
              shares.stream().map(RevealedShare::owner).toArray(Integer[]::new),
              shares.stream()
                  .map(share -> share.kind().name().toLowerCase(Locale.ROOT))
                  .toArray(String[]::new),
              buffers(shares.stream().map(RevealedShare::share).toList()));
          return Revealing.STORED;
        });
  }

  @Override
  public BitSet revealers(RoundId id) {
    return indices("round-revealers", "holder_index", "aggregator.reveals", id);
  }

  private BitSet indices(String name, String column, String table, RoundId id) {
    return transactions.readCommitted(
        name,
        connection -> {
          BitSet indices = new BitSet();
          for (Row row :
              run(
                  connection,
                  "select " + column + " as i from " + table + " where round_id = $1",
                  id.value())) {
            indices.set(row.getInteger("i"));
          }
          return indices;
        });
  }

  @Override
  public List<RevealedShare> revealedShares(RoundId id) {
    return transactions.readCommitted(
        "revealed-shares",
        connection -> {
          List<RevealedShare> shares = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  """
                  select owner_index, holder_index, kind, share from aggregator.revealed_shares
                  where round_id = $1 order by owner_index, holder_index
                  """,
                  id.value())) {
            shares.add(
                new RevealedShare(
                    row.getInteger("owner_index"),
                    row.getInteger("holder_index"),
                    SecretKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
                    Sql.octets(row, "share")));
          }
          return shares;
        });
  }

  @Override
  public void recordFaults(RoundId id, List<Fault> faults) {
    transactions.readCommitted(
        "record-faults",
        connection ->
            run(
                    connection,
                    """
                    insert into aggregator.faults (round_id, index, kind, occurrences)
                    select $1, p.index, f.kind, f.occurrences
                    from unnest($2::uuid[], $3::text[], $4::int[]) as f (participant, kind, occurrences)
                    join aggregator.participants p on p.round_id = $1 and p.participant_id = f.participant
                    on conflict do nothing
                    """,
                    id.value(),
                    faults.stream().map(fault -> fault.participant().value()).toArray(UUID[]::new),
                    faults.stream().map(fault -> fault.kind().id()).toArray(String[]::new),
                    faults.stream().map(Fault::occurrences).toArray(Integer[]::new))
                .rowCount());
  }

  @Override
  public Map<RoundId, List<Fault>> faults(JobId job) {
    return transactions.readCommitted(
        "faults-of-job",
        connection -> {
          Map<RoundId, List<Fault>> faults = new HashMap<>();
          for (Row row :
              run(
                  connection,
                  """
                  select f.round_id, p.participant_id, f.kind, f.occurrences
                  from aggregator.faults f
                  join aggregator.participants p on p.round_id = f.round_id and p.index = f.index
                  join aggregator.rounds r on r.id = f.round_id
                  where r.job_id = $1 order by f.kind, f.index
                  """,
                  job.value())) {
            faults
                .computeIfAbsent(new RoundId(row.getUUID("round_id")), round -> new ArrayList<>())
                .add(
                    new Fault(
                        new ParticipantId(row.getUUID("participant_id")),
                        Fault.Kind.of(row.getString("kind")),
                        row.getInteger("occurrences")));
          }
          return faults;
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
  public Optional<int[]> total(RoundId id, int group, int length, int ringBits) {
    RingSum total = new RingSum(length, ringBits);
    List<UUID> batches =
        transactions.readCommitted(
            "list-batches",
            connection -> {
              List<UUID> ids = new ArrayList<>();
              for (Row row :
                  run(
                      connection,
                      "select id from aggregator.upload_batches where round_id = $1 and group_index = $2",
                      id.value(),
                      group)) {
                ids.add(row.getUUID("id"));
              }
              return ids;
            });
    // One at a time: memory stays at the size of one model, however many batches there are.
    for (UUID batch : batches) {
      Optional<byte[]> sum =
          transactions.readCommitted(
              "read-batch",
              connection ->
                  Sql.first(
                          run(
                              connection,
                              "select sum from aggregator.upload_batches where id = $1",
                              batch))
                      .map(row -> Sql.bytes(row, "sum")));
      if (sum.isEmpty()) {
        return Optional.empty();
      }
      total.addStored(sum.get());
    }
    return Optional.of(total.coordinates());
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
    if (counted == 0 || !lockedIn(connection, attempt.id(), "for update", RoundState.UNMASKING)) {
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
    erase(connection, attempt.id());
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
        "abort-round", connection -> abort(connection, id, abort, now));
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
                && abort(connection, id, abort, now));
  }

  private static boolean abort(SqlConnection connection, RoundId id, Abort abort, Instant now) {
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

  private static void erase(SqlConnection connection, RoundId id) {
    run(connection, "delete from aggregator.revealed_shares where round_id = $1", id.value());
    run(connection, "delete from aggregator.upload_batches where round_id = $1", id.value());
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

  private static Buffer[] buffers(List<Octets> values) {
    return values.stream().map(value -> Buffer.buffer(value.toArray())).toArray(Buffer[]::new);
  }

  private static RoundAttempt toAttempt(Row row) {
    return new RoundAttempt(
        new RoundId(row.getUUID("id")),
        new JobId(row.getUUID("job_id")),
        new FederationName(row.getString("federation")),
        new ModelName(row.getString("model")),
        row.getInteger("number"),
        row.getInteger("attempt"),
        row.getInteger("model_version"));
  }

  private static RoundStatus toStatus(Row row) {
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

  private static Optional<Weighting> toWeighting(Row row) {
    return Optional.ofNullable(row.getInteger("max_weight"))
        .map(cap -> new Weighting(cap, row.getBoolean("weight_counted")));
  }

  private static OpenRound toOpenRound(Row row) {
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
