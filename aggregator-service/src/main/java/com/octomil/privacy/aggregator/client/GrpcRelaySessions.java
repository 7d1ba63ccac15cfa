package com.octomil.privacy.aggregator.client;

import com.google.protobuf.ByteString;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundTerms;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsRequest;
import com.octomil.privacy.proto.relay.v1.CloseSessionRequest;
import com.octomil.privacy.proto.relay.v1.GetParticipantsRequest;
import com.octomil.privacy.proto.relay.v1.GetSessionRequest;
import com.octomil.privacy.proto.relay.v1.OpenGraphRequest;
import com.octomil.privacy.proto.relay.v1.OpenSessionRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@link RelaySessions} over gRPC. */
@ApplicationScoped
public class GrpcRelaySessions implements RelaySessions {
  private static final String PEER = "relay";
  private static final int MAX_WAIT_MILLIS = 20_000;

  private final RelayCalls calls;
  private final ServiceRegion region;

  GrpcRelaySessions(RelayCalls calls, ServiceRegion region) {
    this.calls = calls;
    this.region = region;
  }

  @Override
  public Octets serialize(RoundTerms terms) {
    return Octets.of(RelayMapper.toProto(terms).toByteArray());
  }

  @Override
  public Octets open(Octets parameters) {
    return Calls.guard(
        PEER,
        () ->
            RelayMapper.toOctets(
                calls
                    .openSession(
                        OpenSessionRequest.newBuilder()
                            .setRoundParameters(RelayMapper.toProto(parameters))
                            .setRegion(region.wireName())
                            .build())
                    .getTicketKey()));
  }

  @Override
  public Session await(RoundId round, Optional<Phase> known, Duration wait) {
    return Calls.guard(
        PEER,
        () ->
            RelayMapper.toDomain(
                calls.getSession(
                    GetSessionRequest.newBuilder()
                        .setRoundId(toProto(round))
                        .setKnownPhase(RelayMapper.toProto(known))
                        .setWaitMillis(
                            known.isEmpty()
                                ? 0
                                : (int) Math.clamp(wait.toMillis(), 0, MAX_WAIT_MILLIS))
                        .build())));
  }

  @Override
  public void openGraph(RoundId round, Octets nonce) {
    Calls.guard(
        PEER,
        () ->
            calls.openGraph(
                OpenGraphRequest.newBuilder()
                    .setRoundId(toProto(round))
                    .setGraphNonce(RelayMapper.toProto(nonce))
                    .build()));
  }

  @Override
  public List<Participant> participants(RoundId round) {
    return Calls.guard(
        PEER,
        () ->
            RelayMapper.toDomain(
                calls.getParticipants(
                    GetParticipantsRequest.newBuilder().setRoundId(toProto(round)).build())));
  }

  @Override
  public Optional<Abort> differencing(RoundId round, Octets survivors, boolean commit) {
    return Calls.guard(
        PEER,
        () ->
            RelayMapper.toDomain(
                calls.checkSurvivors(
                    CheckSurvivorsRequest.newBuilder()
                        .setRoundId(toProto(round))
                        .setSurvivors(RelayMapper.toProto(survivors))
                        .setCommit(commit)
                        .build())));
  }

  @Override
  public void close(RoundId round, Optional<Abort> abort) {
    CloseSessionRequest.Builder request =
        CloseSessionRequest.newBuilder().setRoundId(toProto(round));
    abort.ifPresent(reason -> request.setAborted(RelayMapper.toProto(reason)));
    try {
      Calls.guard(PEER, () -> calls.closeSession(request.build()));
    } catch (ServiceException e) {
      if (e.code() != ErrorCode.NOT_FOUND) {
        throw e;
      }
    }
  }

  private static ByteString toProto(RoundId round) {
    return ByteString.copyFrom(round.toArray());
  }
}
