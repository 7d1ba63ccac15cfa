package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.Fault;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.RevealStore;
import com.octomil.privacy.aggregator.domain.RevealedShare;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.kit.db.Transactions;
import com.octomil.privacy.secagg.wire.SecretKind;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/** {@link RevealStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresRevealStore implements RevealStore {

  private final Transactions transactions;

  PostgresRevealStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public boolean sign(RoundId id, int index, Octets signature, Instant now) {
    return transactions.readCommitted(
        "sign-survivors",
        connection -> {
          if (!RoundRows.lockedIn(connection, id, "for share", RoundState.SIGNING)) {
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
              RoundRows.lockedIn(
                  connection, id, "for share", RoundState.SIGNING, RoundState.REVEALING);
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
              RoundRows.buffers(shares.stream().map(RevealedShare::share).toList()));
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
}
