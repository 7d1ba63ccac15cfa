package com.octomil.privacy.relay.grpc;

import static com.octomil.privacy.relay.grpc.Messages.toDomain;
import static com.octomil.privacy.relay.grpc.Messages.toProto;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.grpc.DeviceAuthenticationInterceptor;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.proto.secagg.v1.Accepted;
import com.octomil.privacy.proto.secagg.v1.Admission;
import com.octomil.privacy.proto.secagg.v1.AdvertiseRequest;
import com.octomil.privacy.proto.secagg.v1.AdvertiseResponse;
import com.octomil.privacy.proto.secagg.v1.CheckInRequest;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.DeviceRelayGrpc;
import com.octomil.privacy.proto.secagg.v1.EnrollRequest;
import com.octomil.privacy.proto.secagg.v1.EnrollResponse;
import com.octomil.privacy.proto.secagg.v1.GetRosterRequest;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.GetSharesRequest;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.RenewTokenRequest;
import com.octomil.privacy.proto.secagg.v1.RenewTokenResponse;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesRequest;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesResponse;
import com.octomil.privacy.relay.app.Adverts;
import com.octomil.privacy.relay.app.CheckIns;
import com.octomil.privacy.relay.app.Enrollments;
import com.octomil.privacy.relay.app.Refusals;
import com.octomil.privacy.relay.app.Rosters;
import com.octomil.privacy.relay.app.Shares;
import com.octomil.privacy.relay.domain.Fetch;
import com.octomil.privacy.relay.domain.Submission;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.util.function.Supplier;

/** What devices call. Long polls hold a virtual thread and nothing else. */
@GrpcService
@RegisterInterceptor(DeviceAuthenticationInterceptor.class)
public class DeviceRelayService extends DeviceRelayGrpc.DeviceRelayImplBase {

  private final Enrollments enrollments;
  private final CheckIns checkIns;
  private final Adverts adverts;
  private final Rosters rosters;
  private final Shares shares;
  private final Counter shareBytes;
  private final Counter lateAdverts;
  private final Counter lateShares;

  DeviceRelayService(
      Enrollments enrollments,
      CheckIns checkIns,
      Adverts adverts,
      Rosters rosters,
      Shares shares,
      MeterRegistry metrics) {
    this.enrollments = enrollments;
    this.checkIns = checkIns;
    this.adverts = adverts;
    this.rosters = rosters;
    this.shares = shares;
    this.shareBytes = Counter.builder("octomil.relay.share").baseUnit("bytes").register(metrics);
    this.lateAdverts = metrics.counter("octomil.relay.late", "step", "advertise");
    this.lateShares = metrics.counter("octomil.relay.late", "step", "share");
  }

  @Override
  public void enroll(EnrollRequest request, StreamObserver<EnrollResponse> observer) {
    answer(
        observer,
        () -> {
          Enrollments.Enrolled enrolled =
              enrollments.enroll(
                  request.getEnrollmentCode(),
                  toDomain(request.getDevicePublicKey()),
                  toDomain(request.getProofOfPossession()),
                  Messages.regionOrNull(request.getRegion()));
          return EnrollResponse.newBuilder()
              .setDeviceToken(enrolled.deviceToken())
              .setCertificate(toProto(enrolled.certificate()))
              .setEnrollmentAuthorityKey(toProto(enrolled.authorityKey()))
              .setFederation(enrolled.federation().value())
              .setTokenExpiresAt(enrolled.tokenExpiresAt().toEpochMilli())
              .build();
        });
  }

  @Override
  public void renewToken(RenewTokenRequest request, StreamObserver<RenewTokenResponse> observer) {
    answer(
        observer,
        () -> {
          Enrollments.Renewed renewed =
              enrollments.renew(request.getDeviceToken(), toDomain(request.getProofOfPossession()));
          return RenewTokenResponse.newBuilder()
              .setDeviceToken(renewed.deviceToken())
              .setCertificate(toProto(renewed.certificate()))
              .setTokenExpiresAt(renewed.tokenExpiresAt().toEpochMilli())
              .build();
        });
  }

  @Override
  public void checkIn(CheckInRequest request, StreamObserver<CheckInResponse> observer) {
    answer(
        observer,
        () ->
            switch (checkIns.checkIn(
                request.getDeviceToken(), toDomain(request.getRoundPublicKey()))) {
              case CheckIns.Outcome.Admitted admitted ->
                  CheckInResponse.newBuilder()
                      .setAdmission(
                          Admission.newBuilder()
                              .setRoundParameters(toProto(admitted.session().parameters()))
                              .setTicket(toProto(admitted.ticket())))
                      .build();
              case CheckIns.Outcome.NoRound none ->
                  CheckInResponse.newBuilder()
                      .setNoRound(Messages.pending(none.retryAfter()))
                      .build();
            });
  }

  @Override
  public void advertise(AdvertiseRequest request, StreamObserver<AdvertiseResponse> observer) {
    answer(
        observer,
        () ->
            switch (adverts.advertise(
                toDomain(request.getTicket()), toDomain(request.getAdvert()))) {
              case Submission.Accepted() ->
                  AdvertiseResponse.newBuilder().setAccepted(Accepted.getDefaultInstance()).build();
              case Submission.Late late -> {
                lateAdverts.increment();
                yield AdvertiseResponse.newBuilder().setLate(Messages.late(late.step())).build();
              }
              case Submission.Aborted aborted ->
                  AdvertiseResponse.newBuilder().setAborted(toProto(aborted.abort())).build();
            });
  }

  @Override
  public void getRoster(GetRosterRequest request, StreamObserver<GetRosterResponse> observer) {
    answer(
        observer,
        () ->
            switch (rosters.rosterFor(
                toDomain(request.getTicket()), Messages.waitOf(request.getWaitMillis()))) {
              case Fetch.Ready<Rosters.View> ready ->
                  GetRosterResponse.newBuilder().setRoster(toRoster(ready.value())).build();
              case Fetch.Pending<Rosters.View> pending ->
                  GetRosterResponse.newBuilder()
                      .setPending(Messages.pending(pending.retryAfter()))
                      .build();
              case Fetch.Late<Rosters.View> late ->
                  GetRosterResponse.newBuilder().setLate(Messages.late(late.step())).build();
              case Fetch.Aborted<Rosters.View> aborted ->
                  GetRosterResponse.newBuilder().setAborted(toProto(aborted.abort())).build();
            });
  }

  private static Roster toRoster(Rosters.View view) {
    return Roster.newBuilder()
        .setSize(view.roster().graph().cohort())
        .setRoot(toProto(view.roster().root()))
        .setGraphNonce(toProto(view.graphNonce()))
        .setDegree(view.roster().graph().degree())
        .setThreshold(view.roster().graph().threshold())
        .setSelf(toProto(view.self()))
        .addAllNeighbours(view.neighbours().stream().map(Messages::toProto).toList())
        .build();
  }

  @Override
  public void submitShares(
      SubmitSharesRequest request, StreamObserver<SubmitSharesResponse> observer) {
    answer(
        observer,
        () ->
            switch (shares.submit(
                toDomain(request.getTicket()),
                request.getSharesList().stream().map(Messages::toDomain).toList())) {
              case Submission.Accepted() -> {
                shareBytes.increment(request.getSerializedSize());
                yield SubmitSharesResponse.newBuilder()
                    .setAccepted(Accepted.getDefaultInstance())
                    .build();
              }
              case Submission.Late late -> {
                lateShares.increment();
                yield SubmitSharesResponse.newBuilder().setLate(Messages.late(late.step())).build();
              }
              case Submission.Aborted aborted ->
                  SubmitSharesResponse.newBuilder().setAborted(toProto(aborted.abort())).build();
            });
  }

  @Override
  public void getShares(GetSharesRequest request, StreamObserver<GetSharesResponse> observer) {
    answer(
        observer,
        () ->
            switch (shares.sharesFor(
                toDomain(request.getTicket()), Messages.waitOf(request.getWaitMillis()))) {
              case Fetch.Ready<Shares.Received> ready ->
                  GetSharesResponse.newBuilder().setShares(toShares(ready.value())).build();
              case Fetch.Pending<Shares.Received> pending ->
                  GetSharesResponse.newBuilder()
                      .setPending(Messages.pending(pending.retryAfter()))
                      .build();
              case Fetch.Late<Shares.Received> late ->
                  GetSharesResponse.newBuilder().setLate(Messages.late(late.step())).build();
              case Fetch.Aborted<Shares.Received> aborted ->
                  GetSharesResponse.newBuilder().setAborted(toProto(aborted.abort())).build();
            });
  }

  private static com.octomil.privacy.proto.secagg.v1.Shares toShares(Shares.Received received) {
    return com.octomil.privacy.proto.secagg.v1.Shares.newBuilder()
        .addAllShares(received.shares().stream().map(Messages::toProto).toList())
        .setSharers(ByteString.copyFrom(IndexBitmap.of(received.rosterSize(), received.sharers())))
        .build();
  }

  private static <T> void answer(StreamObserver<T> observer, Supplier<T> body) {
    Replies.unary(observer, () -> Refusals.translating(body));
  }
}
