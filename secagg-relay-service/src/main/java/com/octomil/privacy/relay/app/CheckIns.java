package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.Admission;
import com.octomil.privacy.relay.domain.AuthorityKey;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RelayStore.Records;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SignedContents;
import com.octomil.privacy.relay.domain.Ticket;
import com.octomil.privacy.relay.domain.TicketClaims;
import com.octomil.privacy.relay.domain.TicketKey;
import com.octomil.privacy.relay.domain.TokenHolder;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Admits devices to rounds. Thread-safe. */
@Singleton
public class CheckIns {

  private static final int MAX_TOKEN_LENGTH = 64;

  private final RelayStore store;
  private final LiveSessions live;
  private final SessionProgress progress;
  private final KnownTokens knownTokens;
  private final SignedContents contents;
  private final Clock clock;
  private final SecureRandom random;
  private final Duration retry;
  private final Duration grace;

  CheckIns(
      RelayStore store,
      LiveSessions live,
      SessionProgress progress,
      KnownTokens knownTokens,
      SignedContents contents,
      Clock clock,
      SecureRandom random,
      RelayConfig config) {
    this.store = store;
    this.live = live;
    this.progress = progress;
    this.knownTokens = knownTokens;
    this.contents = contents;
    this.clock = clock;
    this.random = random;
    this.retry = config.checkInRetry();
    this.grace = config.sessionGrace();
  }

  /** What a device that asks for work gets. */
  public sealed interface Outcome {

    /** A round to take part in. */
    record Admitted(Session session, Ticket ticket) implements Outcome {}

    /** Nothing now. */
    record NoRound(Duration retryAfter) implements Outcome {}
  }

  /**
   * Admits a device to a round that is open for it. The same token and key again get the same
   * ticket until the round is over.
   *
   * @throws RefusedException if the token does not hold, or the device has been admitted under
   *     another key and no other round is open for it
   */
  public Outcome checkIn(String deviceToken, Bytes roundPublicKey) {
    roundPublicKey.requireSize("round_public_key", 32);
    if (!deviceToken.startsWith(AuthorityKey.TOKEN_PREFIX)
        || deviceToken.length() > MAX_TOKEN_LENGTH) {
      throw badToken();
    }
    Bytes hash = Enrollments.hash(deviceToken);
    if (live.known().stream().allMatch(session -> session.phase().isOver())
        && knownTokens.contains(hash)) {
      return new Outcome.NoRound(retry);
    }
    Answer answer =
        store.inTransaction("check-in", records -> checkIn(records, hash, roundPublicKey));
    knownTokens.add(hash, answer.tokenExpiresAt());
    Outcome outcome = answer.outcome();
    if (outcome instanceof Outcome.Admitted admitted
        && admitted.session().rules().secureAggregation() == null) {
      // With secure aggregation nothing can end before the keys are there.
      progress.nudge(admitted.session().roundId());
    }
    return outcome;
  }

  private record Answer(Outcome outcome, Instant tokenExpiresAt) {}

  private Answer checkIn(Records records, Bytes tokenHash, Bytes roundPublicKey) {
    Instant now = clock.instant();
    TokenHolder device =
        records
            .devices()
            .holder(tokenHash)
            .filter(holder -> !holder.revoked() && now.isBefore(holder.expiresAt()))
            .orElseThrow(CheckIns::badToken);
    return new Answer(checkIn(records, device, roundPublicKey, now), device.expiresAt());
  }

  private Outcome checkIn(Records records, TokenHolder device, Bytes roundPublicKey, Instant now) {
    Optional<Outcome> earlier = earlier(records, device, roundPublicKey);
    if (earlier.isPresent()) {
      return earlier.get();
    }
    List<Session> open =
        live.known().stream()
            .filter(session -> session.phase() == SessionPhase.ADVERTISE)
            .filter(session -> now.isBefore(session.rules().deadlines().advertise()))
            .filter(session -> session.rules().federation().equals(device.federation()))
            .toList();
    List<Session> candidates =
        open.stream().filter(session -> session.rules().admits(device.region())).toList();
    if (candidates.isEmpty()) {
      if (!open.isEmpty()) {
        Pins.requireDevice(device.federation(), open.getFirst().rules().regions(), device.region());
      }
      return new Outcome.NoRound(retry);
    }
    // Two requests of one device must not both be admitted.
    records.devices().lock(device.deviceId());
    earlier = earlier(records, device, roundPublicKey);
    if (earlier.isPresent()) {
      return earlier.get();
    }
    Set<RoundId> joined = records.sessions().admittedTo(device.deviceId());
    for (Session session : candidates) {
      if (joined.contains(session.roundId())) {
        continue;
      }
      Optional<Bytes> ticketSeed = records.sessions().takeSeat(session.roundId(), now);
      if (ticketSeed.isPresent()) {
        return admit(records, session, device, roundPublicKey, ticketSeed.get(), now);
      }
    }
    if (candidates.stream().anyMatch(session -> joined.contains(session.roundId()))) {
      throw RefusedException.conflict(
          "round_public_key: the device has checked in to this round with another key");
    }
    return new Outcome.NoRound(retry);
  }

  private Optional<Outcome> earlier(Records records, TokenHolder device, Bytes roundPublicKey) {
    return records
        .sessions()
        .admission(device.deviceId(), roundPublicKey)
        .flatMap(admission ->
            records
                .sessions()
                .find(admission.roundId())
                .map(session -> new Outcome.Admitted(session, admission.ticket())));
  }

  private Outcome admit(
      Records records,
      Session session,
      TokenHolder device,
      Bytes roundPublicKey,
      Bytes ticketSeed,
      Instant now) {
    byte[] pseudonym = new byte[ParticipantId.BYTES];
    random.nextBytes(pseudonym);
    ParticipantId participant = ParticipantId.of(pseudonym);
    TicketClaims claims =
        new TicketClaims(
            session.roundId(),
            Bytes.of(session.roundHash().bytes()),
            participant,
            roundPublicKey,
            session.rules().deadlines().last().plus(grace).truncatedTo(ChronoUnit.MILLIS));
    Ticket ticket = TicketKey.sign(ticketSeed, contents.write(claims));
    boolean isNew =
        records
            .sessions()
            .insertAdmission(
                new Admission(
                    session.roundId(),
                    participant,
                    device.deviceId(),
                    roundPublicKey,
                    ticket,
                    now));
    if (!isNew) {
      throw RefusedException.conflict(
          "round_public_key: is used in this round already; make a fresh key for every round");
    }
    return new Outcome.Admitted(session, ticket);
  }

  private static RefusedException badToken() {
    return RefusedException.unauthenticated("device_token: is unknown, expired or revoked");
  }
}
