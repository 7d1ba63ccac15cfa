package com.octomil.privacy.relay.domain;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where the relay keeps its state. Every use case runs in one transaction that it names. */
public interface RelayStore {

  /**
   * Runs {@code body} in a READ COMMITTED transaction and returns its value once the effect is
   * durable. The body may run more than once and must have no effect beside the records.
   *
   * @param name stable name for metrics
   */
  <T extends @Nullable Object> T inTransaction(String name, Function<Records, T> body);

  /** The records within one transaction; not thread-safe and not to be kept. */
  interface Records {

    /** Enrolment. */
    DeviceRecords devices();

    /** Rounds. */
    SessionRecords sessions();

    /** Sums. */
    CohortRecords cohorts();
  }
}
