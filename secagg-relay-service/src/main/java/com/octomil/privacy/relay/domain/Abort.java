package com.octomil.privacy.relay.domain;

import java.util.Objects;

/**
 * The end of a round without a result.
 *
 * @param reason why
 * @param detail one sentence for people, at most 500 characters
 */
public record Abort(AbortReason reason, String detail) {

  private static final int MAX_DETAIL = 500;

  /** Cuts a detail that is too long. */
  public Abort {
    Objects.requireNonNull(reason, "reason");
    if (detail.length() > MAX_DETAIL) {
      detail = detail.substring(0, MAX_DETAIL);
    }
  }
}
