package com.octomil.privacy.kit.db;

import io.quarkus.runtime.ShutdownEvent;
import io.vertx.mutiny.pgclient.PgConnection;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Tells other replicas of a service at once that something in the database has changed, by LISTEN
 * and NOTIFY (PostgreSQL manual, chapter "NOTIFY"). A notification may be lost, when a connection
 * breaks or nothing listens, and says nothing but where to look: whoever relies on it also looks
 * from time to time. What this replica sends it does not receive. Thread-safe.
 */
@ApplicationScoped
public class Notifications implements AutoCloseable {

  private static final Logger LOG = Logger.getLogger(Notifications.class);

  private static final long RECONNECT_MILLIS = 1000;

  /** More than fit are dropped; who misses one looks by itself a little later. */
  private static final int MAX_WAITING = 10_000;

  private static final int MAX_TOGETHER = 500;

  private record Message(String channel, String payload) {}

  private final Pool pool;
  private final String self = UUID.randomUUID().toString().substring(0, 8) + ":";
  private final BlockingQueue<Message> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
  private final List<Thread> threads = new ArrayList<>();
  private boolean sending;
  private volatile boolean stopping;

  /** Over connections of this pool; one of them stays in use for each channel. */
  public Notifications(Pool pool) {
    this.pool = pool;
  }

  /**
   * Receives what other replicas send on a channel, from now until the service ends.
   *
   * @param channel an SQL identifier of lower-case letters, digits and underscores
   * @param handler gets the payload, on an event loop: it must not block
   */
  public void listen(String channel, Consumer<String> handler) {
    if (!channel.matches("[a-z][a-z0-9_]{0,62}")) {
      throw new IllegalArgumentException("not a channel: " + channel);
    }
    start("listen-" + channel, () -> keepListening(channel, handler));
  }

  /**
   * Sends soon and without waiting; the same message is sent once if it was not sent yet. Call it
   * after the change is durable.
   *
   * @param payload at most 1000 characters
   */
  public void send(String channel, String payload) {
    ensureSending();
    if (!waiting.offer(new Message(channel, self + payload))) {
      LOG.debug("a notification was dropped; other replicas will look by themselves");
    }
  }

  void onStop(@Observes ShutdownEvent stopped) {
    close();
  }

  /** Sends and receives no more. */
  @Override
  public void close() {
    stopping = true;
    synchronized (this) {
      threads.forEach(Thread::interrupt);
    }
  }

  private synchronized void ensureSending() {
    if (!sending) {
      sending = true;
      start("notify", this::keepSending);
    }
  }

  private synchronized void start(String name, Runnable work) {
    if (!stopping) {
      threads.add(Thread.ofVirtual().name(name).start(work));
    }
  }

  private void keepSending() {
    try {
      while (!stopping) {
        Set<Message> together = new LinkedHashSet<>();
        together.add(waiting.take());
        waiting.drainTo(together, MAX_TOGETHER);
        try {
          // Without a transaction of its own there is nothing to flush to disk.
          pool.preparedQuery(
                  "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[])"
                      + " AS message (channel, payload)")
              .executeAndAwait(
                  Tuple.of(
                      together.stream().map(Message::channel).toArray(String[]::new),
                      together.stream().map(Message::payload).toArray(String[]::new)));
        } catch (RuntimeException e) {
          LOG.debugf("notifications were lost: %s", e.getMessage());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void keepListening(String channel, Consumer<String> handler) {
    boolean failing = false;
    try {
      while (!stopping) {
        try {
          listenOnce(channel, handler);
          failing = false;
        } catch (RuntimeException e) {
          if (!failing && !stopping) {
            LOG.warnf("cannot listen for changes by other replicas; polling: %s", e.getMessage());
          }
          failing = true;
        }
        Thread.sleep(RECONNECT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns when the connection is lost. */
  private void listenOnce(String channel, Consumer<String> handler) throws InterruptedException {
    SqlConnection connection = pool.getConnectionAndAwait();
    try {
      CountDownLatch closed = new CountDownLatch(1);
      connection.closeHandler(closed::countDown);
      PgConnection.cast(connection)
          .notificationHandler(notification -> {
            String payload = notification.getPayload();
            if (!payload.startsWith(self)) {
              handler.accept(payload.substring(payload.indexOf(':') + 1));
            }
          });
      connection.query("LISTEN " + channel).executeAndAwait();
      closed.await();
    } finally {
      // The connection goes back to the pool, to others who listen to nothing.
      connection
          .query("UNLISTEN *")
          .execute()
          .subscribe()
          .with(done -> connection.closeAndForget(), gone -> connection.closeAndForget());
    }
  }
}
