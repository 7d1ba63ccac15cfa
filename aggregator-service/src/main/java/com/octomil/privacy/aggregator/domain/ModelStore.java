package com.octomil.privacy.aggregator.domain;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Models and their versions. Every method is one transaction. Thread-safe. */
public interface ModelStore {

  /** Answer to {@link #create}. */
  enum Creation {
    CREATED,
    /** The model exists and its first version has these octets. */
    SAME,
    /** The model exists with other weights. */
    DIFFERENT
  }

  /** Stores version 1. */
  Creation create(FederationName federation, ModelName name, byte[] content, Instant now);

  /** The models of a federation by name, without their versions. */
  List<Model.Summary> list(FederationName federation);

  /** Metadata of all versions. */
  Optional<Model> find(FederationName federation, ModelName name);

  /** What the server's algorithm remembers with a version. */
  Optional<Moments> moments(FederationName federation, ModelName name, int version);

  /** The norm of adaptive clipping that a version left behind. */
  Optional<ClippingNorm> clippingNorm(FederationName federation, ModelName name, int version);

  /** The octets of a version; the caller may keep the array. */
  Optional<byte[]> content(FederationName federation, ModelName name, int version);
}
