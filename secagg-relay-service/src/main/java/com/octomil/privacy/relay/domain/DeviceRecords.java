package com.octomil.privacy.relay.domain;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Enrolment authority, codes, devices and tokens. */
public interface DeviceRecords {

  /** The seed of the enrolment authority if one is kept in the store. */
  Optional<Bytes> authoritySeed();

  /** Keeps a seed unless there is one already. */
  void insertAuthoritySeed(Bytes seed, Instant now);

  /** Adds fresh codes. */
  void insertCodes(List<EnrollmentCode> codes);

  /** Finds a code by its hash and holds it for this transaction. */
  Optional<EnrollmentCode> lockCode(Bytes hash);

  /** Spends a code. */
  void markCodeUsed(Bytes hash, Instant now);

  /** Removes codes that expired before {@code instant}; returns how many. */
  int purgeCodes(Instant instant);

  /** Adds a device; false, without effect, if its key is enrolled in the federation already. */
  boolean insertDevice(Device device, Pseudonym pseudonym);

  /** The secret key of a federation's pseudonyms, after keeping {@code fresh} if there is none. */
  Bytes pseudonymKey(FederationName federation, Bytes fresh, Instant now);

  /** Devices that have no pseudonym, with their federations. */
  Map<UUID, FederationName> withoutPseudonym();

  /** Gives a device its pseudonym. */
  void name(UUID device, Pseudonym pseudonym);

  /** The pseudonym of a device of a federation, whether or not it is revoked. */
  Optional<Pseudonym> pseudonym(FederationName federation, UUID device);

  /** The device behind a pseudonym. */
  Optional<UUID> byPseudonym(FederationName federation, Pseudonym pseudonym);

  /**
   * Takes a device out of the federation for good and removes its tokens and its unused codes.
   * Again changes nothing.
   */
  void exclude(UUID device, Instant now);

  /** Rounds that a device was admitted to, oldest first. */
  List<Attended> attended(UUID device);

  /** Replaces the certificate of a device. */
  void certify(UUID device, Certificate certificate);

  /** Ends a token at {@code instant} unless it ends earlier. */
  void endToken(Bytes hash, Instant instant);

  /** Finds a device. */
  Optional<Device> find(UUID id);

  /** Adds a token. */
  void insertToken(Bytes hash, UUID device, Instant now, Instant expiresAt);

  /** The device behind a token. */
  Optional<TokenHolder> holder(Bytes tokenHash);

  /** When the latest token of a device expires. */
  Optional<Instant> tokenExpiry(UUID device);

  /** Holds a device for this transaction, so that its check-ins come one after the other. */
  void lock(UUID device);

  /** Revokes a device of a federation; false if there is none. Revoking again changes nothing. */
  boolean revoke(FederationName federation, UUID device, Instant now);

  /**
   * Revokes the device behind a pseudonym of a round of the federation; false if there is none.
   * Revoking again changes nothing.
   */
  boolean revokeParticipant(
      FederationName federation, RoundId round, ParticipantId participant, Instant now);

  /** Devices by state and region. */
  List<DeviceCount> count(FederationName federation, Instant now);

  /** Codes that could still be used. */
  long countOpenCodes(FederationName federation, Instant now);
}
