package com.octomil.privacy.aggregator.client;

import com.google.protobuf.ByteString;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Algorithm;
import com.octomil.privacy.aggregator.domain.Deadlines;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.ParticipantId;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.RoundTerms;
import com.octomil.privacy.aggregator.domain.SecureAggregationTerms;
import com.octomil.privacy.proto.relay.v1.CheckSurvivorsResponse;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.GetSessionResponse;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import com.octomil.privacy.proto.secagg.v1.ClippingBit;
import com.octomil.privacy.proto.secagg.v1.Counter;
import com.octomil.privacy.proto.secagg.v1.DifferentialPrivacy;
import com.octomil.privacy.proto.secagg.v1.Encoding;
import com.octomil.privacy.proto.secagg.v1.NoisePlacement;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.proto.secagg.v1.SecureAggregation;
import com.octomil.privacy.proto.secagg.v1.Training;
import com.octomil.privacy.proto.secagg.v1.Weighting;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Between domain values and the messages of the relay. */
final class RelayMapper {
  static final int PROTOCOL_VERSION = 1;

  private RelayMapper() {}

  static RoundParameters toProto(RoundTerms terms) {
    Deadlines deadlines = terms.deadlines();
    RoundParameters.Builder parameters =
        RoundParameters.newBuilder()
            .setProtocolVersion(PROTOCOL_VERSION)
            .setRoundId(ByteString.copyFrom(terms.round().toArray()))
            .setFederation(terms.federation().value())
            .setFederationVersion(terms.federationVersion())
            .setModelHash(toProto(terms.modelHash()))
            .setVectorLength(terms.vectorLength())
            .setEncoding(
                Encoding.newBuilder()
                    .setClipNorm(terms.encoding().clipNorm())
                    .setGridStep(terms.encoding().gridStep())
                    .setMaxNormSquared(terms.encoding().maxNormSquared())
                    .setRingBits(terms.encoding().ringBits()))
            .setTargetCohort(terms.targetCohort())
            .setMinSurvivors(terms.minSurvivors())
            .setDeadlines(
                com.octomil.privacy.proto.secagg.v1.Deadlines.newBuilder()
                    .setAdvertise(deadlines.advertise().toEpochMilli())
                    .setShare(deadlines.share().toEpochMilli())
                    .setUpload(deadlines.upload().toEpochMilli())
                    .setSignSurvivors(deadlines.signSurvivors().toEpochMilli())
                    .setReveal(deadlines.reveal().toEpochMilli()))
            .setTraining(training(terms))
            .addAllRegions(terms.regions());
    terms
        .secureAggregation()
        .ifPresent(secure ->
            parameters.setSecureAggregation(
                toProto(secure, terms.graphNonceCommitment().orElseThrow(), terms.grouping())));
    terms.noise().ifPresent(noise -> parameters.setDifferentialPrivacy(toProto(noise)));
    terms.weighting().ifPresent(weighting -> parameters.setWeighting(toProto(weighting)));
    return parameters.build();
  }

  private static DifferentialPrivacy toProto(Noise noise) {
    DifferentialPrivacy.Builder privacy =
        DifferentialPrivacy.newBuilder()
            .setNoiseMultiplier(noise.multiplier())
            .setPlacement(
                switch (noise.placement()) {
                  case SERVER -> NoisePlacement.NOISE_PLACEMENT_SERVER;
                  case DISTRIBUTED -> NoisePlacement.NOISE_PLACEMENT_DISTRIBUTED;
                });
    noise
        .clipping()
        .ifPresent(
            terms -> privacy.setClippingBit(ClippingBit.newBuilder().setNoise(terms.bitNoise())));
    return privacy.build();
  }

  private static Training training(RoundTerms terms) {
    Training.Builder training =
        Training.newBuilder()
            .setAlgorithm(terms.algorithm().id())
            .setLocalEpochs(terms.localEpochs())
            .setLearningRate(terms.learningRate())
            .setRoundNumber(terms.roundNumber());
    if (terms.algorithm() instanceof Algorithm.FedProx(double mu)) {
      training.setProximalMu(mu);
    }
    return training.build();
  }

  private static Weighting toProto(com.octomil.privacy.aggregator.domain.Weighting weighting) {
    Weighting.Builder message = Weighting.newBuilder().setMaxWeight(weighting.maxWeight());
    if (weighting.counted()) {
      message.addCounters(Counter.COUNTER_WEIGHT);
    }
    return message.build();
  }

  private static SecureAggregation toProto(
      SecureAggregationTerms terms, Octets nonceCommitment, Optional<Grouping> grouping) {
    CohortAssumptions assumptions = terms.assumptions();
    return SecureAggregation.newBuilder()
        .setMaxGroupSize(grouping.map(Grouping::maxGroupSize).orElse(0))
        .setMinGroupSurvivors(grouping.map(Grouping::minGroupSurvivors).orElse(0))
        .setAdversary(toProto(assumptions.adversary()))
        .setCorruptFraction(assumptions.corruptFraction())
        .setDropoutFraction(assumptions.dropoutFraction())
        .setSecurityBits(assumptions.securityBits())
        .setCorrectnessBits(assumptions.correctnessBits())
        .setReconstructionThreshold(terms.reconstructionThreshold())
        .setGraphNonceCommitment(toProto(nonceCommitment))
        .build();
  }

  private static com.octomil.privacy.proto.secagg.v1.AdversaryModel toProto(AdversaryModel model) {
    return switch (model) {
      case SEMI_HONEST ->
          com.octomil.privacy.proto.secagg.v1.AdversaryModel.ADVERSARY_MODEL_SEMI_HONEST;
      case SEMI_MALICIOUS ->
          com.octomil.privacy.proto.secagg.v1.AdversaryModel.ADVERSARY_MODEL_SEMI_MALICIOUS;
    };
  }

  static Aborted toProto(Abort abort) {
    return Aborted.newBuilder()
        .setReason(
            com.octomil.privacy.proto.secagg.v1.AbortReason.valueOf(
                "ABORT_REASON_" + abort.reason().name()))
        .setDetail(abort.detail())
        .build();
  }

  static Optional<Abort> toDomain(CheckSurvivorsResponse response) {
    return switch (response.getOutcomeCase()) {
      case ADMISSIBLE -> Optional.empty();
      case DIFFERENCING ->
          Optional.of(
              new Abort(
                  AbortReason.COHORT_DIFFERENCING,
                  "The survivors differ from those of round "
                      + HexFormat.of()
                          .formatHex(response.getDifferencing().getRoundId().toByteArray())
                      + ", summed over the same model, by "
                      + response.getDifferencing().getDifference()
                      + " devices; both sums together would tell what these sent. At least "
                      + response.getDifferencing().getMinimum()
                      + " must differ, or none."));
      case OUTCOME_NOT_SET ->
          throw new IllegalArgumentException("the relay answered without an outcome");
    };
  }

  static Abort toDomain(Aborted aborted) {
    AbortReason reason =
        switch (aborted.getReason()) {
          case ABORT_REASON_TOO_FEW_DEVICES -> AbortReason.TOO_FEW_DEVICES;
          case ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD ->
              AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD;
          case ABORT_REASON_INFEASIBLE_PARAMETERS -> AbortReason.INFEASIBLE_PARAMETERS;
          case ABORT_REASON_DEADLINE -> AbortReason.DEADLINE;
          case ABORT_REASON_CANCELLED -> AbortReason.CANCELLED;
          case ABORT_REASON_COHORT_DIFFERENCING -> AbortReason.COHORT_DIFFERENCING;
          case ABORT_REASON_INTERNAL, ABORT_REASON_UNSPECIFIED, UNRECOGNIZED ->
              AbortReason.INTERNAL;
        };
    return new Abort(reason, aborted.getDetail());
  }

  static RelaySessions.Session toDomain(GetSessionResponse session) {
    return new RelaySessions.Session(
        switch (session.getPhase()) {
          case SESSION_PHASE_ADVERTISE -> RelaySessions.Phase.ADVERTISE;
          case SESSION_PHASE_ROSTER_CLOSED -> RelaySessions.Phase.ROSTER_CLOSED;
          case SESSION_PHASE_SHARE -> RelaySessions.Phase.SHARE;
          case SESSION_PHASE_SHARED -> RelaySessions.Phase.SHARED;
          case SESSION_PHASE_CLOSED -> RelaySessions.Phase.CLOSED;
          case SESSION_PHASE_ABORTED -> RelaySessions.Phase.ABORTED;
          case SESSION_PHASE_UNSPECIFIED, UNRECOGNIZED ->
              throw new IllegalArgumentException(
                  "the relay answered with a phase that this version does not know");
        },
        session.getCheckedIn(),
        session.getDegree(),
        session.getThreshold(),
        session.getRosterRoot().isEmpty()
            ? Optional.empty()
            : Optional.of(toOctets(session.getRosterRoot())),
        session.hasAborted() ? Optional.of(toDomain(session.getAborted())) : Optional.empty());
  }

  static SessionPhase toProto(Optional<RelaySessions.Phase> phase) {
    return phase
        .map(known -> SessionPhase.valueOf("SESSION_PHASE_" + known.name()))
        .orElse(SessionPhase.SESSION_PHASE_UNSPECIFIED);
  }

  static List<Participant> toDomain(GetParticipantsResponse response) {
    int size = response.getParticipantsCount();
    // Without secure aggregation nobody shares and everybody on the roster may upload.
    BitSet sharers = new BitSet(size);
    if (response.getSharers().isEmpty()
        && response.getParticipantsList().stream().allMatch(p -> p.getMaskPublicKey().isEmpty())) {
      sharers.set(0, size);
    } else {
      sharers = IndexBitmap.parse(response.getSharers().toByteArray(), size);
    }
    List<Participant> participants = new ArrayList<>(size);
    for (com.octomil.privacy.proto.relay.v1.Participant p : response.getParticipantsList()) {
      participants.add(
          new Participant(
              p.getIndex(),
              ParticipantId.of(p.getParticipantId().toByteArray()),
              toOctets(p.getMaskPublicKey()),
              toOctets(p.getSelfMaskCommitment()),
              toOctets(p.getRoundPublicKey()),
              sharers.get(p.getIndex())));
    }
    return participants;
  }

  static ByteString toProto(Octets octets) {
    return ByteString.copyFrom(octets.toArray());
  }

  static Octets toOctets(ByteString bytes) {
    return Octets.of(bytes.toByteArray());
  }
}
