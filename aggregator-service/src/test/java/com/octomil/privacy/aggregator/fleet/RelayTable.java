package com.octomil.privacy.aggregator.fleet;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.proto.relay.v1.CohortDifferencing;
import com.octomil.privacy.proto.relay.v1.ExcludeDeviceResponse;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Sessions of the stand-in for the relay; tests move them from phase to phase. */
@Singleton
public class RelayTable {

  /** One session. */
  public static final class Session {
    final ByteString parameters;
    final SigningKeyPair ticketKey = SigningKeyPair.generate(new SecureRandom());
    volatile SessionPhase phase = SessionPhase.SESSION_PHASE_ADVERTISE;
    volatile int checkedIn;
    volatile int advertised;
    volatile ByteString rosterRoot = ByteString.EMPTY;
    volatile int degree;
    volatile int threshold;
    volatile Optional<ByteString> graphNonce = Optional.empty();
    volatile GetParticipantsResponse participants = GetParticipantsResponse.getDefaultInstance();
    volatile Optional<Aborted> abort = Optional.empty();
    volatile boolean closed;
    volatile Optional<CohortDifferencing> tooClose = Optional.empty();

    Session(ByteString parameters) {
      this.parameters = parameters;
    }

    public RoundParameters parsed() {
      try {
        return RoundParameters.parseFrom(parameters);
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e);
      }
    }

    /** From now on the survivors of this round are too close to those of an earlier one. */
    public void tooClose(CohortDifferencing difference) {
      tooClose = Optional.of(difference);
    }

    public boolean closed() {
      return closed;
    }

    public Optional<Aborted> abort() {
      return abort;
    }
  }

  final Map<String, ExcludeDeviceResponse> devices = new ConcurrentHashMap<>();
  final Map<ByteString, Session> sessions = new ConcurrentHashMap<>();
  private final List<ByteString> order = new ArrayList<>();

  synchronized void opened(ByteString round, ByteString parameters) {
    if (sessions.putIfAbsent(round, new Session(parameters)) == null) {
      order.add(round);
    }
  }

  synchronized List<Session> of(String federation) {
    return order.stream()
        .map(round -> Await.nonNull(sessions.get(round)))
        .filter(session -> session.parsed().getFederation().equals(federation))
        .toList();
  }

  /** Waits for the n-th session of a federation, from 0. */
  public Session await(String federation, int n) {
    Supplier<Optional<Session>> find =
        () -> {
          List<Session> found = of(federation);
          return found.size() > n ? Optional.of(found.get(n)) : Optional.empty();
        };
    return Await.value("session " + n + " of " + federation, Duration.ofSeconds(30), find);
  }

  /** Lets the relay know a device under an identifier. */
  public void knows(String device, ExcludeDeviceResponse answer) {
    devices.put(device, answer);
  }

  public int count(String federation) {
    return of(federation).size();
  }
}
