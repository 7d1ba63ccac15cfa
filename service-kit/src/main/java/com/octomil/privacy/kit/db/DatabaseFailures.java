package com.octomil.privacy.kit.db;

import io.vertx.core.VertxException;
import io.vertx.sqlclient.DatabaseException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Tells apart what a database refused from a database that is not there. */
public final class DatabaseFailures {

  private DatabaseFailures() {}

  /**
   * Whether {@code failure} says that the connection broke, was never had, or is being ended by the
   * server: the same call may succeed on another connection.
   */
  public static boolean isConnectionLost(@Nullable Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DatabaseException refused) {
        String state = refused.getSqlState();
        // SQLSTATE classes connection_exception and operator_intervention, and
        // too_many_connections.
        return state != null
            && (state.startsWith("08") || state.startsWith("57P") || state.equals("53300"));
      }
      if (cause instanceof IOException
          || cause instanceof TimeoutException
          || cause instanceof VertxException) {
        return true;
      }
    }
    return false;
  }
}
