package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.ClippingBits;
import com.octomil.privacy.aggregator.domain.ClippingNorm;
import com.octomil.privacy.aggregator.domain.Fault;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * What rounds tell the operator, as documented in docs/OPERATIONS.md. Every series exists from the
 * start, so that its first increase is one. Thread-safe.
 */
@ApplicationScoped
class RoundMetrics {
  /** Where devices may drop out. */
  enum Step {
    ADVERTISE,
    SHARE,
    UPLOAD,
    REVEAL
  }

  /** What the driver waits for or works at. */
  enum Phase {
    RESERVE,
    EXCHANGE,
    UPLOAD,
    SIGN,
    REVEAL,
    UNMASK
  }

  static final String PUBLISHED = "published";
  static final String BUDGET_EXHAUSTED = "budget_exhausted";
  static final String REFUSED = "refused";
  static final String IMPOSSIBLE = "impossible";

  private static final String LEFT_OUT = "octomil.aggregator.groups.left.out";
  private static final String CLIP_NORM = "octomil.aggregator.clip.norm";
  private static final String CLIP_BOUND = "octomil.aggregator.clip.norm.bounded";

  private final MeterRegistry metrics;

  RoundMetrics(MeterRegistry metrics) {
    this.metrics = metrics;
    Stream.concat(
            Stream.of(AbortReason.values()).map(AbortReason::id),
            Stream.of(PUBLISHED, BUDGET_EXHAUSTED, REFUSED, IMPOSSIBLE))
        .forEach(outcome -> metrics.counter("octomil.aggregator.rounds", "outcome", outcome));
    metrics.counter("octomil.aggregator.rounds.resumed");
    metrics.summary(CLIP_NORM);
    metrics.counter(CLIP_BOUND);
    for (Step step : Step.values()) {
      metrics.counter("octomil.aggregator.dropouts", "step", label(step));
    }
    for (Fault.Kind kind : Fault.Kind.values()) {
      metrics.counter(name(kind));
    }
    for (AbortReason reason :
        List.of(AbortReason.TOO_FEW_DEVICES, AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD)) {
      metrics.counter(LEFT_OUT, "reason", reason.id());
    }
    for (Phase phase : Phase.values()) {
      timer(phase);
    }
  }

  /** An attempt at a round is over. */
  void ended(String outcome) {
    metrics.counter("octomil.aggregator.rounds", "outcome", outcome).increment();
  }

  /** A driver goes on with a round that another one left. */
  void resumed() {
    metrics.counter("octomil.aggregator.rounds.resumed").increment();
  }

  /** A round with adaptive clipping left this norm to the next one. */
  void clipped(ClippingNorm norm, ClippingBits bits) {
    metrics.summary(CLIP_NORM).record(norm.value());
    if (norm.atBound(bits.terms())) {
      metrics.counter(CLIP_BOUND).increment();
    }
  }

  /** So many devices did not get past a step; fewer than none count as none. */
  void dropped(Step step, int devices) {
    metrics
        .counter("octomil.aggregator.dropouts", "step", label(step))
        .increment(Math.max(0, devices));
  }

  /** A round goes on without groups, for these reasons. */
  void leftOut(Collection<Abort> reasons) {
    reasons.forEach(abort -> metrics.counter(LEFT_OUT, "reason", abort.reason().id()).increment());
  }

  /** Something was found out about devices. */
  void found(List<Fault> faults) {
    faults.forEach(fault -> metrics.counter(name(fault.kind())).increment());
  }

  /** Runs {@code body} and records how long it took, however it ends. */
  <T> T timed(Phase phase, Supplier<T> body) {
    Timer.Sample sample = Timer.start(metrics);
    try {
      return body.get();
    } finally {
      sample.stop(timer(phase));
    }
  }

  /** The same for a body without a value. */
  void timed(Phase phase, Runnable body) {
    timer(phase).record(body);
  }

  private Timer timer(Phase phase) {
    return metrics.timer("octomil.aggregator.phase", "phase", label(phase));
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String name(Fault.Kind kind) {
    return "octomil.aggregator." + kind.id().replace('_', '.');
  }
}
