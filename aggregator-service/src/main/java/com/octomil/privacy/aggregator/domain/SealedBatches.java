package com.octomil.privacy.aggregator.domain;

import java.util.List;
import java.util.UUID;

/** What replicas have stored of a round without secure aggregation. Thread-safe. */
public interface SealedBatches {

  /** The batches of a round. */
  List<UUID> of(RoundId id);

  /** The sealed octets of a batch. */
  byte[] read(UUID batch);
}
