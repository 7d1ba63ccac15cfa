package com.octomil.privacy.aggregator.domain;

import java.util.UUID;

/** Identifier of a training job. */
public record JobId(UUID value) {
  @Override
  public String toString() {
    return value.toString();
  }
}
