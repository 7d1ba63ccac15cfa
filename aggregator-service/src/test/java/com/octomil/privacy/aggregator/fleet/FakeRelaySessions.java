package com.octomil.privacy.aggregator.fleet;

import com.google.protobuf.ByteString;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
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
import com.octomil.privacy.proto.relay.v1.RelaySessionsGrpc;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.quarkus.grpc.RegisterInterceptor;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Serves the sessions of the table. */
@GrpcService
@RegisterInterceptor(ServiceTokenServerInterceptor.class)
public class FakeRelaySessions extends RelaySessionsGrpc.RelaySessionsImplBase {
  private final RelayTable table;

  FakeRelaySessions(RelayTable table) {
    this.table = table;
  }

  @Override
  public void openSession(
      OpenSessionRequest request, StreamObserver<OpenSessionResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          RoundParameters parameters =
              new RelayTable.Session(request.getRoundParameters()).parsed();
          table.opened(parameters.getRoundId(), request.getRoundParameters());
          return OpenSessionResponse.newBuilder()
              .setTicketKey(
                  ByteString.copyFrom(session(parameters.getRoundId()).ticketKey.publicKey()))
              .build();
        });
  }

  @Override
  public void getSession(GetSessionRequest request, StreamObserver<GetSessionResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          RelayTable.Session session = session(request.getRoundId());
          long end = System.nanoTime() + request.getWaitMillis() * 1_000_000L;
          while (session.phase == request.getKnownPhase() && System.nanoTime() < end) {
            LockSupport.parkNanos(5_000_000);
          }
          GetSessionResponse.Builder response =
              GetSessionResponse.newBuilder()
                  .setPhase(session.phase)
                  .setCheckedIn(session.checkedIn)
                  .setAdvertised(session.advertised)
                  .setRosterRoot(session.rosterRoot)
                  .setDegree(session.degree)
                  .setThreshold(session.threshold);
          session.abort.ifPresent(response::setAborted);
          return response.build();
        });
  }

  @Override
  public void getParticipants(
      GetParticipantsRequest request, StreamObserver<GetParticipantsResponse> observer) {
    Replies.unary(observer, () -> session(request.getRoundId()).participants);
  }

  @Override
  public void openGraph(OpenGraphRequest request, StreamObserver<OpenGraphResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          RelayTable.Session session = session(request.getRoundId());
          session.graphNonce = Optional.of(request.getGraphNonce());
          return OpenGraphResponse.newBuilder()
              .setDegree(session.degree)
              .setThreshold(session.threshold)
              .build();
        });
  }

  @Override
  public void checkSurvivors(
      CheckSurvivorsRequest request, StreamObserver<CheckSurvivorsResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          CheckSurvivorsResponse.Builder response = CheckSurvivorsResponse.newBuilder();
          session(request.getRoundId())
              .tooClose
              .ifPresentOrElse(response::setDifferencing, response::getAdmissibleBuilder);
          return response.build();
        });
  }

  @Override
  public void closeSession(
      CloseSessionRequest request, StreamObserver<CloseSessionResponse> observer) {
    Replies.unary(
        observer,
        () -> {
          RelayTable.Session session = session(request.getRoundId());
          if (request.hasAborted()) {
            session.abort = Optional.of(request.getAborted());
            session.phase = SessionPhase.SESSION_PHASE_ABORTED;
          } else {
            session.phase = SessionPhase.SESSION_PHASE_CLOSED;
          }
          session.closed = true;
          return CloseSessionResponse.getDefaultInstance();
        });
  }

  private RelayTable.Session session(ByteString round) {
    return Optional.ofNullable(table.sessions.get(round))
        .orElseThrow(() -> new ServiceException(ErrorCode.NOT_FOUND, "There is no such session."));
  }
}
