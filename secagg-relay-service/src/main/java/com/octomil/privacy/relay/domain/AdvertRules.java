package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import java.time.Instant;

/** Which adverts may enter a roster. Everything a neighbour would refuse is refused here first. */
public final class AdvertRules {

  private AdvertRules() {}

  /**
   * Checks an advert against its ticket, its certificate and its signature.
   *
   * @param ticket the claims of a ticket that has been verified
   * @param claims the claims of {@code advert.certificate()}, not yet verified
   * @param authorityKey Ed25519 key of the enrolment authority
   * @return the roster entry
   * @throws RefusedException naming what does not hold
   */
  public static RosterMember check(
      Session session,
      TicketClaims ticket,
      Advert advert,
      CertificateClaims claims,
      Bytes authorityKey,
      Instant now) {
    if (!advert.participantId().equals(ticket.participantId())) {
      throw RefusedException.outOfRange(
          "advert.participant_id", null, "must be the participant of the ticket");
    }
    if (!advert.roundPublicKey().equals(ticket.roundPublicKey())) {
      throw RefusedException.outOfRange(
          "advert.round_public_key", null, "must be the round key of the ticket");
    }
    requireFullOrder("advert.mask_public_key", advert.maskPublicKey());
    requireFullOrder("advert.share_public_key", advert.sharePublicKey());
    if (advert.maskPublicKey().equals(advert.sharePublicKey())) {
      throw RefusedException.outOfRange(
          "advert.share_public_key", null, "must differ from mask_public_key");
    }
    Certificate certificate = advert.certificate();
    if (!EnrollmentSignatures.isValid(certificate, authorityKey)) {
      throw RefusedException.unauthenticated(
          "advert.certificate: is not signed by the enrolment authority of this relay");
    }
    if (!claims.federation().equals(session.rules().federation())) {
      throw RefusedException.forbidden(
          "advert.certificate: is for the federation '"
              + claims.federation()
              + "'; this round is of '"
              + session.rules().federation()
              + "'");
    }
    if (!claims.isValidAt(now)) {
      throw RefusedException.unauthenticated(
          "advert.certificate: is valid from "
              + claims.notBefore()
              + " to "
              + claims.notAfter()
              + " only; enrol again");
    }
    RoundHash roundHash = session.roundHash();
    if (!SigningKeyPair.verify(
        claims.devicePublicKey().toArray(),
        advert.transcript(roundHash),
        advert.signature().toArray())) {
      throw RefusedException.unauthenticated(
          "advert.signature: does not hold for this round, these keys and the certified device key");
    }
    return new RosterMember(advert, claims.devicePublicKey());
  }

  private static void requireFullOrder(String field, Bytes key) {
    if (!X25519KeyPair.isValidPublicKey(key.toArray())) {
      throw RefusedException.outOfRange(
          field, null, "must be an X25519 public key that is not of low order");
    }
  }
}
