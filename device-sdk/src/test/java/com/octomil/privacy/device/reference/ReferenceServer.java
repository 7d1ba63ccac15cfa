package com.octomil.privacy.device.reference;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.proto.aggregator.v1.DeviceAggregatorGrpc;
import com.octomil.privacy.proto.aggregator.v1.GetModelRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.ModelChunk;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import com.octomil.privacy.proto.aggregator.v1.RevealResponse;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.aggregator.v1.UploadRequest;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import com.octomil.privacy.proto.secagg.v1.Admission;
import com.octomil.privacy.proto.secagg.v1.AdvertiseRequest;
import com.octomil.privacy.proto.secagg.v1.AdvertiseResponse;
import com.octomil.privacy.proto.secagg.v1.CheckInRequest;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificate;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificateContent;
import com.octomil.privacy.proto.secagg.v1.DeviceRelayGrpc;
import com.octomil.privacy.proto.secagg.v1.EnrollRequest;
import com.octomil.privacy.proto.secagg.v1.EnrollResponse;
import com.octomil.privacy.proto.secagg.v1.GetRosterRequest;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.GetSharesRequest;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.Pending;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesRequest;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesResponse;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Relay and aggregator of one federation in memory, over gRPC on a loopback port. Honest, except
 * for what its {@link Lies} say.
 */
public final class ReferenceServer implements AutoCloseable {

  public static final String FEDERATION = "health-risk-model";

  private final SecureRandom random = new SecureRandom();
  private final SigningKeyPair authority = SigningKeyPair.generate(random);
  private final Map<String, Integer> deviceByToken = new ConcurrentHashMap<>();
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final Clock clock;
  private final Server server;
  private volatile Lies lies = Lies.NONE;
  private volatile @Nullable ReferenceRound round;
  private volatile String federation = FEDERATION;
  private volatile ByteString lastRoundKey = ByteString.EMPTY;

  public ReferenceServer() throws IOException {
    this(Clock.systemUTC());
  }

  public ReferenceServer(Clock clock) throws IOException {
    this.clock = clock;
    this.server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .executor(executor)
            .addService(new Relay())
            .addService(new Aggregator())
            .build()
            .start();
  }

  /** Where devices connect. */
  public String target() {
    return "127.0.0.1:" + server.getPort();
  }

  public byte[] authorityKey() {
    return authority.publicKey();
  }

  /** The key of the enrolment authority, for lies that need a colluding authority. */
  public SigningKeyPair authority() {
    return authority;
  }

  /** Devices that enrol from now on become members of this federation. */
  public void federation(String name) {
    this.federation = name;
  }

  /** Begins to lie. */
  public void lies(Lies value) {
    this.lies = value;
  }

  /** Opens a round; devices that check in from now on get it. */
  public ReferenceRound open(RoundPlan plan) {
    ReferenceRound next = new ReferenceRound(plan, lies, clock.instant(), random);
    round = next;
    return next;
  }

  /**
   * Admits a device to a round under the round key that it checked in with last, whatever it had
   * before.
   */
  public Admission readmit(ReferenceRound earlier, Admission honest) {
    try {
      TicketContent content = TicketContent.parseFrom(honest.getTicket().getContent());
      return honest.toBuilder()
          .setTicket(earlier.sign(content.toBuilder().setRoundPublicKey(lastRoundKey).build()))
          .build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Opens an earlier round once more. */
  public void reopen(ReferenceRound earlier) {
    round = earlier;
  }

  /** The round that is open. */
  public ReferenceRound current() {
    ReferenceRound current = round;
    if (current == null) {
      throw Status.FAILED_PRECONDITION.withDescription("no round was opened").asRuntimeException();
    }
    return current;
  }

  @Override
  public void close() throws InterruptedException {
    server.shutdownNow();
    server.awaitTermination(10, TimeUnit.SECONDS);
    executor.shutdownNow();
  }

  private static <T> void answer(StreamObserver<T> observer, Supplier<T> body) {
    T value;
    try {
      value = body.get();
    } catch (io.grpc.StatusRuntimeException e) {
      observer.onError(e);
      return;
    } catch (RuntimeException e) {
      observer.onError(
          Status.INTERNAL.withDescription(e.toString()).withCause(e).asRuntimeException());
      return;
    }
    observer.onNext(value);
    observer.onCompleted();
  }

  private final class Relay extends DeviceRelayGrpc.DeviceRelayImplBase {

    @Override
    public void enroll(EnrollRequest request, StreamObserver<EnrollResponse> observer) {
      answer(
          observer,
          () -> {
            byte[] key = request.getDevicePublicKey().toByteArray();
            if (!SigningKeyPair.verify(
                key,
                Transcripts.enrollment(request.getEnrollmentCode(), key),
                request.getProofOfPossession().toByteArray())) {
              throw Status.PERMISSION_DENIED
                  .withDescription("no proof of possession")
                  .asRuntimeException();
            }
            int number = deviceByToken.size();
            String token = "token-" + number;
            deviceByToken.put(token, number);
            return EnrollResponse.newBuilder()
                .setDeviceToken(token)
                .setCertificate(certificate(key, federation))
                .setEnrollmentAuthorityKey(ByteString.copyFrom(authority.publicKey()))
                .setFederation(federation)
                .setTokenExpiresAt(clock.instant().plus(Duration.ofDays(90)).toEpochMilli())
                .build();
          });
    }

    @Override
    public void checkIn(CheckInRequest request, StreamObserver<CheckInResponse> observer) {
      answer(
          observer,
          () -> {
            Integer device = deviceByToken.get(request.getDeviceToken());
            if (device == null) {
              throw Status.UNAUTHENTICATED.withDescription("unknown token").asRuntimeException();
            }
            lastRoundKey = request.getRoundPublicKey();
            ReferenceRound current = round;
            if (current == null) {
              return CheckInResponse.newBuilder()
                  .setNoRound(Pending.newBuilder().setRetryAfterMillis(1234))
                  .build();
            }
            return lies.checkIn(device, current.checkIn(device, request.getRoundPublicKey()));
          });
    }

    @Override
    public void advertise(AdvertiseRequest request, StreamObserver<AdvertiseResponse> observer) {
      answer(observer, () -> current().advertise(request));
    }

    @Override
    public void getRoster(GetRosterRequest request, StreamObserver<GetRosterResponse> observer) {
      answer(observer, () -> current().roster(request, lies));
    }

    @Override
    public void submitShares(
        SubmitSharesRequest request, StreamObserver<SubmitSharesResponse> observer) {
      answer(observer, () -> current().submitShares(request));
    }

    @Override
    public void getShares(GetSharesRequest request, StreamObserver<GetSharesResponse> observer) {
      answer(observer, () -> current().shares(request, lies));
    }
  }

  private final class Aggregator extends DeviceAggregatorGrpc.DeviceAggregatorImplBase {

    @Override
    public void getModel(GetModelRequest request, StreamObserver<ModelChunk> observer) {
      ReferenceRound current = current();
      byte[] model = lies.model(current.device(request.getTicket()), current.modelBytes());
      for (int at = 0; at < model.length; at += 50) {
        observer.onNext(
            ModelChunk.newBuilder()
                .setData(ByteString.copyFrom(model, at, Math.min(50, model.length - at)))
                .build());
      }
      observer.onCompleted();
    }

    @Override
    public StreamObserver<UploadRequest> upload(StreamObserver<UploadResponse> observer) {
      return new StreamObserver<>() {
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        private @Nullable UploadHeader header;

        @Override
        public void onNext(UploadRequest part) {
          if (part.hasHeader()) {
            header = part.getHeader();
          } else {
            payload.writeBytes(part.getChunk().toByteArray());
          }
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          UploadHeader complete = header;
          if (complete == null) {
            observer.onError(
                Status.INVALID_ARGUMENT.withDescription("no header").asRuntimeException());
          } else {
            answer(observer, () -> current().upload(complete, payload.toByteArray()));
          }
        }
      };
    }

    @Override
    public void getSurvivors(
        GetSurvivorsRequest request, StreamObserver<GetSurvivorsResponse> observer) {
      answer(observer, () -> current().survivors(request, lies));
    }

    @Override
    public void signSurvivors(
        SignSurvivorsRequest request, StreamObserver<SignSurvivorsResponse> observer) {
      answer(observer, () -> current().signSurvivors(request));
    }

    @Override
    public void getSurvivorSignatures(
        GetSurvivorSignaturesRequest request,
        StreamObserver<GetSurvivorSignaturesResponse> observer) {
      answer(observer, () -> current().survivorSignatures(request, lies));
    }

    @Override
    public void reveal(RevealRequest request, StreamObserver<RevealResponse> observer) {
      answer(observer, () -> current().reveal(request));
    }

    @Override
    public void getRoundResult(
        GetRoundResultRequest request, StreamObserver<GetRoundResultResponse> observer) {
      answer(observer, () -> current().result(request));
    }
  }

  /** A certificate by this server's authority. */
  public DeviceCertificate certificate(byte[] deviceKey, String federationName) {
    return certificate(
        authority,
        deviceKey,
        federationName,
        clock.instant().minus(Duration.ofHours(1)).toEpochMilli(),
        clock.instant().plus(Duration.ofDays(90)).toEpochMilli());
  }

  /** A certificate by any authority. */
  public static DeviceCertificate certificate(
      SigningKeyPair by, byte[] deviceKey, String federationName, long notBefore, long notAfter) {
    ByteString content =
        DeviceCertificateContent.newBuilder()
            .setDevicePublicKey(ByteString.copyFrom(deviceKey))
            .setFederation(federationName)
            .setNotBefore(notBefore)
            .setNotAfter(notAfter)
            .build()
            .toByteString();
    return DeviceCertificate.newBuilder()
        .setContent(content)
        .setSignature(ByteString.copyFrom(by.sign(Transcripts.certificate(content.toByteArray()))))
        .build();
  }
}
