package com.octomil.privacy.relay.testing;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.proto.secagg.v1.Admission;
import com.octomil.privacy.proto.secagg.v1.CheckInRequest;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.EnrollRequest;
import com.octomil.privacy.proto.secagg.v1.EnrollResponse;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.io.UncheckedIOException;
import java.security.SecureRandom;
import java.util.List;

/** An enrolled device. */
public final class TestDevice {

  private final SigningKeyPair key;
  private final EnrollResponse enrolled;
  private final String deviceId;

  private TestDevice(SigningKeyPair key, EnrollResponse enrolled, String deviceId) {
    this.key = key;
    this.enrolled = enrolled;
    this.deviceId = deviceId;
  }

  /** Makes codes and enrols so many devices. */
  public static List<TestDevice> enroll(Relay relay, String federation, int count) {
    return relay.codes(federation, count).stream()
        .map(code -> enroll(relay, code, SigningKeyPair.generate(new SecureRandom()), ""))
        .toList();
  }

  /** Enrols one device with a key of one's choice. */
  public static TestDevice enroll(Relay relay, Relay.Code code, SigningKeyPair key, String region) {
    EnrollResponse response = relay.devices().enroll(request(code.code(), key, region));
    return new TestDevice(key, response, code.deviceId());
  }

  /** A well-formed enrolment. */
  public static EnrollRequest request(String code, SigningKeyPair key, String region) {
    return EnrollRequest.newBuilder()
        .setEnrollmentCode(code)
        .setDevicePublicKey(ByteString.copyFrom(key.publicKey()))
        .setProofOfPossession(
            ByteString.copyFrom(key.sign(Transcripts.enrollment(code, key.publicKey()))))
        .setRegion(region)
        .build();
  }

  public SigningKeyPair key() {
    return key;
  }

  public EnrollResponse enrolled() {
    return enrolled;
  }

  public String deviceId() {
    return deviceId;
  }

  /** Asks for work under a round key. */
  public CheckInResponse checkIn(Relay relay, SigningKeyPair roundKey) {
    return relay
        .devices()
        .checkIn(
            CheckInRequest.newBuilder()
                .setDeviceToken(enrolled.getDeviceToken())
                .setRoundPublicKey(ByteString.copyFrom(roundKey.publicKey()))
                .build());
  }

  /** Checks in to a round that is open, with fresh keys. */
  public TestParticipant join(Relay relay) {
    SigningKeyPair roundKey = SigningKeyPair.generate(new SecureRandom());
    Admission admission = checkIn(relay, roundKey).getAdmission();
    if (admission.getRoundParameters().isEmpty()) {
      throw new AssertionError("no round was open for the device");
    }
    return new TestParticipant(this, admission, roundKey);
  }

  /** What a ticket says. */
  static TicketContent contentOf(ByteString content) {
    try {
      return TicketContent.parseFrom(content);
    } catch (InvalidProtocolBufferException e) {
      throw new UncheckedIOException(e);
    }
  }
}
