package com.octomil.privacy.relay.grpc;

import static com.octomil.privacy.relay.grpc.Messages.toProto;

import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.proto.relay.v1.AttendedRound;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceRequest;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import com.octomil.privacy.proto.relay.v1.RelayDevicesGrpc;
import com.octomil.privacy.relay.app.Devices;
import com.octomil.privacy.relay.app.Refusals;
import com.octomil.privacy.relay.domain.FederationName;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;

/** What the aggregator asks about devices. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class RelayDevicesService extends RelayDevicesGrpc.RelayDevicesImplBase {

  private final Devices devices;

  RelayDevicesService(Devices devices) {
    this.devices = devices;
  }

  @Override
  public void excludeDevice(
      ExcludeDeviceRequest request, StreamObserver<ExcludeDeviceResponse> observer) {
    Replies.unary(
        observer,
        () ->
            Refusals.translating(() -> {
              Devices.Excluded excluded =
                  devices.exclude(new FederationName(request.getFederation()), request.getDevice());
              ExcludeDeviceResponse.Builder response =
                  ExcludeDeviceResponse.newBuilder().setPseudonym(excluded.pseudonym().hex());
              excluded
                  .rounds()
                  .forEach(attended ->
                      response.addRounds(
                          AttendedRound.newBuilder()
                              .setRoundId(toProto(attended.round().value()))
                              .setParticipantId(toProto(attended.participant().value()))
                              .setAdmittedAt(attended.admittedAt().toEpochMilli())));
              return response.build();
            }));
  }
}
