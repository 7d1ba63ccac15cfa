package com.octomil.privacy.relay.store;

import com.octomil.privacy.kit.db.Transactions;
import com.octomil.privacy.relay.domain.CohortRecords;
import com.octomil.privacy.relay.domain.DeviceRecords;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.SessionRecords;
import io.vertx.mutiny.sqlclient.SqlConnection;
import jakarta.inject.Singleton;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The store on PostgreSQL. Blocks; for virtual and worker threads. Thread-safe. */
@Singleton
class PostgresRelayStore implements RelayStore {

  private final Transactions transactions;

  PostgresRelayStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public <T extends @Nullable Object> T inTransaction(String name, Function<Records, T> body) {
    return transactions.readCommitted(
        name, connection -> body.apply(new PostgresRecords(connection)));
  }

  private record PostgresRecords(SqlConnection connection) implements Records {
    @Override
    public DeviceRecords devices() {
      return new PostgresDeviceRecords(connection);
    }

    @Override
    public SessionRecords sessions() {
      return new PostgresSessionRecords(connection);
    }

    @Override
    public CohortRecords cohorts() {
      return new PostgresCohortRecords(connection);
    }
  }
}
