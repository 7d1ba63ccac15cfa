package com.octomil.privacy.relay.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Deadlines;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.Region;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.RoundRules;
import com.octomil.privacy.relay.domain.SecureAggregation;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.Grouping;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads from serialized round parameters what the relay enforces. */
final class RoundParametersReader {

  private static final int PROTOCOL_VERSION = 1;
  private static final int MAX_BYTES = 64 * 1024;

  private RoundParametersReader() {}

  /**
   * Parses and checks.
   *
   * @throws RefusedException naming the first field that is not acceptable
   */
  static RoundRules read(ByteString serialized) {
    if (serialized.isEmpty() || serialized.size() > MAX_BYTES) {
      throw RefusedException.malformed(
          "round_parameters",
          serialized.size() + " bytes",
          "must be a RoundParameters message of at most " + MAX_BYTES + " bytes");
    }
    RoundParameters parameters;
    try {
      parameters = RoundParameters.parseFrom(serialized);
    } catch (InvalidProtocolBufferException e) {
      throw RefusedException.malformed(
          "round_parameters", null, "must be a serialized RoundParameters message");
    }
    if (parameters.getProtocolVersion() != PROTOCOL_VERSION) {
      throw RefusedException.outOfRange(
          "round_parameters.protocol_version",
          Integer.toUnsignedString(parameters.getProtocolVersion()),
          "must be " + PROTOCOL_VERSION);
    }
    Set<Region> regions = new LinkedHashSet<>();
    for (String region : parameters.getRegionsList()) {
      regions.add(new Region(region));
    }
    return new RoundRules(
        RoundId.of(parameters.getRoundId().toByteArray()),
        new FederationName(parameters.getFederation()),
        parameters.getTargetCohort(),
        parameters.getMinSurvivors(),
        Deadlines.ofEpochMillis(
            parameters.getDeadlines().getAdvertise(),
            parameters.getDeadlines().getShare(),
            parameters.getDeadlines().getUpload(),
            parameters.getDeadlines().getSignSurvivors(),
            parameters.getDeadlines().getReveal()),
        regions,
        secureAggregationOrNull(parameters));
  }

  /**
   * SHA-256 of the weights that the devices of a round start from.
   *
   * @param parameters what {@link #read} has accepted
   */
  static Bytes modelHash(Bytes parameters) {
    try {
      return Bytes.of(RoundParameters.parseFrom(parameters.toArray()).getModelHash().toByteArray());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("parameters were stored that are none", e);
    }
  }

  private static @Nullable SecureAggregation secureAggregationOrNull(RoundParameters parameters) {
    if (!parameters.hasSecureAggregation()) {
      return null;
    }
    com.octomil.privacy.proto.secagg.v1.SecureAggregation secure =
        parameters.getSecureAggregation();
    AdversaryModel adversary =
        switch (secure.getAdversary()) {
          case ADVERSARY_MODEL_SEMI_HONEST -> AdversaryModel.SEMI_HONEST;
          case ADVERSARY_MODEL_SEMI_MALICIOUS -> AdversaryModel.SEMI_MALICIOUS;
          case ADVERSARY_MODEL_UNSPECIFIED, UNRECOGNIZED ->
              throw RefusedException.malformed(
                  "round_parameters.secure_aggregation.adversary",
                  secure.getAdversary().name(),
                  "must be given");
        };
    CohortAssumptions assumptions;
    try {
      assumptions =
          new CohortAssumptions(
              adversary,
              secure.getCorruptFraction(),
              secure.getDropoutFraction(),
              secure.getSecurityBits(),
              secure.getCorrectnessBits());
    } catch (IllegalArgumentException e) {
      // The message of the core names field, value and range.
      throw RefusedException.outOfRange(
          "round_parameters.secure_aggregation", null, String.valueOf(e.getMessage()));
    }
    return new SecureAggregation(
        assumptions,
        secure.getReconstructionThreshold(),
        Bytes.of(secure.getGraphNonceCommitment().toByteArray()),
        groupingOrNull(secure));
  }

  private static @Nullable Grouping groupingOrNull(
      com.octomil.privacy.proto.secagg.v1.SecureAggregation secure) {
    if (secure.getMaxGroupSize() == 0 && secure.getMinGroupSurvivors() == 0) {
      return null;
    }
    try {
      return new Grouping(secure.getMaxGroupSize(), secure.getMinGroupSurvivors());
    } catch (IllegalArgumentException e) {
      throw RefusedException.outOfRange(
          "round_parameters.secure_aggregation", null, String.valueOf(e.getMessage()));
    }
  }
}
