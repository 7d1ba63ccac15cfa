package com.octomil.privacy.aggregator.grpc;

import com.google.protobuf.UnsafeByteOperations;
import com.octomil.privacy.aggregator.app.DeviceRounds;
import com.octomil.privacy.aggregator.app.Outcome;
import com.octomil.privacy.aggregator.app.Uploads;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.grpc.DeviceAuthenticationInterceptor;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.proto.aggregator.v1.DeviceAggregatorGrpc;
import com.octomil.privacy.proto.aggregator.v1.GetModelRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.ModelChunk;
import com.octomil.privacy.proto.aggregator.v1.Published;
import com.octomil.privacy.proto.aggregator.v1.RevealAccepted;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import com.octomil.privacy.proto.aggregator.v1.RevealResponse;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.SignatureAccepted;
import com.octomil.privacy.proto.aggregator.v1.SurvivorSignature;
import com.octomil.privacy.proto.aggregator.v1.SurvivorSignatures;
import com.octomil.privacy.proto.aggregator.v1.Survivors;
import com.octomil.privacy.proto.aggregator.v1.UploadAccepted;
import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import com.octomil.privacy.proto.secagg.v1.Late;
import com.octomil.privacy.proto.secagg.v1.Pending;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.time.Duration;
import java.util.List;

/** What devices call. Decodes, calls a use case on a virtual thread, encodes. */
@GrpcService
@RegisterInterceptor(DeviceAuthenticationInterceptor.class)
public class DeviceAggregatorService extends DeviceAggregatorGrpc.DeviceAggregatorImplBase {
  /**
   * What a slow device can make wait in a buffer, besides the 32 KiB below which a stream counts as
   * ready. A thousand devices fetch the model at the same time.
   */
  private static final int MODEL_CHUNK_BYTES = 32 * 1024;

  private static final int RETRY_AFTER_MILLIS = 100;
  private static final int MAX_INDICES = 100_000;

  private final DeviceRounds rounds;
  private final Uploads uploads;

  DeviceAggregatorService(DeviceRounds rounds, Uploads uploads) {
    this.rounds = rounds;
    this.uploads = uploads;
  }

  @Override
  public void getModel(GetModelRequest request, StreamObserver<ModelChunk> observer) {
    ServerCallStreamObserver<ModelChunk> call = (ServerCallStreamObserver<ModelChunk>) observer;
    ReadySignal ready = ReadySignal.on(call);
    Replies.onVirtualThread(
        observer,
        () -> {
          byte[] model = rounds.model(DeviceMapper.toTicket(request.getTicket()));
          for (int from = 0; from < model.length; from += MODEL_CHUNK_BYTES) {
            if (!ready.await()) {
              return;
            }
            int length = Math.min(MODEL_CHUNK_BYTES, model.length - from);
            // The array is shared by all calls and never written to.
            call.onNext(
                ModelChunk.newBuilder()
                    .setData(UnsafeByteOperations.unsafeWrap(model, from, length))
                    .build());
          }
          call.onCompleted();
        });
  }

  @Override
  public StreamObserver<UploadRequest> upload(StreamObserver<UploadResponse> observer) {
    return UploadStream.start((ServerCallStreamObserver<UploadResponse>) observer, uploads);
  }

  static UploadResponse toProto(Outcome<Boolean> outcome) {
    UploadResponse.Builder response = UploadResponse.newBuilder();
    switch (outcome) {
      case Outcome.Done<Boolean>(Boolean duplicate) ->
          response.setAccepted(UploadAccepted.newBuilder().setDuplicate(duplicate));
      case Outcome.Late<Boolean>(String step) -> response.setLate(late(step));
      case Outcome.Aborted<Boolean>(var abort) -> response.setAborted(DeviceMapper.toProto(abort));
      case Outcome.Pending<Boolean>() -> throw unexpected();
    }
    return response.build();
  }

  @Override
  public void getSurvivors(
      GetSurvivorsRequest request, StreamObserver<GetSurvivorsResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          Outcome<Octets> outcome =
              rounds.survivors(
                  DeviceMapper.toTicket(request.getTicket()), wait(request.getWaitMillis()));
          GetSurvivorsResponse.Builder response = GetSurvivorsResponse.newBuilder();
          switch (outcome) {
            case Outcome.Done<Octets>(Octets bitmap) ->
                response.setSurvivors(
                    Survivors.newBuilder().setSurvivors(DeviceMapper.toProto(bitmap)));
            case Outcome.Pending<Octets>() -> response.setPending(pending());
            case Outcome.Aborted<Octets>(var abort) ->
                response.setAborted(DeviceMapper.toProto(abort));
            case Outcome.Late<Octets> late -> throw unexpected();
          }
          return response.build();
        });
  }

  @Override
  public void signSurvivors(
      SignSurvivorsRequest request, StreamObserver<SignSurvivorsResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          Outcome<Boolean> outcome =
              rounds.sign(
                  DeviceMapper.toTicket(request.getTicket()),
                  DeviceMapper.toOctets(request.getSignature()));
          SignSurvivorsResponse.Builder response = SignSurvivorsResponse.newBuilder();
          switch (outcome) {
            case Outcome.Done<Boolean> done ->
                response.setAccepted(SignatureAccepted.getDefaultInstance());
            case Outcome.Late<Boolean>(String step) -> response.setLate(late(step));
            case Outcome.Aborted<Boolean>(var abort) ->
                response.setAborted(DeviceMapper.toProto(abort));
            case Outcome.Pending<Boolean>() -> throw unexpected();
          }
          return response.build();
        });
  }

  @Override
  public void getSurvivorSignatures(
      GetSurvivorSignaturesRequest request,
      StreamObserver<GetSurvivorSignaturesResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          List<Integer> indices = request.getIndicesList();
          if (indices.size() > MAX_INDICES) {
            throw DeviceMapper.invalid(
                "indices", indices.size() + " indices", "must be at most " + MAX_INDICES);
          }
          Outcome<DeviceRounds.Confirmations> outcome =
              rounds.confirmations(
                  DeviceMapper.toTicket(request.getTicket()),
                  indices.stream().distinct().toList(),
                  Math.max(0, request.getAtLeast()),
                  wait(request.getWaitMillis()));
          GetSurvivorSignaturesResponse.Builder response =
              GetSurvivorSignaturesResponse.newBuilder();
          switch (outcome) {
            case Outcome.Done<DeviceRounds.Confirmations>(var confirmations) -> {
              SurvivorSignatures.Builder signatures =
                  SurvivorSignatures.newBuilder().setClosed(confirmations.closed());
              confirmations
                  .signatures()
                  .forEach((index, signature) ->
                      signatures.addSignatures(
                          SurvivorSignature.newBuilder()
                              .setIndex(index)
                              .setSignature(DeviceMapper.toProto(signature))));
              response.setSignatures(signatures);
            }
            case Outcome.Aborted<DeviceRounds.Confirmations>(var abort) ->
                response.setAborted(DeviceMapper.toProto(abort));
            case Outcome.Late<DeviceRounds.Confirmations> late -> throw unexpected();
            case Outcome.Pending<DeviceRounds.Confirmations> pending -> throw unexpected();
          }
          return response.build();
        });
  }

  @Override
  public void reveal(RevealRequest request, StreamObserver<RevealResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          Outcome<Boolean> outcome =
              rounds.reveal(
                  DeviceMapper.toTicket(request.getTicket()),
                  DeviceMapper.toItems(request.getSharesList()),
                  DeviceMapper.toOctets(request.getSignature()));
          RevealResponse.Builder response = RevealResponse.newBuilder();
          switch (outcome) {
            case Outcome.Done<Boolean> done ->
                response.setAccepted(RevealAccepted.getDefaultInstance());
            case Outcome.Late<Boolean>(String step) -> response.setLate(late(step));
            case Outcome.Aborted<Boolean>(var abort) ->
                response.setAborted(DeviceMapper.toProto(abort));
            case Outcome.Pending<Boolean>() -> throw unexpected();
          }
          return response.build();
        });
  }

  @Override
  public void getRoundResult(
      GetRoundResultRequest request, StreamObserver<GetRoundResultResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          Outcome<Octets> outcome =
              rounds.result(
                  DeviceMapper.toTicket(request.getTicket()), wait(request.getWaitMillis()));
          GetRoundResultResponse.Builder response = GetRoundResultResponse.newBuilder();
          switch (outcome) {
            case Outcome.Done<Octets>(Octets hash) ->
                response.setPublished(
                    Published.newBuilder().setModelHash(DeviceMapper.toProto(hash)));
            case Outcome.Pending<Octets>() -> response.setPending(pending());
            case Outcome.Aborted<Octets>(var abort) ->
                response.setAborted(DeviceMapper.toProto(abort));
            case Outcome.Late<Octets> late -> throw unexpected();
          }
          return response.build();
        });
  }

  private static Duration wait(int unsignedMillis) {
    return Duration.ofMillis(Integer.toUnsignedLong(unsignedMillis));
  }

  private static Late late(String step) {
    return Late.newBuilder().setStep(step).build();
  }

  private static Pending pending() {
    return Pending.newBuilder().setRetryAfterMillis(RETRY_AFTER_MILLIS).build();
  }

  private static ServiceException unexpected() {
    return new ServiceException(
        ErrorCode.INTERNAL, "The call came to an outcome that it cannot have.");
  }
}
