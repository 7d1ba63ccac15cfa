package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.SealedBatches;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** {@link SealedBatches} in PostgreSQL. */
@ApplicationScoped
public class PostgresSealedBatches implements SealedBatches {

  private final Transactions transactions;

  PostgresSealedBatches(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public List<UUID> of(RoundId id) {
    return transactions.readCommitted(
        "list-sealed-batches",
        connection -> {
          List<UUID> batches = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  "select id from aggregator.upload_batches where round_id = $1",
                  id.value())) {
            batches.add(row.getUUID("id"));
          }
          return batches;
        });
  }

  @Override
  public byte[] read(UUID batch) {
    return transactions.readCommitted(
        "read-sealed-batch",
        connection ->
            Sql.bytes(
                Sql.first(
                        run(
                            connection,
                            "select sum from aggregator.upload_batches where id = $1",
                            batch))
                    .orElseThrow(
                        () -> new IllegalStateException("an upload batch has been erased")),
                "sum"));
  }
}
