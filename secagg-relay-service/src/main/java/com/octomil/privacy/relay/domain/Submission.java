package com.octomil.privacy.relay.domain;

/** How something that a device sent was received. */
public sealed interface Submission {

  /** It is durable and counts; so does the same sent again. */
  record Accepted() implements Submission {}

  /** The step is closed. */
  record Late(String step) implements Submission {}

  /** The round is over without a result. */
  record Aborted(Abort abort) implements Submission {}
}
