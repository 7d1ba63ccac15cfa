package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Sessions, admissions, adverts and encrypted shares. */
public interface SessionRecords {

  /** Adds a session; false, without effect, if the round has one. */
  boolean insert(Session session, Bytes ticketSeed, Instant now);

  /** Finds a session. */
  Optional<Session> find(RoundId round);

  /** Finds a session and keeps others from changing or joining it until the transaction ends. */
  Optional<Session> lock(RoundId round);

  /** Finds a session and keeps its state from changing until the transaction ends. */
  Optional<Session> lockShared(RoundId round);

  /** Revisions of all sessions that are not over. */
  Map<RoundId, Long> open();

  /** How many devices have done what. */
  Attendance attendance(RoundId round);

  /** Sets the state. The end of a session erases its ticket seed, its nonce and all shares. */
  void setState(RoundId round, SessionState state, Instant now);

  /**
   * Takes one of the places that are left in an advertising session.
   *
   * @return the ticket seed, or empty if there is no place or no time left
   */
  Optional<Bytes> takeSeat(RoundId round, Instant now);

  /** Adds an admission; false, without effect, if device, pseudonym or round key are not new. */
  boolean insertAdmission(Admission admission);

  /** The admission of a device under this round key to a session that is not over. */
  Optional<Admission> admission(UUID device, Bytes roundPublicKey);

  /** The sessions that are not over and to which the device has been admitted. */
  Set<RoundId> admittedTo(UUID device);

  /** The device behind a pseudonym. */
  Optional<AdmittedDevice> admitted(RoundId round, ParticipantId participant);

  /** All admissions of a round in the order of check-in. */
  List<Admission> admissions(RoundId round);

  /** The advert of a participant. */
  Optional<RosterMember> advert(RoundId round, ParticipantId participant);

  /** Adds an advert; false, without effect, if one of its keys is in the round already. */
  boolean insertAdvert(RoundId round, RosterMember member, Instant now);

  /** All adverts of a round. */
  List<RosterMember> adverts(RoundId round);

  /** What a device submitted. */
  Optional<ShareBundle> bundle(RoundId round, int from);

  /** Adds the shares of a device. */
  void insertBundle(RoundId round, ShareBundle bundle, Instant now);

  /** Roster indices of those who shared. */
  BitSet sharers(RoundId round);

  /**
   * Picks the ciphertexts for one receiver out of the bundles of several makers.
   *
   * @param offsets by maker, where in its bundle the ciphertext begins
   * @return what there is, by rising maker
   */
  List<EncryptedShare> sharesFor(RoundId round, int to, Map<Integer, Integer> offsets);
}
