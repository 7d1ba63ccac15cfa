package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Abort;

/** What a device's call came to, where that is no error. */
public sealed interface Outcome<T> {
  /** It had its effect, or the effect it had before. */
  record Done<T>(T value) implements Outcome<T> {}

  /** The phase has not ended yet; ask again. */
  record Pending<T>() implements Outcome<T> {}

  /** The step is closed; the device has dropped out of the round. */
  record Late<T>(String step) implements Outcome<T> {}

  /** The round is over without a result. */
  record Aborted<T>(Abort abort) implements Outcome<T> {}
}
