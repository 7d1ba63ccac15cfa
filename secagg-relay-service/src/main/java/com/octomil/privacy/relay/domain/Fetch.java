package com.octomil.privacy.relay.domain;

import java.time.Duration;

/** What a device that asks for something gets. */
public sealed interface Fetch<T> {

  /** It is there. */
  record Ready<T>(T value) implements Fetch<T> {}

  /** Not yet; ask again after {@code retryAfter}. */
  record Pending<T>(Duration retryAfter) implements Fetch<T> {}

  /** The device has dropped out of the round. */
  record Late<T>(String step) implements Fetch<T> {}

  /** The round is over without a result. */
  record Aborted<T>(Abort abort) implements Fetch<T> {}
}
