package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;

/** Leaves an attempt at a round from any depth; the driver ends it with this reason. */
final class RoundAborted extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Abort abort;

  RoundAborted(AbortReason reason, String detail) {
    this(new Abort(reason, detail));
  }

  RoundAborted(Abort abort) {
    super(abort.detail(), null, false, false);
    this.abort = abort;
  }

  Abort abort() {
    return abort;
  }

  static RoundAborted tooFew(int count, String did, int minimum) {
    return new RoundAborted(
        AbortReason.TOO_FEW_DEVICES,
        count + " devices " + did + "; the minimum is " + minimum + ".");
  }
}
