package com.octomil.privacy.device.grpc;

import static com.octomil.privacy.device.grpc.CommonMessages.aborted;
import static com.octomil.privacy.device.grpc.CommonMessages.late;
import static com.octomil.privacy.device.grpc.CommonMessages.noOutcome;
import static com.octomil.privacy.device.grpc.CommonMessages.pending;

import com.octomil.privacy.device.transport.Accepted;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.RevealedShare;
import com.octomil.privacy.device.transport.SurvivorSignature;
import com.octomil.privacy.device.transport.SurvivorSignatures;
import com.octomil.privacy.device.transport.UploadReceipt;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.RevealResponse;
import com.octomil.privacy.proto.aggregator.v1.SecretKind;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import java.util.List;

/** Messages of {@code device_aggregator.proto}. */
final class AggregatorMessages {

  private AggregatorMessages() {}

  static Reply<UploadReceipt> toDomain(UploadResponse message) {
    return switch (message.getOutcomeCase()) {
      case ACCEPTED -> new Reply.Ready<>(new UploadReceipt(message.getAccepted().getDuplicate()));
      case LATE -> late(message.getLate());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("UploadResponse");
    };
  }

  static Reply<Bytes> toDomain(GetSurvivorsResponse message) {
    return switch (message.getOutcomeCase()) {
      case SURVIVORS ->
          new Reply.Ready<>(CommonMessages.toDomain(message.getSurvivors().getSurvivors()));
      case PENDING -> pending(message.getPending());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("GetSurvivorsResponse");
    };
  }

  static Reply<Accepted> toDomain(SignSurvivorsResponse message) {
    return switch (message.getOutcomeCase()) {
      case ACCEPTED -> new Reply.Ready<>(Accepted.ACCEPTED);
      case LATE -> late(message.getLate());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("SignSurvivorsResponse");
    };
  }

  static Reply<SurvivorSignatures> toDomain(GetSurvivorSignaturesResponse message) {
    return switch (message.getOutcomeCase()) {
      case SIGNATURES -> {
        List<SurvivorSignature> signatures =
            message.getSignatures().getSignaturesList().stream()
                .map(s ->
                    new SurvivorSignature(s.getIndex(), CommonMessages.toDomain(s.getSignature())))
                .toList();
        yield new Reply.Ready<>(
            new SurvivorSignatures(signatures, message.getSignatures().getClosed()));
      }
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("GetSurvivorSignaturesResponse");
    };
  }

  static com.octomil.privacy.proto.aggregator.v1.RevealedShare toProto(RevealedShare share) {
    return com.octomil.privacy.proto.aggregator.v1.RevealedShare.newBuilder()
        .setOwnerIndex(share.ownerIndex())
        .setKind(
            switch (share.kind()) {
              case SELF_MASK_SEED -> SecretKind.SECRET_KIND_SELF_MASK_SEED;
              case MASK_KEY -> SecretKind.SECRET_KIND_MASK_KEY;
            })
        .setShare(CommonMessages.toProto(share.share()))
        .build();
  }

  static Reply<Accepted> toDomain(RevealResponse message) {
    return switch (message.getOutcomeCase()) {
      case ACCEPTED -> new Reply.Ready<>(Accepted.ACCEPTED);
      case LATE -> late(message.getLate());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("RevealResponse");
    };
  }

  static Reply<Bytes> toDomain(GetRoundResultResponse message) {
    return switch (message.getOutcomeCase()) {
      case PUBLISHED ->
          new Reply.Ready<>(CommonMessages.toDomain(message.getPublished().getModelHash()));
      case PENDING -> pending(message.getPending());
      case ABORTED -> aborted(message.getAborted());
      case OUTCOME_NOT_SET -> throw noOutcome("GetRoundResultResponse");
    };
  }
}
