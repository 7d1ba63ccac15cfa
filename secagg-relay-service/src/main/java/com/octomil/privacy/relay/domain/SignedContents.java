package com.octomil.privacy.relay.domain;

/**
 * The serialized form of what is signed. Signatures are made and checked over the bytes as they
 * travel, so reading never has to reproduce them.
 */
public interface SignedContents {

  /** Serializes the claims of a ticket. */
  Bytes write(TicketClaims claims);

  /**
   * Reads the claims of a ticket.
   *
   * @throws RefusedException if they cannot be understood
   */
  TicketClaims readTicket(Bytes content);

  /** Serializes the claims of a certificate. */
  Bytes write(CertificateClaims claims);

  /**
   * Reads the claims of a certificate.
   *
   * @throws RefusedException if they cannot be understood
   */
  CertificateClaims readCertificate(Bytes content);
}
