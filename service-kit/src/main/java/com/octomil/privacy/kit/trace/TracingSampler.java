package com.octomil.privacy.kit.trace;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingResult;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Decides which spans are recorded: none unless {@code octomil.tracing.enabled}, then the share
 * {@code octomil.tracing.ratio} of the traces that start here and whatever an earlier service of
 * ours decided for the others. Context is carried on in any case.
 *
 * <p>Calls of devices are never recorded, whatever their {@code traceparent} asks for: a span has
 * the caller's address and the moment of its call. Neither are the relay's long polls, of which a
 * round makes one a second. Thread-safe.
 */
@Singleton
public class TracingSampler implements Sampler {

  // Names of gRPC spans are package.Service/Method.
  private static final Pattern NEVER =
      Pattern.compile("octomil\\.[a-z0-9.]+\\.(Device\\w+/.*|RelaySessions/GetSession)");

  private final Sampler recorded;

  TracingSampler(
      @ConfigProperty(name = "octomil.tracing.enabled") boolean enabled,
      @ConfigProperty(name = "octomil.tracing.ratio") double ratio) {
    if (!(ratio >= 0 && ratio <= 1)) {
      throw new IllegalArgumentException(
          "octomil.tracing.ratio is " + ratio + "; it must be from 0 to 1");
    }
    this.recorded =
        enabled ? Sampler.parentBased(Sampler.traceIdRatioBased(ratio)) : Sampler.alwaysOff();
  }

  @Override
  public SamplingResult shouldSample(
      Context parent,
      String traceId,
      String name,
      SpanKind kind,
      Attributes attributes,
      List<LinkData> links) {
    return NEVER.matcher(name).matches()
        ? SamplingResult.drop()
        : recorded.shouldSample(parent, traceId, name, kind, attributes, links);
  }

  @Override
  public String getDescription() {
    return "TracingSampler{" + recorded.getDescription() + "}";
  }
}
