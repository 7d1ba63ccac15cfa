package com.octomil.privacy.aggregator.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.aggregator.app.Ticket;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.proto.aggregator.v1.RevealedShare;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.wire.RevealItem;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Between the messages of devices and values. */
final class DeviceMapper {
  private static final int ROUND_KEY_BYTES = 32;

  private DeviceMapper() {}

  static Ticket toTicket(com.octomil.privacy.proto.secagg.v1.Ticket ticket) {
    TicketContent content;
    try {
      content = TicketContent.parseFrom(ticket.getContent());
    } catch (InvalidProtocolBufferException e) {
      throw invalid("ticket.content", null, "is not a serialized TicketContent");
    }
    requireLength("ticket.content.round_id", content.getRoundId(), RoundId.BYTES);
    requireLength("ticket.content.participant_id", content.getParticipantId(), ParticipantId.BYTES);
    requireLength("ticket.content.round_public_key", content.getRoundPublicKey(), ROUND_KEY_BYTES);
    return new Ticket(
        toOctets(ticket.getContent()),
        toOctets(ticket.getSignature()),
        RoundId.of(content.getRoundId().toByteArray()),
        toOctets(content.getRoundHash()),
        ParticipantId.of(content.getParticipantId().toByteArray()),
        toOctets(content.getRoundPublicKey()),
        Instant.ofEpochMilli(content.getExpiresAt()));
  }

  static List<RevealItem> toItems(List<RevealedShare> shares) {
    List<RevealItem> items = new ArrayList<>(shares.size());
    for (RevealedShare share : shares) {
      SecretKind kind =
          switch (share.getKind()) {
            case SECRET_KIND_SELF_MASK_SEED -> SecretKind.SELF_MASK_SEED;
            case SECRET_KIND_MASK_KEY -> SecretKind.MASK_KEY;
            case SECRET_KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw invalid(
                    "shares.kind",
                    Integer.toString(share.getKindValue()),
                    "must be SELF_MASK_SEED or MASK_KEY");
          };
      if (share.getOwnerIndex() < 0) {
        throw invalid(
            "shares.owner_index",
            Integer.toUnsignedString(share.getOwnerIndex()),
            "must be a roster index");
      }
      if (!share.getShare().isEmpty()) {
        requireLength("shares.share", share.getShare(), Shamir.SHARE_BYTES);
      }
      items.add(new RevealItem(share.getOwnerIndex(), kind, share.getShare().toByteArray()));
    }
    return items;
  }

  static Aborted toProto(Abort abort) {
    return Aborted.newBuilder()
        .setReason(AbortReason.valueOf("ABORT_REASON_" + abort.reason().name()))
        .setDetail(abort.detail())
        .build();
  }

  static Octets toOctets(ByteString bytes) {
    return Octets.of(bytes.toByteArray());
  }

  static ByteString toProto(Octets octets) {
    return ByteString.copyFrom(octets.toArray());
  }

  static ServiceException invalid(String field, @Nullable String value, String message) {
    return ServiceException.invalidField(
        ErrorCode.INVALID_REQUEST, new FieldViolation(field, value, message));
  }

  private static void requireLength(String field, ByteString value, int length) {
    if (value.size() != length) {
      throw invalid(field, value.size() + " octets", "must have " + length + " octets");
    }
  }
}
