package com.octomil.privacy.device.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.TransportException.Kind;
import com.octomil.privacy.device.transport.Upload;
import com.octomil.privacy.device.transport.UploadReceipt;
import com.octomil.privacy.proto.aggregator.v1.DeviceAggregatorGrpc;
import com.octomil.privacy.proto.aggregator.v1.GetModelRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultResponse;
import com.octomil.privacy.proto.aggregator.v1.ModelChunk;
import com.octomil.privacy.proto.aggregator.v1.UploadAccepted;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import com.octomil.privacy.proto.secagg.v1.Late;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams, deadlines and status codes over a loopback connection. */
class GrpcDeviceTransportTest {

  private static final Ticket TICKET =
      new Ticket(
          Bytes.of(new byte[] {1}),
          Bytes.of(new byte[64]),
          Bytes.empty(),
          Bytes.empty(),
          Bytes.empty(),
          Bytes.empty(),
          Instant.EPOCH);

  private final List<UploadHeader> headers = new CopyOnWriteArrayList<>();
  private final List<Integer> chunks = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private boolean answerAtHeader;

  @SuppressWarnings("NullAway.Init")
  private Server server;

  @SuppressWarnings("NullAway.Init")
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(new Aggregator())
            .build()
            .start();
    channel = GrpcChannels.connectInsecure("127.0.0.1:" + server.getPort());
  }

  @AfterEach
  void stop() throws Exception {
    channel.shutdownNow();
    server.shutdownNow().awaitTermination();
  }

  private final class Aggregator extends DeviceAggregatorGrpc.DeviceAggregatorImplBase {
    @Override
    public StreamObserver<UploadRequest> upload(StreamObserver<UploadResponse> observer) {
      return new StreamObserver<>() {
        @Override
        public void onNext(UploadRequest part) {
          if (part.hasHeader()) {
            headers.add(part.getHeader());
            if (answerAtHeader) {
              observer.onNext(
                  UploadResponse.newBuilder().setLate(Late.newBuilder().setStep("upload")).build());
              observer.onCompleted();
            }
          } else {
            chunks.add(part.getChunk().size());
            received.writeBytes(part.getChunk().toByteArray());
          }
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          if (!answerAtHeader) {
            observer.onNext(
                UploadResponse.newBuilder()
                    .setAccepted(UploadAccepted.newBuilder().setDuplicate(true))
                    .build());
            observer.onCompleted();
          }
        }
      };
    }

    @Override
    public void getModel(GetModelRequest request, StreamObserver<ModelChunk> observer) {
      for (int i = 0; i < 4; i++) {
        observer.onNext(
            ModelChunk.newBuilder().setData(ByteString.copyFrom(new byte[] {1, 2, 3})).build());
      }
      observer.onCompleted();
    }

    @Override
    public void getRoundResult(
        GetRoundResultRequest request, StreamObserver<GetRoundResultResponse> observer) {
      // Never answered.
    }
  }

  private static Upload upload(byte[] payload) {
    return new Upload(TICKET, Bytes.of(payload), Bytes.of(new byte[32]), Bytes.of(new byte[64]));
  }

  @Test
  void uploadsTravelInChunksOf64KiBBehindTheirHeader() {
    byte[] payload = new byte[3_000_001];
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) (i * 31 + (i >> 8));
    }
    Reply<UploadReceipt> reply = new GrpcDeviceTransport(channel, channel).upload(upload(payload));

    assertThat(reply).isEqualTo(new Reply.Ready<>(new UploadReceipt(true)));
    assertThat(headers).hasSize(1);
    assertThat(headers.get(0).getPayloadBytes()).isEqualTo(payload.length);
    List<Integer> expected = new ArrayList<>();
    for (int at = 0; at < payload.length; at += 65_536) {
      expected.add(Math.min(65_536, payload.length - at));
    }
    assertThat(chunks).isEqualTo(expected);
    assertThat(received.toByteArray()).isEqualTo(payload);
  }

  @Test
  void anAnswerBeforeTheLastChunkEndsTheUpload() {
    answerAtHeader = true;
    Reply<UploadReceipt> reply =
        new GrpcDeviceTransport(channel, channel).upload(upload(new byte[20_000_000]));
    assertThat(reply).isEqualTo(new Reply.Late<UploadReceipt>("upload"));
  }

  @Test
  void modelsAreReadUpToTheExpectedLength() {
    GrpcDeviceTransport transport = new GrpcDeviceTransport(channel, channel);
    assertThat(transport.model(TICKET, 12)).containsExactly(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3);
    assertThatThrownBy(() -> transport.model(TICKET, 11))
        .isInstanceOfSatisfying(
            TransportException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(Kind.MALFORMED_ANSWER);
              assertThat(e.step()).isEqualTo(Step.GET_MODEL);
            });
  }

  @Test
  void everyCallHasADeadline() {
    GrpcDeviceTransport transport =
        new GrpcDeviceTransport(channel, channel, Duration.ofMillis(200), Duration.ofSeconds(1));
    assertThatThrownBy(() -> transport.result(TICKET, Duration.ofMillis(50)))
        .isInstanceOfSatisfying(
            TransportException.class, e -> assertThat(e.kind()).isEqualTo(Kind.RETRYABLE));
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"OK"},
      mode = EnumSource.Mode.EXCLUDE)
  void onlyPassingFailuresMayBeRepeated(Status.Code code) {
    TransportException translated =
        StatusTranslation.translate(
            Step.REVEAL, new StatusRuntimeException(code.toStatus().withDescription("why")));
    boolean passing =
        code == Status.Code.UNAVAILABLE
            || code == Status.Code.DEADLINE_EXCEEDED
            || code == Status.Code.RESOURCE_EXHAUSTED;
    assertThat(translated.kind()).isEqualTo(passing ? Kind.RETRYABLE : Kind.REJECTED);
    assertThat(translated).hasMessage("reveal: " + code + ": why");
    assertThat(translated.retryAfter()).isEmpty();
  }

  @Test
  void detailsOfTheServerAreHeeded() {
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.RESOURCE_EXHAUSTED.value())
            .setMessage("busy")
            .addDetails(Any.pack(ErrorInfo.newBuilder().setReason("too-many-requests").build()))
            .addDetails(
                Any.pack(
                    RetryInfo.newBuilder()
                        .setRetryDelay(com.google.protobuf.Duration.newBuilder().setSeconds(3))
                        .build()))
            .build();
    TransportException translated =
        StatusTranslation.translate(Step.UPLOAD, StatusProto.toStatusRuntimeException(status));
    assertThat(translated.retryAfter()).contains(Duration.ofSeconds(3));
    assertThat(translated).hasMessageContaining("[too-many-requests]").hasMessageContaining("busy");
  }
}
