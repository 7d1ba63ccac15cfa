package com.octomil.privacy.relay.testing;

import static io.restassured.RestAssured.given;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.grpc.GrpcFailures;
import com.octomil.privacy.kit.test.ServiceTokenResource;
import com.octomil.privacy.proto.relay.v1.GetSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.RelayDevicesGrpc;
import com.octomil.privacy.proto.relay.v1.RelaySessionsGrpc;
import com.octomil.privacy.proto.relay.v1.RelaySessionsGrpc.RelaySessionsBlockingStub;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.DeviceRelayGrpc;
import com.octomil.privacy.proto.secagg.v1.DeviceRelayGrpc.DeviceRelayBlockingStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.restassured.http.ContentType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.ConfigProvider;

/** The relay under test, as devices, the aggregator and an operator reach it. */
public final class Relay implements AutoCloseable {

  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("x-octomil-service-token", Metadata.ASCII_STRING_MARSHALLER);

  private final ManagedChannel channel;

  public Relay() {
    this(ConfigProvider.getConfig().getValue(PeersResource.GRPC_PORT, Integer.class));
  }

  /** A replica that listens on this port. */
  public Relay(int port) {
    channel =
        Grpc.newChannelBuilderForAddress("127.0.0.1", port, InsecureChannelCredentials.create())
            .build();
  }

  /** As a device. */
  public DeviceRelayBlockingStub devices() {
    return DeviceRelayGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  /** As the aggregator. */
  public RelaySessionsBlockingStub sessions() {
    Metadata headers = new Metadata();
    headers.put(TOKEN, ServiceTokenResource.TOKEN);
    return strangers().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** As the aggregator, about devices. */
  public RelayDevicesGrpc.RelayDevicesBlockingStub deviceRecords() {
    Metadata headers = new Metadata();
    headers.put(TOKEN, ServiceTokenResource.TOKEN);
    return RelayDevicesGrpc.newBlockingStub(channel)
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /** As somebody without the service token. */
  public RelaySessionsBlockingStub strangers() {
    return RelaySessionsGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  /** An enrolment code and the device it is for. */
  public record Code(String code, String deviceId) {}

  /** Enrolment codes, made by an operator over REST. */
  public List<Code> codes(String federation, int count) {
    return codes(federation, Map.of("count", count));
  }

  /** Enrolment codes, made by an operator over REST. */
  public List<Code> codes(String federation, Map<String, Object> request) {
    List<Map<String, String>> codes =
        given()
            .header("Authorization", "Bearer edg_operator")
            .contentType(ContentType.JSON)
            .body(request)
            .post("/api/v1/federations/" + federation + "/devices/enrollment-codes")
            .then()
            .statusCode(201)
            .extract()
            .path("codes");
    return codes.stream()
        .map(code ->
            new Code(
                Objects.requireNonNull(code.get("code")),
                Objects.requireNonNull(code.get("device_id"))))
        .toList();
  }

  /** Revokes a device over REST. */
  public void revoke(String federation, String deviceId) {
    given()
        .header("Authorization", "Bearer edg_operator")
        .delete("/api/v1/federations/" + federation + "/devices/" + deviceId)
        .then()
        .statusCode(204);
  }

  /** A session as it is now. */
  public GetSessionResponse session(byte[] roundId) {
    return sessions()
        .getSession(
            GetSessionRequest.newBuilder().setRoundId(ByteString.copyFrom(roundId)).build());
  }

  /** Waits, by long polls and for at most 20 s each, until a session has left {@code phase}. */
  public GetSessionResponse awaitLeaving(byte[] roundId, SessionPhase phase) {
    return sessions()
        .getSession(
            GetSessionRequest.newBuilder()
                .setRoundId(ByteString.copyFrom(roundId))
                .setKnownPhase(phase)
                .setWaitMillis(20_000)
                .build());
  }

  /** The identifier of the error that a call ended with. */
  public static String errorOf(StatusRuntimeException failure) {
    return GrpcFailures.translate(failure).code().id();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
