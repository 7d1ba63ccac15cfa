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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(KitProfile.class)
@QuarkusTestResource(EmbeddedPostgresResource.class)
@QuarkusTestResource(ServiceTokenResource.class)
class NotificationsTest {

  private static final String CHANNEL = "kit_test";

  @Inject Pool pool;

  private Notifications here;
  private Notifications there;
  private final BlockingQueue<String> receivedHere = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> receivedThere = new LinkedBlockingQueue<>();

  @BeforeEach
  void twoReplicas() throws Exception {
    here = new Notifications(pool);
    there = new Notifications(pool);
    here.listen(CHANNEL, receivedHere::add);
    there.listen(CHANNEL, receivedThere::add);
    awaitListening(2);
  }

  @AfterEach
  void stop() throws Exception {
    here.close();
    there.close();
    awaitListening(0);
  }

  private void awaitListening(int connections) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (listening() != connections && System.nanoTime() < end) {
      Thread.sleep(20);
    }
    assertThat(listening()).isEqualTo(connections);
  }

  private int listening() {
    return pool.query(
            "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query = 'LISTEN "
                + CHANNEL
                + "'")
        .executeAndAwait()
        .iterator()
        .next()
        .getInteger("n");
  }

  @Test
  void othersHearOfAChangeAndTheSenderDoesNot() throws Exception {
    here.send(CHANNEL, "round a:phase");
    assertThat(receivedThere.poll(5, TimeUnit.SECONDS)).isEqualTo("round a:phase");
    there.send(CHANNEL, "b");
    assertThat(receivedHere.poll(5, TimeUnit.SECONDS)).isEqualTo("b");
    assertThat(receivedThere).isEmpty();
  }

  @Test
  void aBrokenConnectionIsReplaced() throws Exception {
    pool.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN "
                + CHANNEL
                + "'")
        .executeAndAwait();
    awaitListening(2);
    here.send(CHANNEL, "again");
    assertThat(receivedThere.poll(5, TimeUnit.SECONDS)).isEqualTo("again");
  }

  @Test
  void aChannelThatIsNoIdentifierIsRefused() {
    assertThatThrownBy(() -> here.listen("a; drop table b", receivedHere::add))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a channel");
  }
}
