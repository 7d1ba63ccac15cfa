package com.octomil.privacy.kit.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.kit.db.Transactions;
import com.octomil.privacy.kit.test.EmbeddedPostgresResource;
import com.octomil.privacy.kit.test.KitProfile;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(KitProfile.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
class OutboxTest {

  @Inject AuditOutbox outbox;
  @Inject AuditDispatcher dispatcher;
  @Inject AccessRecords accesses;
  @Inject RecordedEvents log;
  @Inject Transactions transactions;
  @Inject Pool pool;

  @AfterEach
  void up() {
    log.setDown(false);
  }

  private static AuditEvent event(String federation, int number) {
    return new AuditEvent(
        Optional.of(federation), "test.made", "kit", Map.of("place", Integer.toString(number)));
  }

  private List<AuditBatch.Numbered> of(String federation) {
    return log.events().stream().filter(each -> each.federation().equals(federation)).toList();
  }

  @Test
  void whatTheLogMissesWaitsAndComesInOrder() {
    String federation = "f-" + UUID.randomUUID();
    log.setDown(true);
    IntStream.range(0, 1200)
        .forEach(place -> outbox.record(event(federation, place)).await().indefinitely());
    assertThatThrownBy(() -> dispatcher.flush()).hasMessage("down");
    assertThat(of(federation)).isEmpty();
    log.setDown(false);
    dispatcher.flush();
    assertThat(of(federation)).extracting(AuditBatch.Numbered::number).hasSize(1200).isSorted();
    assertThat(of(federation).getFirst().number()).isEqualTo(1);
    assertThat(of(federation).getLast().number()).isEqualTo(1200);
    assertThat(of(federation))
        .extracting(AuditBatch.Numbered::data)
        .startsWith("{\"place\":\"0\"}")
        .endsWith("{\"place\":\"1199\"}");
    assertThat(
            pool.query("SELECT 1 FROM kit.audit_outbox WHERE federation = '" + federation + "'")
                .executeAndAwait()
                .rowCount())
        .isZero();
  }

  @Test
  void anEventOfATransactionThatFailedIsNotReported() {
    String federation = "f-" + UUID.randomUUID();
    assertThatThrownBy(() ->
            transactions.readCommitted(
                "test",
                connection -> {
                  connection
                      .query(
                          "SELECT kit.audit('"
                              + federation
                              + "', 'test.made', 'kit', now(), '{\"a\": 1.5, \"b\": null}')")
                      .executeAndAwait();
                  throw new IllegalStateException("rolled back");
                }))
        .hasMessage("rolled back");
    dispatcher.flush();
    assertThat(of(federation)).isEmpty();
  }

  @Test
  void numbersOfTriggersBecomeStrings() {
    String federation = "f-" + UUID.randomUUID();
    pool.query(
            "SELECT kit.audit('"
                + federation
                + "', 'test.made', 'kit', now(), '{\"a\": 1.50, \"b\": null, \"c\": [\"x\"]}')")
        .executeAndAwait();
    dispatcher.flush();
    assertThat(of(federation))
        .singleElement()
        .extracting(AuditBatch.Numbered::data)
        .isEqualTo("{\"a\": \"1.50\", \"c\": [\"x\"]}");
  }

  @Test
  void repeatedAccessesAreCountedNotRepeated() {
    String federation = "f-" + UUID.randomUUID();
    for (int i = 0; i < 5; i++) {
      accesses.record(event(federation, 1)).await().indefinitely();
    }
    accesses.record(event(federation, 2)).await().indefinitely();
    dispatcher.flush();
    assertThat(of(federation)).hasSize(2);
  }
}
