package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.RingSum;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.SurvivorBitmap;
import com.octomil.privacy.aggregator.domain.SurvivorVerdict;
import com.octomil.privacy.aggregator.domain.UploadStore;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;

/** {@link UploadStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresUploadStore implements UploadStore {

  private final Transactions transactions;

  PostgresUploadStore(Transactions transactions) {
    this.transactions = transactions;
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
          if (!RoundRows.lockedIn(connection, id, "for share", RoundState.UPLOADING)) {
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
                  RoundRows.buffers(List.copyOf(sorted.values())))) {
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
          if (!RoundRows.lockedIn(connection, id, "for update", RoundState.UPLOADING)) {
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
                RoundRows.abort(connection, id, abort, now);
              });
          return Optional.of(fixed);
        });
  }

  @Override
  public boolean leaveOut(RoundId id, int rosterSize, SurvivorVerdict verdict, Instant now) {
    return transactions.readCommitted(
        "leave-groups-out",
        connection -> {
          if (!RoundRows.lockedIn(connection, id, "for update", RoundState.REVEALING)) {
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
}
