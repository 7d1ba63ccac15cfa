package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.Abort;
import com.octomil.privacy.relay.domain.AbortReason;
import com.octomil.privacy.relay.domain.AdmittedDevice;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.EncryptedShare;
import com.octomil.privacy.relay.domain.Fetch;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RosterSummary;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionRecords;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.relay.domain.ShareBundle;
import com.octomil.privacy.relay.domain.Submission;
import com.octomil.privacy.relay.domain.Ticket;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Takes encrypted shares and forwards them; it can read none. Thread-safe. */
@Singleton
public class Shares {

  private static final String STEP = "share";

  private static final Abort LEFT_OUT =
      new Abort(
          AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
          "The round goes on without the group of this device, of which too few shared.");

  private final RelayStore store;
  private final TicketGate gate;
  private final LiveSessions live;
  private final RosterCache cache;
  private final SessionProgress progress;
  private final Clock clock;

  Shares(
      RelayStore store,
      TicketGate gate,
      LiveSessions live,
      RosterCache cache,
      SessionProgress progress,
      Clock clock) {
    this.store = store;
    this.gate = gate;
    this.live = live;
    this.cache = cache;
    this.progress = progress;
    this.clock = clock;
  }

  /** The shares for one device, by rising maker, and who shared at all. */
  public record Received(List<EncryptedShare> shares, int rosterSize, BitSet sharers) {
    /** Copies. */
    public Received {
      shares = List.copyOf(shares);
      sharers = (BitSet) sharers.clone();
    }

    /** Roster indices of those who shared; a copy. */
    @Override
    public BitSet sharers() {
      return (BitSet) sharers.clone();
    }
  }

  /**
   * Takes the shares of a device, one for every neighbour. The same again are accepted again while
   * the session lasts.
   *
   * @throws RefusedException if the ticket does not hold, a share does not fit, or the device has
   *     submitted others
   */
  public Submission submit(Ticket ticket, List<EncryptedShare> shares) {
    TicketGate.Entry entry = gate.enter(ticket);
    Session session = entry.session();
    RoundId round = session.roundId();
    ParticipantId participant = entry.ticket().participantId();
    if (session.phase() == SessionPhase.ADVERTISE
        || session.phase() == SessionPhase.ROSTER_CLOSED) {
      // This replica may not have heard yet.
      session = live.refresh(round).orElse(session);
    }
    RosterSummary summary;
    Bytes nonce;
    switch (session.state()) {
      case SessionState.Advertising _, SessionState.RosterClosed _ ->
          throw RefusedException.conflict(
              "The graph of the round is not open yet; get the roster first.");
      case SessionState.Sharing sharing -> {
        summary = sharing.roster();
        nonce = sharing.graphNonce();
      }
      case SessionState.Shared shared -> {
        summary = shared.roster();
        nonce = shared.graphNonce();
      }
      case SessionState.Admitted _, SessionState.Closed _ -> {
        return new Submission.Late(STEP);
      }
      case SessionState.Aborted aborted -> {
        return new Submission.Aborted(aborted.abort());
      }
    }
    OptionalInt own = cache.roster(session, summary).indexOf(participant);
    if (own.isEmpty()) {
      return new Submission.Late("advertise");
    }
    NeighbourGraph graph = cache.graph(session, summary, nonce);
    ShareBundle bundle =
        ShareBundle.collect(own.getAsInt(), graph.neighbours(own.getAsInt()), shares);
    Submission submission =
        store.inTransaction(
            "submit-shares", records -> insert(records.sessions(), round, participant, bundle));
    if (submission instanceof Submission.Accepted) {
      progress.nudge(round);
    }
    return submission;
  }

  private Submission insert(
      SessionRecords records, RoundId round, ParticipantId participant, ShareBundle bundle) {
    Session session = records.lockShared(round).orElseThrow();
    if (session.state() instanceof SessionState.Aborted aborted) {
      return new Submission.Aborted(aborted.abort());
    }
    Optional<ShareBundle> earlier = records.bundle(round, bundle.from());
    if (earlier.isPresent()) {
      if (!earlier.get().equals(bundle)) {
        throw RefusedException.conflict(
            "shares: differ from those that this device has submitted for the round");
      }
      return new Submission.Accepted();
    }
    if (!(session.state() instanceof SessionState.Sharing)
        || !clock.instant().isBefore(session.rules().deadlines().share())) {
      return new Submission.Late(STEP);
    }
    if (records.admitted(round, participant).filter(AdmittedDevice::revoked).isPresent()) {
      throw RefusedException.unauthenticated("the device has been revoked");
    }
    records.insertBundle(round, bundle, clock.instant());
    return new Submission.Accepted();
  }

  /**
   * Waits up to {@code wait} for the share step to close and hands a device the shares made for it.
   *
   * @throws RefusedException if the ticket does not hold
   */
  public Fetch<Received> sharesFor(Ticket ticket, Duration wait) {
    TicketGate.Entry entry = gate.enter(ticket);
    Session session = live.await(entry.session(), now -> now.phase() == SessionPhase.SHARED, wait);
    return switch (session.state()) {
      case SessionState.Advertising _, SessionState.RosterClosed _, SessionState.Sharing _ ->
          new Fetch.Pending<>(Rosters.RETRY);
      case SessionState.Shared shared -> received(session, entry.ticket().participantId(), shared);
      case SessionState.Admitted _, SessionState.Closed _ -> new Fetch.Late<>(STEP);
      case SessionState.Aborted aborted -> new Fetch.Aborted<>(aborted.abort());
    };
  }

  private Fetch<Received> received(
      Session session, ParticipantId participant, SessionState.Shared shared) {
    OptionalInt own = cache.roster(session, shared.roster()).indexOf(participant);
    if (own.isEmpty()) {
      return new Fetch.Late<>("advertise");
    }
    int index = own.getAsInt();
    NeighbourGraph graph = cache.graph(session, shared.roster(), shared.graphNonce());
    if (!shared.shared(index)) {
      boolean leftOut = Arrays.stream(graph.members(graph.group(index))).noneMatch(shared::shared);
      return leftOut ? new Fetch.Aborted<>(LEFT_OUT) : new Fetch.Late<>(STEP);
    }
    Map<Integer, Integer> offsets = new HashMap<>();
    for (int neighbour : graph.neighbours(index)) {
      if (shared.shared(neighbour)) {
        offsets.put(neighbour, ShareBundle.offset(graph.neighbours(neighbour), index));
      }
    }
    List<EncryptedShare> shares =
        store.inTransaction(
            "get-shares",
            records -> records.sessions().sharesFor(session.roundId(), index, offsets));
    if (shares.size() != offsets.size()) {
      // The session ended between the two reads and its shares are erased.
      return new Fetch.Late<>(STEP);
    }
    return new Fetch.Ready<>(
        new Received(shares, shared.roster().graph().cohort(), shared.sharers()));
  }
}
