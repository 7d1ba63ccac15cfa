package com.octomil.privacy.kit.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.KitProfile;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(KitProfile.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
class TransactionsTest {

  @Inject Transactions transactions;
  @Inject Pool pool;

  @BeforeEach
  void table() {
    pool.query("DROP TABLE IF EXISTS kit_account").executeAndAwait();
    pool.query("CREATE TABLE kit_account (amount int NOT NULL)").executeAndAwait();
  }

  private int sum() {
    return pool.query("SELECT coalesce(sum(amount), 0)::int AS s FROM kit_account")
        .executeAndAwait()
        .iterator()
        .next()
        .getInteger("s");
  }

  @Test
  void aFailedBodyLeavesNothing() {
    assertThatThrownBy(() ->
            transactions.inTransaction(
                "test",
                connection -> {
                  connection.query("INSERT INTO kit_account VALUES (1)").executeAndAwait();
                  throw new IllegalStateException("no");
                }))
        .hasMessage("no");
    assertThat(sum()).isZero();
  }

  @Test
  void conflictingTransactionsBehaveAsIfOneAfterTheOther() throws Exception {
    // Each reads the sum and adds one only while it is below ten: a write skew that only
    // SERIALIZABLE prevents.
    List<Future<Boolean>> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 40; i++) {
        results.add(
            threads.submit(() ->
                transactions.inTransaction(
                    "test",
                    connection -> {
                      int sum =
                          connection
                              .query("SELECT coalesce(sum(amount), 0)::int AS s FROM kit_account")
                              .executeAndAwait()
                              .iterator()
                              .next()
                              .getInteger("s");
                      if (sum >= 10) {
                        return false;
                      }
                      connection.query("INSERT INTO kit_account VALUES (1)").executeAndAwait();
                      return true;
                    })));
      }
    }
    int granted = 0;
    for (Future<Boolean> result : results) {
      granted += result.get() ? 1 : 0;
    }
    assertThat(granted).isEqualTo(10);
    assertThat(sum()).isEqualTo(10);
  }

  @Test
  void theServerIsDurable() {
    for (String setting : List.of("fsync", "synchronous_commit", "full_page_writes")) {
      assertThat(pool.query("SHOW " + setting).executeAndAwait().iterator().next().getString(0))
          .isEqualTo("on");
    }
  }
}
