package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.AdmittedDevice;
import com.octomil.privacy.relay.domain.Advert;
import com.octomil.privacy.relay.domain.AdvertRules;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RosterMember;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionRecords;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.relay.domain.SignedContents;
import com.octomil.privacy.relay.domain.Submission;
import com.octomil.privacy.relay.domain.Ticket;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;

/** Takes the keys that devices publish for a round. Thread-safe. */
@Singleton
public class Adverts {

  private static final String STEP = "advertise";

  private final RelayStore store;
  private final TicketGate gate;
  private final EnrollmentAuthority authority;
  private final SessionProgress progress;
  private final SignedContents contents;
  private final Clock clock;

  Adverts(
      RelayStore store,
      TicketGate gate,
      EnrollmentAuthority authority,
      SessionProgress progress,
      SignedContents contents,
      Clock clock) {
    this.store = store;
    this.gate = gate;
    this.authority = authority;
    this.progress = progress;
    this.contents = contents;
    this.clock = clock;
  }

  /**
   * Takes an advert. The same one again is accepted again, also after the roster is closed.
   *
   * @throws RefusedException if ticket, certificate, keys or signature do not hold, or the device
   *     has advertised something else
   */
  public Submission advertise(Ticket ticket, Advert advert) {
    TicketGate.Entry entry = gate.enter(ticket);
    RosterMember member =
        AdvertRules.check(
            entry.session(),
            entry.ticket(),
            advert,
            contents.readCertificate(advert.certificate().content()),
            authority.publicKey(),
            clock.instant());
    RoundId round = entry.session().roundId();
    Submission submission =
        store.inTransaction("advertise", records -> insert(records.sessions(), round, member));
    if (submission instanceof Submission.Accepted) {
      progress.nudge(round);
    }
    return submission;
  }

  private Submission insert(SessionRecords records, RoundId round, RosterMember member) {
    Session session = records.lockShared(round).orElseThrow();
    if (session.state() instanceof SessionState.Aborted aborted) {
      return new Submission.Aborted(aborted.abort());
    }
    Optional<RosterMember> earlier = records.advert(round, member.advert().participantId());
    if (earlier.isPresent()) {
      if (!earlier.get().equals(member)) {
        throw RefusedException.conflict(
            "advert: differs from the one that this device has published for the round");
      }
      return new Submission.Accepted();
    }
    if (!(session.state() instanceof SessionState.Advertising)
        || !clock.instant().isBefore(session.rules().deadlines().advertise())) {
      return new Submission.Late(STEP);
    }
    AdmittedDevice device =
        records
            .admitted(round, member.advert().participantId())
            .orElseThrow(
                () -> RefusedException.unauthenticated("ticket: nobody was admitted under it"));
    if (device.revoked()) {
      throw RefusedException.unauthenticated("the device has been revoked");
    }
    if (!device.publicKey().equals(member.devicePublicKey())) {
      throw RefusedException.forbidden(
          "advert.certificate: is of another device than the one that checked in");
    }
    if (!records.insertAdvert(round, member, clock.instant())) {
      throw RefusedException.conflict(
          "advert: one of its keys is in this round already; make fresh keys for every round");
    }
    return new Submission.Accepted();
  }
}
