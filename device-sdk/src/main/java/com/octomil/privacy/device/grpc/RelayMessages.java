package com.octomil.privacy.device.grpc;

import static com.octomil.privacy.device.grpc.CommonMessages.aborted;
import static com.octomil.privacy.device.grpc.CommonMessages.late;
import static com.octomil.privacy.device.grpc.CommonMessages.noOutcome;
import static com.octomil.privacy.device.grpc.CommonMessages.pending;

import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.device.transport.Accepted;
import com.octomil.privacy.device.transport.Admission;
import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceCertificate;
import com.octomil.privacy.device.transport.EncryptedShare;
import com.octomil.privacy.device.transport.EnrollmentGrant;
import com.octomil.privacy.device.transport.ReceivedShares;
import com.octomil.privacy.device.transport.RenewalGrant;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Roster;
import com.octomil.privacy.device.transport.RosterEntry;
import com.octomil.privacy.proto.secagg.v1.AdvertiseResponse;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificateContent;
import com.octomil.privacy.proto.secagg.v1.EnrollResponse;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.RenewTokenResponse;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Messages of {@code device_relay.proto}. */
final class RelayMessages {

  private RelayMessages() {}

  static EnrollmentGrant toDomain(EnrollResponse message) throws InvalidProtocolBufferException {
    return new EnrollmentGrant(
        message.getDeviceToken(),
        toDomain(message.getCertificate()),
        CommonMessages.toDomain(message.getEnrollmentAuthorityKey()),
        message.getFederation(),
        Instant.ofEpochMilli(message.getTokenExpiresAt()));
  }

  static RenewalGrant toDomain(RenewTokenResponse message) throws InvalidProtocolBufferException {
    return new RenewalGrant(
        message.getDeviceToken(),
        toDomain(message.getCertificate()),
        Instant.ofEpochMilli(message.getTokenExpiresAt()));
  }

  static DeviceCertificate toDomain(com.octomil.privacy.proto.secagg.v1.DeviceCertificate message)
      throws InvalidProtocolBufferException {
    DeviceCertificateContent content = DeviceCertificateContent.parseFrom(message.getContent());
    return new DeviceCertificate(
        CommonMessages.toDomain(message.getContent()),
        CommonMessages.toDomain(message.getSignature()),
        CommonMessages.toDomain(content.getDevicePublicKey()),
        content.getFederation(),
        Instant.ofEpochMilli(content.getNotBefore()),
        Instant.ofEpochMilli(content.getNotAfter()));
  }

  static com.octomil.privacy.proto.secagg.v1.DeviceCertificate toProto(
      DeviceCertificate certificate) {
    return com.octomil.privacy.proto.secagg.v1.DeviceCertificate.newBuilder()
        .setContent(CommonMessages.toProto(certificate.content()))
        .setSignature(CommonMessages.toProto(certificate.signature()))
        .build();
  }

  static Reply<Admission> toDomain(CheckInResponse message) throws InvalidProtocolBufferException {
    return switch (message.getOutcomeCase()) {
      case ADMISSION ->
          new Reply.Ready<>(
              new Admission(
                  CommonMessages.roundParameters(message.getAdmission().getRoundParameters()),
                  CommonMessages.toDomain(message.getAdmission().getTicket())));
      case NO_ROUND -> pending(message.getNoRound());
      case OUTCOME_NOT_SET -> throw noOutcome("CheckInResponse");
    };
  }

  static com.octomil.privacy.proto.secagg.v1.Advert toProto(Advert advert) {
    return com.octomil.privacy.proto.secagg.v1.Advert.newBuilder()
        .setParticipantId(CommonMessages.toProto(advert.participantId()))
        .setMaskPublicKey(CommonMessages.toProto(advert.maskPublicKey()))
        .setSharePublicKey(CommonMessages.toProto(advert.sharePublicKey()))
        .setSelfMaskCommitment(CommonMessages.toProto(advert.selfMaskCommitment()))
        .setRoundPublicKey(CommonMessages.toProto(advert.roundPublicKey()))
        .setCertificate(toProto(advert.certificate()))
        .setSignature(CommonMessages.toProto(advert.signature()))
        .build();
  }

  static Advert toDomain(com.octomil.privacy.proto.secagg.v1.Advert message)
      throws InvalidProtocolBufferException {
    return new Advert(
        CommonMessages.toDomain(message.getParticipantId()),
        CommonMessages.toDomain(message.getMaskPublicKey()),
        CommonMessages.toDomain(message.getSharePublicKey()),
        CommonMessages.toDomain(message.getSelfMaskCommitment()),
        CommonMessages.toDomain(message.getRoundPublicKey()),
        toDomain(message.getCertificate()),
        CommonMessages.toDomain(message.getSignature()));
  }

  static Reply<Accepted> toDomain(AdvertiseResponse message) {
    return switch (message.getOutcomeCase()) {
      case ACCEPTED -> new Reply.Ready<>(Accepted.ACCEPTED);
      case LATE -> late(message.getLate());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("AdvertiseResponse");
    };
  }

  static Reply<Roster> toDomain(GetRosterResponse message) throws InvalidProtocolBufferException {
    return switch (message.getOutcomeCase()) {
      case ROSTER -> new Reply.Ready<>(roster(message.getRoster()));
      case PENDING -> pending(message.getPending());
      case LATE -> late(message.getLate());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("GetRosterResponse");
    };
  }

  private static Roster roster(com.octomil.privacy.proto.secagg.v1.Roster message)
      throws InvalidProtocolBufferException {
    List<RosterEntry> neighbours = new ArrayList<>(message.getNeighboursCount());
    for (com.octomil.privacy.proto.secagg.v1.RosterEntry neighbour : message.getNeighboursList()) {
      neighbours.add(entry(neighbour));
    }
    return new Roster(
        message.getSize(),
        CommonMessages.toDomain(message.getRoot()),
        CommonMessages.toDomain(message.getGraphNonce()),
        message.getDegree(),
        message.getThreshold(),
        entry(message.getSelf()),
        neighbours);
  }

  private static RosterEntry entry(com.octomil.privacy.proto.secagg.v1.RosterEntry message)
      throws InvalidProtocolBufferException {
    List<Bytes> proof =
        message.getMerkleProofList().stream().map(CommonMessages::toDomain).toList();
    return new RosterEntry(message.getIndex(), toDomain(message.getAdvert()), proof);
  }

  static com.octomil.privacy.proto.secagg.v1.EncryptedShare toProto(EncryptedShare share) {
    return com.octomil.privacy.proto.secagg.v1.EncryptedShare.newBuilder()
        .setFromIndex(share.fromIndex())
        .setToIndex(share.toIndex())
        .setCiphertext(CommonMessages.toProto(share.ciphertext()))
        .build();
  }

  static Reply<Accepted> toDomain(SubmitSharesResponse message) {
    return switch (message.getOutcomeCase()) {
      case ACCEPTED -> new Reply.Ready<>(Accepted.ACCEPTED);
      case LATE -> late(message.getLate());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("SubmitSharesResponse");
    };
  }

  static Reply<ReceivedShares> toDomain(GetSharesResponse message) {
    return switch (message.getOutcomeCase()) {
      case SHARES -> new Reply.Ready<>(shares(message.getShares()));
      case PENDING -> pending(message.getPending());
      case LATE -> late(message.getLate());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("GetSharesResponse");
    };
  }

  private static ReceivedShares shares(com.octomil.privacy.proto.secagg.v1.Shares message) {
    List<EncryptedShare> shares =
        message.getSharesList().stream()
            .map(share ->
                new EncryptedShare(
                    share.getFromIndex(),
                    share.getToIndex(),
                    CommonMessages.toDomain(share.getCiphertext())))
            .toList();
    return new ReceivedShares(shares, CommonMessages.toDomain(message.getSharers()));
  }
}
