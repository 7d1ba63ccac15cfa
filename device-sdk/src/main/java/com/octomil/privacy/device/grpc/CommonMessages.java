package com.octomil.privacy.device.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.device.transport.AbortReason;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.RoundParameters;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import com.octomil.privacy.proto.secagg.v1.Counter;
import com.octomil.privacy.proto.secagg.v1.Late;
import com.octomil.privacy.proto.secagg.v1.Pending;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.proto.secagg.v1.Weighting;
import com.octomil.privacy.secagg.AdversaryModel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Messages of {@code round.proto}. */
final class CommonMessages {

  private CommonMessages() {}

  static ByteString toProto(Bytes bytes) {
    return ByteString.copyFrom(bytes.toArray());
  }

  static Bytes toDomain(ByteString bytes) {
    return Bytes.of(bytes.toByteArray());
  }

  static com.octomil.privacy.proto.secagg.v1.Ticket toProto(Ticket ticket) {
    return com.octomil.privacy.proto.secagg.v1.Ticket.newBuilder()
        .setContent(toProto(ticket.content()))
        .setSignature(toProto(ticket.signature()))
        .build();
  }

  static Ticket toDomain(com.octomil.privacy.proto.secagg.v1.Ticket ticket)
      throws InvalidProtocolBufferException {
    TicketContent content = TicketContent.parseFrom(ticket.getContent());
    return new Ticket(
        toDomain(ticket.getContent()),
        toDomain(ticket.getSignature()),
        toDomain(content.getRoundId()),
        toDomain(content.getRoundHash()),
        toDomain(content.getParticipantId()),
        toDomain(content.getRoundPublicKey()),
        Instant.ofEpochMilli(content.getExpiresAt()));
  }

  /** Parses exactly the bytes that are hashed. */
  static RoundParameters roundParameters(ByteString encoded) throws InvalidProtocolBufferException {
    com.octomil.privacy.proto.secagg.v1.RoundParameters message =
        com.octomil.privacy.proto.secagg.v1.RoundParameters.parseFrom(encoded);
    return new RoundParameters(
        toDomain(encoded),
        message.getProtocolVersion(),
        toDomain(message.getRoundId()),
        message.getFederation(),
        message.getFederationVersion(),
        toDomain(message.getModelHash()),
        message.getVectorLength(),
        new RoundParameters.Encoding(
            message.getEncoding().getClipNorm(),
            message.getEncoding().getGridStep(),
            message.getEncoding().getMaxNormSquared(),
            message.getEncoding().getRingBits()),
        message.hasSecureAggregation()
            ? Optional.of(secureAggregation(message.getSecureAggregation()))
            : Optional.empty(),
        message.hasDifferentialPrivacy()
            ? Optional.of(differentialPrivacy(message.getDifferentialPrivacy()))
            : Optional.empty(),
        message.getTargetCohort(),
        message.getMinSurvivors(),
        new RoundParameters.Deadlines(
            Instant.ofEpochMilli(message.getDeadlines().getAdvertise()),
            Instant.ofEpochMilli(message.getDeadlines().getShare()),
            Instant.ofEpochMilli(message.getDeadlines().getUpload()),
            Instant.ofEpochMilli(message.getDeadlines().getSignSurvivors()),
            Instant.ofEpochMilli(message.getDeadlines().getReveal())),
        new RoundParameters.Training(
            message.getTraining().getAlgorithm(),
            message.getTraining().getLocalEpochs(),
            message.getTraining().getLearningRate(),
            message.getTraining().getRoundNumber(),
            message.getTraining().getProximalMu()),
        message.getRegionsList(),
        message.hasWeighting() ? Optional.of(weighting(message.getWeighting())) : Optional.empty());
  }

  private static RoundParameters.Weighting weighting(Weighting message) {
    return new RoundParameters.Weighting(
        message.getMaxWeight(),
        message.getCountersList().stream()
            .map(counter ->
                counter == Counter.COUNTER_WEIGHT
                    ? RoundParameters.Counter.WEIGHT
                    : RoundParameters.Counter.UNKNOWN)
            .toList());
  }

  private static RoundParameters.SecureAggregation secureAggregation(
      com.octomil.privacy.proto.secagg.v1.SecureAggregation message) {
    AdversaryModel adversary =
        switch (message.getAdversary()) {
          case ADVERSARY_MODEL_SEMI_HONEST -> AdversaryModel.SEMI_HONEST;
          case ADVERSARY_MODEL_SEMI_MALICIOUS -> AdversaryModel.SEMI_MALICIOUS;
          case ADVERSARY_MODEL_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "secure_aggregation.adversary must be semi-honest or semi-malicious, not "
                      + message.getAdversaryValue());
        };
    return new RoundParameters.SecureAggregation(
        adversary,
        message.getCorruptFraction(),
        message.getDropoutFraction(),
        message.getSecurityBits(),
        message.getCorrectnessBits(),
        message.getReconstructionThreshold(),
        toDomain(message.getGraphNonceCommitment()),
        message.getMaxGroupSize(),
        message.getMinGroupSurvivors());
  }

  private static RoundParameters.DifferentialPrivacy differentialPrivacy(
      com.octomil.privacy.proto.secagg.v1.DifferentialPrivacy message) {
    return new RoundParameters.DifferentialPrivacy(
        message.getNoiseMultiplier(),
        switch (message.getPlacement()) {
          case NOISE_PLACEMENT_SERVER -> RoundParameters.NoisePlacement.SERVER;
          case NOISE_PLACEMENT_DISTRIBUTED -> RoundParameters.NoisePlacement.DISTRIBUTED;
          case NOISE_PLACEMENT_UNSPECIFIED, UNRECOGNIZED -> RoundParameters.NoisePlacement.UNKNOWN;
        },
        message.hasClippingBit()
            ? Optional.of(new RoundParameters.ClippingBit(message.getClippingBit().getNoise()))
            : Optional.empty());
  }

  static <T> Reply<T> pending(Pending message) {
    return new Reply.Pending<>(
        Duration.ofMillis(Integer.toUnsignedLong(message.getRetryAfterMillis())));
  }

  static <T> Reply<T> late(Late message) {
    return new Reply.Late<>(message.getStep());
  }

  static <T> Reply<T> aborted(Aborted message) {
    AbortReason reason =
        switch (message.getReason()) {
          case ABORT_REASON_TOO_FEW_DEVICES -> AbortReason.TOO_FEW_DEVICES;
          case ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD ->
              AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD;
          case ABORT_REASON_INFEASIBLE_PARAMETERS -> AbortReason.INFEASIBLE_PARAMETERS;
          case ABORT_REASON_DEADLINE -> AbortReason.DEADLINE;
          case ABORT_REASON_CANCELLED -> AbortReason.CANCELLED;
          case ABORT_REASON_INTERNAL -> AbortReason.INTERNAL;
          case ABORT_REASON_COHORT_DIFFERENCING -> AbortReason.COHORT_DIFFERENCING;
          case ABORT_REASON_UNSPECIFIED, UNRECOGNIZED -> AbortReason.UNKNOWN;
        };
    return new Reply.Aborted<>(reason, message.getDetail());
  }

  static IllegalArgumentException noOutcome(String message) {
    return new IllegalArgumentException(message + " has no outcome that this version knows");
  }
}
