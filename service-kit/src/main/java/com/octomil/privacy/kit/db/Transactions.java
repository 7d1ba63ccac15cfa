package com.octomil.privacy.kit.db;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Transaction;
import io.vertx.sqlclient.DatabaseException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs database transactions on the Vert.x PostgreSQL client from threads that may block (virtual
 * or worker threads).
 *
 * <p>A body may run more than once: it is repeated when PostgreSQL asks for it (serialization
 * failure, deadlock), so it must have no effect outside the connection it is given. Thread-safe.
 */
@ApplicationScoped
public class Transactions {

  // SQLSTATE serialization_failure and deadlock_detected (PostgreSQL manual, appendix A).
  private static final Set<String> RETRYABLE = Set.of("40001", "40P01");
  private static final int MAX_ATTEMPTS = 30;
  private static final long MAX_BACKOFF_MILLIS = 200;

  private final Pool pool;
  private final MeterRegistry metrics;

  Transactions(Pool pool, MeterRegistry metrics) {
    this.pool = pool;
    this.metrics = metrics;
  }

  /**
   * Runs {@code body} in a SERIALIZABLE transaction and returns its value once the commit is
   * durable.
   *
   * @param name stable name for the metrics {@code octomil_db_transaction_seconds} and {@code
   *     ..._retries_total}
   * @throws ServiceException {@code UNAVAILABLE} if it kept conflicting with others, {@code
   *     OUTCOME_UNKNOWN} if the connection broke during the commit
   */
  public <T extends @Nullable Object> T inTransaction(
      String name, Function<SqlConnection, T> body) {
    return run(name, "SERIALIZABLE", body);
  }

  /**
   * Like {@link #inTransaction} with READ COMMITTED: enough where single conditional statements
   * decide.
   */
  public <T extends @Nullable Object> T readCommitted(
      String name, Function<SqlConnection, T> body) {
    return run(name, "READ COMMITTED", body);
  }

  private <T extends @Nullable Object> T run(
      String name, String isolation, Function<SqlConnection, T> body) {
    Timer.Sample sample = Timer.start(metrics);
    String outcome = "failed";
    try {
      for (int attempt = 1; ; attempt++) {
        try {
          T value = once(isolation, body);
          outcome = "committed";
          return value;
        } catch (DatabaseException e) {
          if (!RETRYABLE.contains(e.getSqlState())) {
            throw e;
          }
          if (attempt == MAX_ATTEMPTS) {
            throw new ServiceException(
                ErrorCode.UNAVAILABLE,
                "The database is too busy with conflicting requests; try again.",
                e);
          }
        }
        metrics.counter("octomil.db.transaction.retries", "name", name).increment();
        backOff(attempt);
      }
    } finally {
      sample.stop(metrics.timer("octomil.db.transaction", "name", name, "outcome", outcome));
    }
  }

  private <T extends @Nullable Object> T once(String isolation, Function<SqlConnection, T> body) {
    SqlConnection connection = connect();
    try {
      Transaction transaction = connection.beginAndAwait();
      T value;
      try {
        connection.query("SET TRANSACTION ISOLATION LEVEL " + isolation).executeAndAwait();
        value = body.apply(connection);
      } catch (Throwable failure) {
        rollBack(transaction, failure);
        if (DatabaseFailures.isConnectionLost(failure)) {
          throw new ServiceException(
              ErrorCode.UNAVAILABLE, "The database does not answer.", failure);
        }
        throw failure;
      }
      try {
        transaction.commitAndAwait();
      } catch (RuntimeException e) {
        if (e instanceof DatabaseException && !DatabaseFailures.isConnectionLost(e)) {
          // The server answered: nothing was committed.
          throw e;
        }
        throw new ServiceException(
            ErrorCode.OUTCOME_UNKNOWN,
            "The database connection broke during the commit; ask for the state before trying again.",
            e);
      }
      return value;
    } finally {
      connection.closeAndForget();
    }
  }

  private SqlConnection connect() {
    try {
      return pool.getConnectionAndAwait();
    } catch (RuntimeException e) {
      throw new ServiceException(ErrorCode.UNAVAILABLE, "The database does not answer.", e);
    }
  }

  private static void rollBack(Transaction transaction, Throwable failure) {
    try {
      transaction.rollbackAndAwait();
    } catch (RuntimeException e) {
      // The connection is gone, and with it the transaction.
      failure.addSuppressed(e);
    }
  }

  private static void backOff(int attempt) {
    long ceiling = Math.min(MAX_BACKOFF_MILLIS, 1L << Math.min(attempt, 10));
    try {
      TimeUnit.MICROSECONDS.sleep(ThreadLocalRandom.current().nextLong(1000 * ceiling) + 1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ServiceException(ErrorCode.UNAVAILABLE, "The service is shutting down.", e);
    }
  }
}
