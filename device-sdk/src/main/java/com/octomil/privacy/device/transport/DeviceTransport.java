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

  /**
   * Relay: exchanges a one-time code for a token and a certificate.
   *
   * @param request the code, the key and its proof
   * @return what the relay granted
   */
  EnrollmentGrant enroll(EnrollmentRequest request);

  /**
   * Relay: replaces a token and the certificate before they expire.
   *
   * @param deviceToken the present token
   * @param proofOfPossession signature by the device's key
   * @return what takes its place
   */
  RenewalGrant renewToken(String deviceToken, Bytes proofOfPossession);

  /**
   * Relay: asks for work; {@link Reply.Pending} if no round is open for this device.
   *
   * @param deviceToken the present token
   * @param roundPublicKey fresh Ed25519 key with which the device signs in this round
   * @return the round to join
   */
  Reply<Admission> checkIn(String deviceToken, Bytes roundPublicKey);

  /**
   * Relay: publishes the device's keys.
   *
   * @param ticket of the round
   * @param advert the keys
   * @return that they are there
   */
  Reply<Accepted> advertise(Ticket ticket, Advert advert);

  /**
   * Relay: the closed roster.
   *
   * @param ticket of the round
   * @param wait how long the server may hold the call until there is an answer
   * @return the roster as far as it concerns the device
   */
  Reply<Roster> roster(Ticket ticket, Duration wait);

  /**
   * Relay: hands over one encrypted share for every neighbour.
   *
   * @param ticket of the round
   * @param shares one for each neighbour
   * @return that they are there
   */
  Reply<Accepted> submitShares(Ticket ticket, List<EncryptedShare> shares);

  /**
   * Relay: what neighbours made for this device.
   *
   * @param ticket of the round
   * @param wait how long the server may hold the call until there is an answer
   * @return shares of neighbours, encrypted
   */
  Reply<ReceivedShares> shares(Ticket ticket, Duration wait);

  /**
   * Aggregator: the model bytes. Reads at most {@code maxBytes} and fails with MALFORMED_ANSWER
   * beyond.
   *
   * @param ticket of the round
   * @param maxBytes longest model that the device takes
   * @return float32 values, little-endian
   */
  byte[] model(Ticket ticket, int maxBytes);

  /**
   * Aggregator: the whole upload; answered once it is durable.
   *
   * @param upload the masked update
   * @return the receipt
   */
  Reply<UploadReceipt> upload(Upload upload);

  /**
   * Aggregator: bitmap over roster indices of the devices in the sum.
   *
   * @param ticket of the round
   * @param wait how long the server may hold the call until there is an answer
   * @return the bitmap
   */
  Reply<Bytes> survivors(Ticket ticket, Duration wait);

  /**
   * Aggregator: confirms the survivor set that the device saw.
   *
   * @param ticket of the round
   * @param signature over the survivor set
   * @return that it is there
   */
  Reply<Accepted> signSurvivors(Ticket ticket, Bytes signature);

  /**
   * Aggregator: the confirmations of {@code indices}, held while fewer than {@code atLeast} are
   * there.
   *
   * @param ticket of the round
   * @param indices roster indices of the neighbours
   * @param atLeast how many the device needs
   * @param wait how long the server may hold the call until there is an answer
   * @return those that are there
   */
  Reply<SurvivorSignatures> survivorSignatures(
      Ticket ticket, List<Integer> indices, int atLeast, Duration wait);

  /**
   * Aggregator: reveals one share per neighbour that shared.
   *
   * @param ticket of the round
   * @param shares one for each neighbour that shared
   * @param signature over all of them
   * @return that they are there
   */
  Reply<Accepted> reveal(Ticket ticket, List<RevealedShare> shares, Bytes signature);

  /**
   * Aggregator: how the round ended; ready with the SHA-256 of the new model.
   *
   * @param ticket of the round
   * @param wait how long the server may hold the call until there is an answer
   * @return SHA-256 of the new model
   */
  Reply<Bytes> result(Ticket ticket, Duration wait);
}
