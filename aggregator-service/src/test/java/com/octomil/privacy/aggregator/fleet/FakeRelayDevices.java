package com.octomil.privacy.aggregator.fleet;

import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceRequest;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import com.octomil.privacy.proto.relay.v1.RelayDevicesGrpc;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;

/** Knows the devices that tests put into the table. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class FakeRelayDevices extends RelayDevicesGrpc.RelayDevicesImplBase {
  private final RelayTable table;

  FakeRelayDevices(RelayTable table) {
    this.table = table;
  }

  @Override
  public void excludeDevice(
      ExcludeDeviceRequest request, StreamObserver<ExcludeDeviceResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          ExcludeDeviceResponse known = table.devices.get(request.getDevice());
          if (known == null) {
            throw new ServiceException(ErrorCode.NOT_FOUND, "The federation has no such device.");
          }
          return known;
        });
  }
}
