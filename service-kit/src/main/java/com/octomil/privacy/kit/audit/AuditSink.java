package com.octomil.privacy.kit.audit;

/** The way to the log. Every service provides exactly one. */
public interface AuditSink {

  /**
   * Writes events to the log. What it has already is dropped there, so a batch may be sent again.
   * Blocking.
   *
   * @throws RuntimeException if it is not certain that all are durable in the log
   */
  void deliver(AuditBatch batch);
}
