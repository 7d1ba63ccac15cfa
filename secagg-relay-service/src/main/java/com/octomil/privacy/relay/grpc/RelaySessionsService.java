package com.octomil.privacy.relay.grpc;

import static com.octomil.privacy.relay.grpc.Messages.toDomain;
import static com.octomil.privacy.relay.grpc.Messages.toProto;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.grpc.Replies;
import com.octomil.privacy.kit.grpc.ServiceTokenServerInterceptor;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsRequest;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsResponse;
import com.octomil.privacy.proto.relay.v1.CloseSessionRequest;
import com.octomil.privacy.proto.relay.v1.CloseSessionResponse;
import com.octomil.privacy.proto.relay.v1.GetParticipantsRequest;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.GetSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.OpenGraphRequest;
import com.octomil.privacy.proto.relay.v1.OpenGraphResponse;
import com.octomil.privacy.proto.relay.v1.OpenSessionRequest;
import com.octomil.privacy.proto.relay.v1.OpenSessionResponse;
import com.octomil.privacy.proto.relay.v1.Participant;
import com.octomil.privacy.proto.relay.v1.RelaySessionsGrpc;
import com.octomil.privacy.relay.app.Cohorts;
import com.octomil.privacy.relay.app.Pins;
import com.octomil.privacy.relay.app.Refusals;
import com.octomil.privacy.relay.app.Sessions;
import com.octomil.privacy.relay.domain.Abort;
import com.octomil.privacy.relay.domain.Advert;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.RosterSummary;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.RoundRules;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the aggregator calls. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class RelaySessionsService extends RelaySessionsGrpc.RelaySessionsImplBase {

  private final Sessions sessions;
  private final Cohorts cohorts;
  private final Pins pins;

  RelaySessionsService(Sessions sessions, Cohorts cohorts, Pins pins) {
    this.pins = pins;
    this.cohorts = cohorts;
    this.sessions = sessions;
  }

  @Override
  public void openSession(
      OpenSessionRequest request, StreamObserver<OpenSessionResponse> observer) {
    answer(
        observer,
        () -> {
          RoundRules rules = RoundParametersReader.read(request.getRoundParameters());
          pins.requireRound(
              rules, Optional.of(request.getRegion()).filter(region -> !region.isEmpty()));
          Bytes ticketKey = sessions.open(rules, toDomain(request.getRoundParameters()));
          return OpenSessionResponse.newBuilder().setTicketKey(toProto(ticketKey)).build();
        });
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> observer) {
    answer(
        observer,
        () ->
            toResponse(
                sessions.get(
                    RoundId.of(request.getRoundId().toByteArray()),
                    phaseOrNull(request.getKnownPhase()),
                    Messages.waitOf(request.getWaitMillis()))));
  }

  private static GetSessionResponse toResponse(Sessions.View view) {
    Session session = view.session();
    GetSessionResponse.Builder response =
        GetSessionResponse.newBuilder()
            .setPhase(toPhase(session.phase()))
            .setCheckedIn(view.attendance().checkedIn())
            .setAdvertised(view.attendance().advertised())
            .setShared(view.attendance().shared());
    RosterSummary roster = session.state().rosterOrNull();
    if (roster != null) {
      response.setRosterRoot(toProto(roster.root()));
      if (session.phase() != SessionPhase.ROSTER_CLOSED) {
        response.setDegree(roster.graph().degree()).setThreshold(roster.graph().threshold());
      }
    }
    if (session.state() instanceof SessionState.Aborted aborted) {
      response.setAborted(toProto(aborted.abort()));
    }
    return response.build();
  }

  @Override
  public void getParticipants(
      GetParticipantsRequest request, StreamObserver<GetParticipantsResponse> observer) {
    answer(
        observer,
        () -> {
          Sessions.Participants participants =
              sessions.participants(RoundId.of(request.getRoundId().toByteArray()));
          GetParticipantsResponse.Builder response = GetParticipantsResponse.newBuilder();
          participants.participants().forEach(each -> response.addParticipants(toMessage(each)));
          BitSet sharers = participants.sharers();
          if (sharers != null) {
            response.setSharers(
                ByteString.copyFrom(IndexBitmap.of(participants.rosterSize(), sharers)));
          }
          return response.build();
        });
  }

  private static Participant toMessage(com.octomil.privacy.relay.domain.Participant participant) {
    Participant.Builder message =
        Participant.newBuilder()
            .setIndex(participant.index())
            .setParticipantId(toProto(participant.participantId().value()))
            .setRoundPublicKey(toProto(participant.roundPublicKey()));
    Advert advert = participant.advert();
    if (advert != null) {
      message
          .setMaskPublicKey(toProto(advert.maskPublicKey()))
          .setSelfMaskCommitment(toProto(advert.selfMaskCommitment()));
    }
    return message.build();
  }

  @Override
  public void openGraph(OpenGraphRequest request, StreamObserver<OpenGraphResponse> observer) {
    answer(
        observer,
        () -> {
          GraphParameters graph =
              sessions.openGraph(
                  RoundId.of(request.getRoundId().toByteArray()),
                  toDomain(request.getGraphNonce()));
          return OpenGraphResponse.newBuilder()
              .setDegree(graph.degree())
              .setThreshold(graph.threshold())
              .build();
        });
  }

  @Override
  public void checkSurvivors(
      CheckSurvivorsRequest request, StreamObserver<CheckSurvivorsResponse> observer) {
    answer(
        observer,
        () -> {
          RoundId round = RoundId.of(request.getRoundId().toByteArray());
          Bytes modelHash = RoundParametersReader.modelHash(sessions.find(round).parameters());
          CheckSurvivorsResponse.Builder response = CheckSurvivorsResponse.newBuilder();
          cohorts
              .check(round, modelHash, request.getSurvivors().toByteArray(), request.getCommit())
              .ifPresentOrElse(
                  tooClose ->
                      response
                          .getDifferencingBuilder()
                          .setRoundId(toProto(tooClose.round().value()))
                          .setDifference(tooClose.devices())
                          .setMinimum(tooClose.minimum()),
                  response::getAdmissibleBuilder);
          return response.build();
        });
  }

  @Override
  public void closeSession(
      CloseSessionRequest request, StreamObserver<CloseSessionResponse> observer) {
    answer(
        observer,
        () -> {
          Abort abort = request.hasAborted() ? toDomain(request.getAborted()) : null;
          sessions.close(RoundId.of(request.getRoundId().toByteArray()), abort);
          return CloseSessionResponse.getDefaultInstance();
        });
  }

  private static @Nullable SessionPhase phaseOrNull(
      com.octomil.privacy.proto.relay.v1.SessionPhase phase) {
    return switch (phase) {
      case SESSION_PHASE_ADVERTISE -> SessionPhase.ADVERTISE;
      case SESSION_PHASE_ROSTER_CLOSED -> SessionPhase.ROSTER_CLOSED;
      case SESSION_PHASE_SHARE -> SessionPhase.SHARE;
      case SESSION_PHASE_SHARED -> SessionPhase.SHARED;
      case SESSION_PHASE_CLOSED -> SessionPhase.CLOSED;
      case SESSION_PHASE_ABORTED -> SessionPhase.ABORTED;
      case SESSION_PHASE_UNSPECIFIED, UNRECOGNIZED -> null;
    };
  }

  private static com.octomil.privacy.proto.relay.v1.SessionPhase toPhase(SessionPhase phase) {
    return switch (phase) {
      case ADVERTISE -> com.octomil.privacy.proto.relay.v1.SessionPhase.SESSION_PHASE_ADVERTISE;
      case ROSTER_CLOSED ->
          com.octomil.privacy.proto.relay.v1.SessionPhase.SESSION_PHASE_ROSTER_CLOSED;
      case SHARE -> com.octomil.privacy.proto.relay.v1.SessionPhase.SESSION_PHASE_SHARE;
      case SHARED -> com.octomil.privacy.proto.relay.v1.SessionPhase.SESSION_PHASE_SHARED;
      case CLOSED -> com.octomil.privacy.proto.relay.v1.SessionPhase.SESSION_PHASE_CLOSED;
      case ABORTED -> com.octomil.privacy.proto.relay.v1.SessionPhase.SESSION_PHASE_ABORTED;
    };
  }

  private static <T> void answer(StreamObserver<T> observer, Supplier<T> body) {
    Replies.unary(observer, () -> Refusals.translating(body));
  }
}
