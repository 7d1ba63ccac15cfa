package com.octomil.privacy.device.transport;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * A transport that passes every call on to another one and calls {@link #before} and {@link #after}
 * around it. Override these to observe a device, or to make it fail at a chosen step by throwing.
 */
public abstract class ForwardingTransport implements DeviceTransport {

  private final DeviceTransport delegate;

  /**
   * Forwards to {@code delegate}.
   *
   * @param delegate gets every call
   */
  protected ForwardingTransport(DeviceTransport delegate) {
    this.delegate = delegate;
  }

  /**
   * Called before each call; an exception keeps the call from being made and reaches the device's
   * caller.
   *
   * @param step the call that follows
   */
  protected void before(Step step) {}

  /**
   * Called after each call that brought an answer; an exception takes the place of the answer.
   *
   * @param step the call that was answered
   */
  protected void after(Step step) {}

  private <T> T around(Step step, Supplier<T> call) {
    before(step);
    T answer = call.get();
    after(step);
    return answer;
  }

  @Override
  public EnrollmentGrant enroll(EnrollmentRequest request) {
    return around(Step.ENROLL, () -> delegate.enroll(request));
  }

  @Override
  public RenewalGrant renewToken(String deviceToken, Bytes proofOfPossession) {
    return around(Step.RENEW_TOKEN, () -> delegate.renewToken(deviceToken, proofOfPossession));
  }

  @Override
  public Reply<Admission> checkIn(String deviceToken, Bytes roundPublicKey) {
    return around(Step.CHECK_IN, () -> delegate.checkIn(deviceToken, roundPublicKey));
  }

  @Override
  public Reply<Accepted> advertise(Ticket ticket, Advert advert) {
    return around(Step.ADVERTISE, () -> delegate.advertise(ticket, advert));
  }

  @Override
  public Reply<Roster> roster(Ticket ticket, Duration wait) {
    return around(Step.GET_ROSTER, () -> delegate.roster(ticket, wait));
  }

  @Override
  public Reply<Accepted> submitShares(Ticket ticket, List<EncryptedShare> shares) {
    return around(Step.SUBMIT_SHARES, () -> delegate.submitShares(ticket, shares));
  }

  @Override
  public Reply<ReceivedShares> shares(Ticket ticket, Duration wait) {
    return around(Step.GET_SHARES, () -> delegate.shares(ticket, wait));
  }

  @Override
  public byte[] model(Ticket ticket, int maxBytes) {
    return around(Step.GET_MODEL, () -> delegate.model(ticket, maxBytes));
  }

  @Override
  public Reply<UploadReceipt> upload(Upload upload) {
    return around(Step.UPLOAD, () -> delegate.upload(upload));
  }

  @Override
  public Reply<Bytes> survivors(Ticket ticket, Duration wait) {
    return around(Step.GET_SURVIVORS, () -> delegate.survivors(ticket, wait));
  }

  @Override
  public Reply<Accepted> signSurvivors(Ticket ticket, Bytes signature) {
    return around(Step.SIGN_SURVIVORS, () -> delegate.signSurvivors(ticket, signature));
  }

  @Override
  public Reply<SurvivorSignatures> survivorSignatures(
      Ticket ticket, List<Integer> indices, int atLeast, Duration wait) {
    return around(
        Step.GET_SURVIVOR_SIGNATURES,
        () -> delegate.survivorSignatures(ticket, indices, atLeast, wait));
  }

  @Override
  public Reply<Accepted> reveal(Ticket ticket, List<RevealedShare> shares, Bytes signature) {
    return around(Step.REVEAL, () -> delegate.reveal(ticket, shares, signature));
  }

  @Override
  public Reply<Bytes> result(Ticket ticket, Duration wait) {
    return around(Step.GET_RESULT, () -> delegate.result(ticket, wait));
  }
}
