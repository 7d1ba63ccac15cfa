package com.octomil.privacy.budget.store;

import com.octomil.privacy.kit.db.DatabaseFailures;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import io.quarkus.hibernate.reactive.panache.Panache;
import io.quarkus.vertx.VertxContextSupport;
import io.smallrye.mutiny.Uni;
import java.util.function.Supplier;

/** Runs Hibernate Reactive work from threads that may block. */
final class Reactive {

  private static final String SNAPSHOT =
      "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

  private Reactive() {}

  /** One READ COMMITTED transaction on an event loop; waits for its commit. */
  static <T> T inTransaction(Supplier<Uni<T>> work) {
    return await(() -> Panache.withTransaction(work));
  }

  /** One read-only transaction in which every query sees the same instant. */
  static <T> T atOneInstant(Supplier<Uni<T>> work) {
    return await(() ->
        Panache.withTransaction(() ->
            Panache.getSession()
                .chain(session -> session.createNativeQuery(SNAPSHOT).executeUpdate())
                .chain(work::get)));
  }

  private static <T> T await(Supplier<Uni<T>> work) {
    try {
      return VertxContextSupport.subscribeAndAwait(work);
    } catch (ServiceException | Error e) {
      throw e;
    } catch (Throwable e) {
      if (DatabaseFailures.isConnectionLost(e)) {
        throw new ServiceException(ErrorCode.UNAVAILABLE, "The database does not answer.", e);
      }
      throw e instanceof RuntimeException unexpected ? unexpected : new IllegalStateException(e);
    }
  }
}
