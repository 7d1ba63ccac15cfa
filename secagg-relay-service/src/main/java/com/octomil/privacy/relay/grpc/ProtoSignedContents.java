package com.octomil.privacy.relay.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificateContent;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.CertificateClaims;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.SignedContents;
import com.octomil.privacy.relay.domain.TicketClaims;
import jakarta.inject.Singleton;
import java.time.Instant;

/** Signed contents as protocol buffer messages. Thread-safe. */
@Singleton
public class ProtoSignedContents implements SignedContents {

  @Override
  public Bytes write(TicketClaims claims) {
    return Bytes.of(
        TicketContent.newBuilder()
            .setRoundId(toProto(claims.roundId().value()))
            .setRoundHash(toProto(claims.roundHash()))
            .setParticipantId(toProto(claims.participantId().value()))
            .setRoundPublicKey(toProto(claims.roundPublicKey()))
            .setExpiresAt(claims.expiresAt().toEpochMilli())
            .build()
            .toByteArray());
  }

  @Override
  public TicketClaims readTicket(Bytes content) {
    TicketContent message;
    try {
      message = TicketContent.parseFrom(content.toArray());
    } catch (InvalidProtocolBufferException e) {
      throw RefusedException.malformed("ticket.content", null, "must be a TicketContent message");
    }
    return new TicketClaims(
        RoundId.of(message.getRoundId().toByteArray()),
        Bytes.of(message.getRoundHash().toByteArray()),
        ParticipantId.of(message.getParticipantId().toByteArray()),
        Bytes.of(message.getRoundPublicKey().toByteArray()),
        Instant.ofEpochMilli(message.getExpiresAt()));
  }

  @Override
  public Bytes write(CertificateClaims claims) {
    return Bytes.of(
        DeviceCertificateContent.newBuilder()
            .setDevicePublicKey(toProto(claims.devicePublicKey()))
            .setFederation(claims.federation().value())
            .setNotBefore(claims.notBefore().toEpochMilli())
            .setNotAfter(claims.notAfter().toEpochMilli())
            .build()
            .toByteArray());
  }

  @Override
  public CertificateClaims readCertificate(Bytes content) {
    DeviceCertificateContent message;
    try {
      message = DeviceCertificateContent.parseFrom(content.toArray());
    } catch (InvalidProtocolBufferException e) {
      throw RefusedException.malformed(
          "certificate.content", null, "must be a DeviceCertificateContent message");
    }
    return new CertificateClaims(
        Bytes.of(message.getDevicePublicKey().toByteArray()),
        new FederationName(message.getFederation()),
        Instant.ofEpochMilli(message.getNotBefore()),
        Instant.ofEpochMilli(message.getNotAfter()));
  }

  private static ByteString toProto(Bytes value) {
    return ByteString.copyFrom(value.toArray());
  }
}
