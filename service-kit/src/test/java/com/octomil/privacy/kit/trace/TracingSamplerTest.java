package com.octomil.privacy.kit.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracingSamplerTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

  /** A caller that says its own spans are recorded. */
  private static final Context RECORDED_PARENT =
      Context.root()
          .with(
              Span.wrap(
                  SpanContext.createFromRemoteParent(
                      TRACE,
                      "00f067aa0ba902b7",
                      TraceFlags.getSampled(),
                      TraceState.getDefault())));

  @Test
  void nothingIsRecordedUnlessAskedFor() {
    TracingSampler off = new TracingSampler(false, 1);
    assertThat(decision(off, Context.root(), "round")).isEqualTo(SamplingDecision.DROP);
    assertThat(decision(off, RECORDED_PARENT, "octomil.budget.v1.BudgetLedger/Reserve"))
        .isEqualTo(SamplingDecision.DROP);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "round",
        "POST /api/v1/federations/{federation}/training",
        "octomil.budget.v1.BudgetLedger/Reserve",
        "octomil.relay.v1.RelaySessions/OpenSession",
      })
  void workOfTheServicesIsRecorded(String name) {
    TracingSampler on = new TracingSampler(true, 1);
    assertThat(decision(on, Context.root(), name)).isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
    assertThat(decision(on, RECORDED_PARENT, name)).isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "octomil.secagg.v1.DeviceRelay/CheckIn",
        "octomil.aggregator.v1.DeviceAggregator/Upload",
        "octomil.relay.v1.RelaySessions/GetSession",
      })
  void devicesAndLongPollsAreNot(String name) {
    TracingSampler on = new TracingSampler(true, 1);
    assertThat(decision(on, Context.root(), name)).isEqualTo(SamplingDecision.DROP);
    assertThat(decision(on, RECORDED_PARENT, name)).isEqualTo(SamplingDecision.DROP);
  }

  @Test
  void aRatioOfZeroRecordsOnlyWhatACallerRecords() {
    TracingSampler none = new TracingSampler(true, 0);
    assertThat(decision(none, Context.root(), "round")).isEqualTo(SamplingDecision.DROP);
    assertThat(decision(none, RECORDED_PARENT, "octomil.budget.v1.BudgetLedger/Reserve"))
        .isEqualTo(SamplingDecision.RECORD_AND_SAMPLE);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void anImpossibleRatioIsRefused(double ratio) {
    assertThatThrownBy(() -> new TracingSampler(true, ratio))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("octomil.tracing.ratio is " + ratio);
  }

  private static SamplingDecision decision(TracingSampler sampler, Context parent, String name) {
    return sampler
        .shouldSample(parent, TRACE, name, SpanKind.INTERNAL, Attributes.empty(), List.of())
        .getDecision();
  }
}
