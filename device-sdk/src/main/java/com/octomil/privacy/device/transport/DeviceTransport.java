package com.octomil.privacy.device.transport;

import java.time.Duration;
import java.util.List;

/**
 * The calls of a device to the relay and to the aggregator. Each method is one attempt with a
 * bounded duration; the caller decides about repetitions, and every call may be repeated with the
 * same content.
 *
 * <p>Implementations are safe for use by several devices and threads at once. All methods throw
 * {@link TransportException} if no usable answer came. {@code wait} is how long the server may hold
 * the call, at most 20 s.
 */
public interface DeviceTransport {

  /** Relay: exchanges a one-time code for a token and a certificate. */
  EnrollmentGrant enroll(EnrollmentRequest request);

  /** Relay: replaces a token and the certificate before they expire. */
  RenewalGrant renewToken(String deviceToken, Bytes proofOfPossession);

  /** Relay: asks for work; {@link Reply.Pending} if no round is open for this device. */
  Reply<Admission> checkIn(String deviceToken, Bytes roundPublicKey);

  /** Relay: publishes the device's keys. */
  Reply<Accepted> advertise(Ticket ticket, Advert advert);

  /** Relay: the closed roster. */
  Reply<Roster> roster(Ticket ticket, Duration wait);

  /** Relay: hands over one encrypted share for every neighbour. */
  Reply<Accepted> submitShares(Ticket ticket, List<EncryptedShare> shares);

  /** Relay: what neighbours made for this device. */
  Reply<ReceivedShares> shares(Ticket ticket, Duration wait);

  /**
   * Aggregator: the model bytes. Reads at most {@code maxBytes} and fails with MALFORMED_ANSWER
   * beyond.
   */
  byte[] model(Ticket ticket, int maxBytes);

  /** Aggregator: the whole upload; answered once it is durable. */
  Reply<UploadReceipt> upload(Upload upload);

  /** Aggregator: bitmap over roster indices of the devices in the sum. */
  Reply<Bytes> survivors(Ticket ticket, Duration wait);

  /** Aggregator: confirms the survivor set that the device saw. */
  Reply<Accepted> signSurvivors(Ticket ticket, Bytes signature);

  /**
   * Aggregator: the confirmations of {@code indices}, held while fewer than {@code atLeast} are
   * there.
   */
  Reply<SurvivorSignatures> survivorSignatures(
      Ticket ticket, List<Integer> indices, int atLeast, Duration wait);

  /** Aggregator: reveals one share per neighbour that shared. */
  Reply<Accepted> reveal(Ticket ticket, List<RevealedShare> shares, Bytes signature);

  /** Aggregator: how the round ended; ready with the SHA-256 of the new model. */
  Reply<Bytes> result(Ticket ticket, Duration wait);
}
