package com.octomil.privacy.relay.grpc;

import com.google.protobuf.ByteString;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificate;
import com.octomil.privacy.proto.secagg.v1.Late;
import com.octomil.privacy.proto.secagg.v1.Pending;
import com.octomil.privacy.relay.domain.Abort;
import com.octomil.privacy.relay.domain.AbortReason;
import com.octomil.privacy.relay.domain.Advert;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Certificate;
import com.octomil.privacy.relay.domain.EncryptedShare;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.Region;
import com.octomil.privacy.relay.domain.RosterEntry;
import com.octomil.privacy.relay.domain.Ticket;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Between messages and the domain. */
final class Messages {

  private static final long MAX_WAIT_MILLIS = 20_000;

  private Messages() {}

  static Bytes toDomain(ByteString value) {
    return Bytes.of(value.toByteArray());
  }

  static ByteString toProto(Bytes value) {
    return ByteString.copyFrom(value.toArray());
  }

  /** A wait as the caller asked for it, but never longer than the contract allows. */
  static Duration waitOf(int millis) {
    return Duration.ofMillis(Math.min(Integer.toUnsignedLong(millis), MAX_WAIT_MILLIS));
  }

  static @Nullable Region regionOrNull(String value) {
    return value.isEmpty() ? null : new Region(value);
  }

  static Ticket toDomain(com.octomil.privacy.proto.secagg.v1.Ticket ticket) {
    return new Ticket(toDomain(ticket.getContent()), toDomain(ticket.getSignature()));
  }

  static com.octomil.privacy.proto.secagg.v1.Ticket toProto(Ticket ticket) {
    return com.octomil.privacy.proto.secagg.v1.Ticket.newBuilder()
        .setContent(toProto(ticket.content()))
        .setSignature(toProto(ticket.signature()))
        .build();
  }

  static Certificate toDomain(DeviceCertificate certificate) {
    return new Certificate(
        toDomain(certificate.getContent()), toDomain(certificate.getSignature()));
  }

  static DeviceCertificate toProto(Certificate certificate) {
    return DeviceCertificate.newBuilder()
        .setContent(toProto(certificate.content()))
        .setSignature(toProto(certificate.signature()))
        .build();
  }

  static Advert toDomain(com.octomil.privacy.proto.secagg.v1.Advert advert) {
    return new Advert(
        ParticipantId.of(advert.getParticipantId().toByteArray()),
        toDomain(advert.getMaskPublicKey()),
        toDomain(advert.getSharePublicKey()),
        toDomain(advert.getSelfMaskCommitment()),
        toDomain(advert.getRoundPublicKey()),
        toDomain(advert.getCertificate()),
        toDomain(advert.getSignature()));
  }

  static com.octomil.privacy.proto.secagg.v1.Advert toProto(Advert advert) {
    return com.octomil.privacy.proto.secagg.v1.Advert.newBuilder()
        .setParticipantId(toProto(advert.participantId().value()))
        .setMaskPublicKey(toProto(advert.maskPublicKey()))
        .setSharePublicKey(toProto(advert.sharePublicKey()))
        .setSelfMaskCommitment(toProto(advert.selfMaskCommitment()))
        .setRoundPublicKey(toProto(advert.roundPublicKey()))
        .setCertificate(toProto(advert.certificate()))
        .setSignature(toProto(advert.signature()))
        .build();
  }

  static com.octomil.privacy.proto.secagg.v1.RosterEntry toProto(RosterEntry entry) {
    return com.octomil.privacy.proto.secagg.v1.RosterEntry.newBuilder()
        .setIndex(entry.index())
        .setAdvert(toProto(entry.advert()))
        .addAllMerkleProof(entry.merkleProof().stream().map(Messages::toProto).toList())
        .build();
  }

  static EncryptedShare toDomain(com.octomil.privacy.proto.secagg.v1.EncryptedShare share) {
    return new EncryptedShare(
        share.getFromIndex(), share.getToIndex(), toDomain(share.getCiphertext()));
  }

  static com.octomil.privacy.proto.secagg.v1.EncryptedShare toProto(EncryptedShare share) {
    return com.octomil.privacy.proto.secagg.v1.EncryptedShare.newBuilder()
        .setFromIndex(share.from())
        .setToIndex(share.to())
        .setCiphertext(toProto(share.ciphertext()))
        .build();
  }

  static Pending pending(Duration retryAfter) {
    return Pending.newBuilder().setRetryAfterMillis(Math.toIntExact(retryAfter.toMillis())).build();
  }

  static Late late(String step) {
    return Late.newBuilder().setStep(step).build();
  }

  static com.octomil.privacy.proto.secagg.v1.Aborted toProto(Abort abort) {
    return com.octomil.privacy.proto.secagg.v1.Aborted.newBuilder()
        .setReason(toProto(abort.reason()))
        .setDetail(abort.detail())
        .build();
  }

  static Abort toDomain(com.octomil.privacy.proto.secagg.v1.Aborted aborted) {
    return new Abort(toDomain(aborted.getReason()), aborted.getDetail());
  }

  static com.octomil.privacy.proto.secagg.v1.AbortReason toProto(AbortReason reason) {
    return switch (reason) {
      case TOO_FEW_DEVICES ->
          com.octomil.privacy.proto.secagg.v1.AbortReason.ABORT_REASON_TOO_FEW_DEVICES;
      case NEIGHBOURHOOD_BELOW_THRESHOLD ->
          com.octomil.privacy.proto.secagg.v1.AbortReason
              .ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD;
      case INFEASIBLE_PARAMETERS ->
          com.octomil.privacy.proto.secagg.v1.AbortReason.ABORT_REASON_INFEASIBLE_PARAMETERS;
      case DEADLINE -> com.octomil.privacy.proto.secagg.v1.AbortReason.ABORT_REASON_DEADLINE;
      case CANCELLED -> com.octomil.privacy.proto.secagg.v1.AbortReason.ABORT_REASON_CANCELLED;
      case INTERNAL -> com.octomil.privacy.proto.secagg.v1.AbortReason.ABORT_REASON_INTERNAL;
      case COHORT_DIFFERENCING ->
          com.octomil.privacy.proto.secagg.v1.AbortReason.ABORT_REASON_COHORT_DIFFERENCING;
    };
  }

  static AbortReason toDomain(com.octomil.privacy.proto.secagg.v1.AbortReason reason) {
    return switch (reason) {
      case ABORT_REASON_TOO_FEW_DEVICES -> AbortReason.TOO_FEW_DEVICES;
      case ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD -> AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD;
      case ABORT_REASON_INFEASIBLE_PARAMETERS -> AbortReason.INFEASIBLE_PARAMETERS;
      case ABORT_REASON_DEADLINE -> AbortReason.DEADLINE;
      case ABORT_REASON_CANCELLED -> AbortReason.CANCELLED;
      case ABORT_REASON_INTERNAL -> AbortReason.INTERNAL;
      case ABORT_REASON_COHORT_DIFFERENCING -> AbortReason.COHORT_DIFFERENCING;
      case ABORT_REASON_UNSPECIFIED, UNRECOGNIZED ->
          throw RefusedException.malformed("aborted.reason", reason.name(), "must be given");
    };
  }
}
