package com.octomil.privacy.device.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import com.octomil.privacy.device.transport.Accepted;
import com.octomil.privacy.device.transport.Admission;
import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.EncryptedShare;
import com.octomil.privacy.device.transport.EnrollmentGrant;
import com.octomil.privacy.device.transport.EnrollmentRequest;
import com.octomil.privacy.device.transport.ReceivedShares;
import com.octomil.privacy.device.transport.RenewalGrant;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.RevealedShare;
import com.octomil.privacy.device.transport.Roster;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.SurvivorSignatures;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.TransportException.Kind;
import com.octomil.privacy.device.transport.Upload;
import com.octomil.privacy.device.transport.UploadReceipt;
import com.octomil.privacy.proto.aggregator.v1.DeviceAggregatorGrpc;
import com.octomil.privacy.proto.aggregator.v1.GetModelRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.ModelChunk;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.secagg.v1.AdvertiseRequest;
import com.octomil.privacy.proto.secagg.v1.CheckInRequest;
import com.octomil.privacy.proto.secagg.v1.DeviceRelayGrpc;
import com.octomil.privacy.proto.secagg.v1.EnrollRequest;
import com.octomil.privacy.proto.secagg.v1.GetRosterRequest;
import com.octomil.privacy.proto.secagg.v1.GetSharesRequest;
import com.octomil.privacy.proto.secagg.v1.RenewTokenRequest;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesRequest;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The transport over gRPC. Every call has a deadline: {@code callTimeout} plus what the server may
 * hold the call for, or {@code transferTimeout} for the model and the upload. Nothing is repeated
 * here.
 *
 * <p>Thread-safe. The channels belong to the caller, who shuts them down.
 */
public final class GrpcDeviceTransport implements DeviceTransport {

  /** Size of one upload message. */
  static final int CHUNK_BYTES = 64 * 1024;

  private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

  private final Channel relay;
  private final Channel aggregator;
  private final Duration callTimeout;
  private final Duration transferTimeout;

  /**
   * With 15 s for a call and two minutes for the model and for the upload.
   *
   * @param relay channel to the relay
   * @param aggregator channel to the aggregator
   */
  public GrpcDeviceTransport(Channel relay, Channel aggregator) {
    this(relay, aggregator, Duration.ofSeconds(15), Duration.ofMinutes(2));
  }

  /**
   * With the given timeouts, both greater than zero.
   *
   * @param relay channel to the relay
   * @param aggregator channel to the aggregator
   * @param callTimeout longest duration of a call beyond what the server may hold it
   * @param transferTimeout longest duration of a transfer of a model or an update
   */
  public GrpcDeviceTransport(
      Channel relay, Channel aggregator, Duration callTimeout, Duration transferTimeout) {
    if (callTimeout.isNegative() || callTimeout.isZero()) {
      throw new IllegalArgumentException("callTimeout must be greater than zero: " + callTimeout);
    }
    if (transferTimeout.isNegative() || transferTimeout.isZero()) {
      throw new IllegalArgumentException(
          "transferTimeout must be greater than zero: " + transferTimeout);
    }
    this.relay = relay;
    this.aggregator = aggregator;
    this.callTimeout = callTimeout;
    this.transferTimeout = transferTimeout;
  }

  @Override
  public EnrollmentGrant enroll(EnrollmentRequest request) {
    EnrollRequest message =
        EnrollRequest.newBuilder()
            .setEnrollmentCode(request.code())
            .setDevicePublicKey(CommonMessages.toProto(request.devicePublicKey()))
            .setProofOfPossession(CommonMessages.toProto(request.proofOfPossession()))
            .setRegion(request.region())
            .build();
    return call(Step.ENROLL, () -> RelayMessages.toDomain(relay(Duration.ZERO).enroll(message)));
  }

  @Override
  public RenewalGrant renewToken(String deviceToken, Bytes proofOfPossession) {
    RenewTokenRequest message =
        RenewTokenRequest.newBuilder()
            .setDeviceToken(deviceToken)
            .setProofOfPossession(CommonMessages.toProto(proofOfPossession))
            .build();
    return call(
        Step.RENEW_TOKEN, () -> RelayMessages.toDomain(relay(Duration.ZERO).renewToken(message)));
  }

  @Override
  public Reply<Admission> checkIn(String deviceToken, Bytes roundPublicKey) {
    CheckInRequest message =
        CheckInRequest.newBuilder()
            .setDeviceToken(deviceToken)
            .setRoundPublicKey(CommonMessages.toProto(roundPublicKey))
            .build();
    return call(Step.CHECK_IN, () -> RelayMessages.toDomain(relay(Duration.ZERO).checkIn(message)));
  }

  @Override
  public Reply<Accepted> advertise(Ticket ticket, Advert advert) {
    AdvertiseRequest message =
        AdvertiseRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .setAdvert(RelayMessages.toProto(advert))
            .build();
    return call(
        Step.ADVERTISE, () -> RelayMessages.toDomain(relay(Duration.ZERO).advertise(message)));
  }

  @Override
  public Reply<Roster> roster(Ticket ticket, Duration wait) {
    GetRosterRequest message =
        GetRosterRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .setWaitMillis(millis(wait))
            .build();
    return call(Step.GET_ROSTER, () -> RelayMessages.toDomain(relay(wait).getRoster(message)));
  }

  @Override
  public Reply<Accepted> submitShares(Ticket ticket, List<EncryptedShare> shares) {
    SubmitSharesRequest.Builder message =
        SubmitSharesRequest.newBuilder().setTicket(CommonMessages.toProto(ticket));
    shares.forEach(share -> message.addShares(RelayMessages.toProto(share)));
    return call(
        Step.SUBMIT_SHARES,
        () -> RelayMessages.toDomain(relay(Duration.ZERO).submitShares(message.build())));
  }

  @Override
  public Reply<ReceivedShares> shares(Ticket ticket, Duration wait) {
    GetSharesRequest message =
        GetSharesRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .setWaitMillis(millis(wait))
            .build();
    return call(Step.GET_SHARES, () -> RelayMessages.toDomain(relay(wait).getShares(message)));
  }

  @Override
  public byte[] model(Ticket ticket, int maxBytes) {
    GetModelRequest message =
        GetModelRequest.newBuilder().setTicket(CommonMessages.toProto(ticket)).build();
    return call(
        Step.GET_MODEL,
        () -> {
          // Cancelled on every way out, so that an oversized answer does not keep its stream.
          Context.CancellableContext context = Context.current().withCancellation();
          Context previous = context.attach();
          try {
            ByteArrayOutputStream model = new ByteArrayOutputStream();
            Iterator<ModelChunk> chunks =
                DeviceAggregatorGrpc.newBlockingStub(aggregator)
                    .withDeadlineAfter(transferTimeout.toMillis(), TimeUnit.MILLISECONDS)
                    .getModel(message);
            while (chunks.hasNext()) {
              ByteString data = chunks.next().getData();
              if (data.size() > maxBytes - model.size()) {
                throw new IllegalArgumentException(
                    "the model is longer than the " + maxBytes + " bytes expected");
              }
              model.writeBytes(data.toByteArray());
            }
            return model.toByteArray();
          } finally {
            context.detach(previous);
            context.cancel(null);
          }
        });
  }

  @Override
  public Reply<UploadReceipt> upload(Upload upload) {
    byte[] payload = upload.payload().toArray();
    UploadHeader header =
        UploadHeader.newBuilder()
            .setTicket(CommonMessages.toProto(upload.ticket()))
            .setPayloadBytes(payload.length)
            .setPayloadSha256(CommonMessages.toProto(upload.payloadSha256()))
            .setSignature(CommonMessages.toProto(upload.signature()))
            .build();
    return call(
        Step.UPLOAD,
        () -> {
          UploadStream stream = new UploadStream();
          DeviceAggregatorGrpc.newStub(aggregator)
              .withDeadlineAfter(transferTimeout.toMillis(), TimeUnit.MILLISECONDS)
              .upload(stream);
          boolean open = stream.send(UploadRequest.newBuilder().setHeader(header).build());
          for (int at = 0; open && at < payload.length; at += CHUNK_BYTES) {
            int length = Math.min(CHUNK_BYTES, payload.length - at);
            ByteString chunk = UnsafeByteOperations.unsafeWrap(payload, at, length);
            open = stream.send(UploadRequest.newBuilder().setChunk(chunk).build());
          }
          return AggregatorMessages.toDomain(stream.finish());
        });
  }

  @Override
  public Reply<Bytes> survivors(Ticket ticket, Duration wait) {
    GetSurvivorsRequest message =
        GetSurvivorsRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .setWaitMillis(millis(wait))
            .build();
    return call(
        Step.GET_SURVIVORS,
        () -> AggregatorMessages.toDomain(aggregator(wait).getSurvivors(message)));
  }

  @Override
  public Reply<Accepted> signSurvivors(Ticket ticket, Bytes signature) {
    SignSurvivorsRequest message =
        SignSurvivorsRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .setSignature(CommonMessages.toProto(signature))
            .build();
    return call(
        Step.SIGN_SURVIVORS,
        () -> AggregatorMessages.toDomain(aggregator(Duration.ZERO).signSurvivors(message)));
  }

  @Override
  public Reply<SurvivorSignatures> survivorSignatures(
      Ticket ticket, List<Integer> indices, int atLeast, Duration wait) {
    GetSurvivorSignaturesRequest message =
        GetSurvivorSignaturesRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .addAllIndices(indices)
            .setAtLeast(atLeast)
            .setWaitMillis(millis(wait))
            .build();
    return call(
        Step.GET_SURVIVOR_SIGNATURES,
        () -> AggregatorMessages.toDomain(aggregator(wait).getSurvivorSignatures(message)));
  }

  @Override
  public Reply<Accepted> reveal(Ticket ticket, List<RevealedShare> shares, Bytes signature) {
    RevealRequest.Builder message =
        RevealRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .setSignature(CommonMessages.toProto(signature));
    shares.forEach(share -> message.addShares(AggregatorMessages.toProto(share)));
    return call(
        Step.REVEAL,
        () -> AggregatorMessages.toDomain(aggregator(Duration.ZERO).reveal(message.build())));
  }

  @Override
  public Reply<Bytes> result(Ticket ticket, Duration wait) {
    GetRoundResultRequest message =
        GetRoundResultRequest.newBuilder()
            .setTicket(CommonMessages.toProto(ticket))
            .setWaitMillis(millis(wait))
            .build();
    return call(
        Step.GET_RESULT,
        () -> AggregatorMessages.toDomain(aggregator(wait).getRoundResult(message)));
  }

  private DeviceRelayGrpc.DeviceRelayBlockingStub relay(Duration wait) {
    return DeviceRelayGrpc.newBlockingStub(relay)
        .withDeadlineAfter(callTimeout.toMillis() + millis(wait), TimeUnit.MILLISECONDS);
  }

  private DeviceAggregatorGrpc.DeviceAggregatorBlockingStub aggregator(Duration wait) {
    return DeviceAggregatorGrpc.newBlockingStub(aggregator)
        .withDeadlineAfter(callTimeout.toMillis() + millis(wait), TimeUnit.MILLISECONDS);
  }

  private static int millis(Duration wait) {
    return (int) Math.max(0, Math.min(wait.toMillis(), LONGEST_WAIT.toMillis()));
  }

  private interface Call<T> {
    T run() throws InvalidProtocolBufferException;
  }

  private static <T> T call(Step step, Call<T> call) {
    try {
      return call.run();
    } catch (StatusRuntimeException e) {
      throw StatusTranslation.translate(step, e);
    } catch (InvalidProtocolBufferException e) {
      throw new TransportException(
          step, Kind.MALFORMED_ANSWER, "a nested message cannot be parsed", e);
    } catch (IllegalArgumentException e) {
      // The mappers and the message records check what they are given.
      throw new TransportException(step, Kind.MALFORMED_ANSWER, String.valueOf(e.getMessage()), e);
    }
  }
}
