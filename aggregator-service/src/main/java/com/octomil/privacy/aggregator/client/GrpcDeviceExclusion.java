package com.octomil.privacy.aggregator.client;

import com.octomil.privacy.aggregator.domain.DeviceExclusion;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.proto.relay.v1.AttendedRound;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceRequest;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;

/** {@link DeviceExclusion} over gRPC. */
@ApplicationScoped
public class GrpcDeviceExclusion implements DeviceExclusion {

  private final RelayCalls calls;

  GrpcDeviceExclusion(RelayCalls calls) {
    this.calls = calls;
  }

  @Override
  public Excluded exclude(FederationName federation, String device) {
    ExcludeDeviceResponse response =
        Calls.guard(
            "relay",
            () ->
                calls.excludeDevice(
                    ExcludeDeviceRequest.newBuilder()
                        .setFederation(federation.value())
                        .setDevice(device)
                        .build()));
    return new Excluded(
        response.getPseudonym(),
        response.getRoundsList().stream().map(GrpcDeviceExclusion::toDomain).toList());
  }

  private static Attended toDomain(AttendedRound round) {
    return new Attended(
        RoundId.of(round.getRoundId().toByteArray()),
        ParticipantId.of(round.getParticipantId().toByteArray()),
        Instant.ofEpochMilli(round.getAdmittedAt()));
  }
}
