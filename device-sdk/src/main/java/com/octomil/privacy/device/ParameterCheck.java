package com.octomil.privacy.device;

import static com.octomil.privacy.device.Refusal.unless;

import com.octomil.privacy.device.transport.Admission;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.RoundParameters;
import com.octomil.privacy.device.transport.RoundParameters.NoisePlacement;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.dp.mechanism.DistributedNoise;
import com.octomil.privacy.dp.sensitivity.ClippedWeight;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.RingWidth;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Round parameters and ticket against the local policy and against each other. */
final class ParameterCheck {

  /** The sum wraps because of noise with probability at most 2^-40. */
  private static final int NOISE_FAILURE_BITS = 40;

  static final int PROTOCOL_VERSION = 1;
  private static final int ROUND_ID_BYTES = 16;
  private static final int HASH_BYTES = 32;

  private final DeviceIdentity identity;
  private final LocalPolicy policy;

  ParameterCheck(DeviceIdentity identity, LocalPolicy policy) {
    this.identity = identity;
    this.policy = policy;
  }

  void check(Admission admission, Bytes roundPublicKey, Instant now) throws Refusal {
    RoundParameters parameters = admission.parameters();
    unless(
        parameters.protocolVersion() == PROTOCOL_VERSION,
        RefusalReason.UNSUPPORTED_PROTOCOL_VERSION,
        "protocol_version must be " + PROTOCOL_VERSION + ", not " + parameters.protocolVersion());
    unless(
        parameters.federation().equals(identity.federation()),
        RefusalReason.WRONG_FEDERATION,
        "federation must be " + identity.federation() + ", not " + parameters.federation());
    unless(
        parameters.regions().isEmpty()
            || identity.region().isEmpty()
            || parameters.regions().contains(identity.region()),
        RefusalReason.WRONG_REGION,
        "regions must contain " + identity.region() + ": " + parameters.regions());
    size("round_id", parameters.roundId(), ROUND_ID_BYTES);
    size("model_hash", parameters.modelHash(), HASH_BYTES);
    ticket(admission.ticket(), parameters, roundPublicKey, now);
    deadlines(parameters.deadlines(), now);
    encoding(parameters);
    weighting(parameters);
    training(parameters);
    noise(parameters);
    if (parameters.secureAggregation().isPresent()) {
      cohort(parameters);
      assumptions(parameters.secureAggregation().get());
      grouping(parameters);
      ring(parameters, largestGroup(parameters));
    } else {
      unless(
          policy.clearUploadsAllowed(),
          RefusalReason.SECURE_AGGREGATION_MISSING,
          "secure_aggregation must be present");
    }
  }

  private static void size(String field, Bytes value, int size) throws Refusal {
    unless(
        value.size() == size,
        RefusalReason.MALFORMED_ANSWER,
        field + " must have " + size + " bytes, not " + value.size());
  }

  private void ticket(Ticket ticket, RoundParameters parameters, Bytes roundPublicKey, Instant now)
      throws Refusal {
    size("ticket.participant_id", ticket.participantId(), Transcripts.PARTICIPANT_ID_BYTES);
    Bytes roundHash = Bytes.of(RoundHash.of(parameters.encoded().toArray()).bytes());
    unless(
        ticket.roundHash().equals(roundHash),
        RefusalReason.PARAMETERS_CHANGED,
        "the ticket is for parameters with hash " + ticket.roundHash() + ", not " + roundHash);
    unless(
        ticket.roundId().equals(parameters.roundId()),
        RefusalReason.PARAMETERS_CHANGED,
        "the ticket is for round " + ticket.roundId() + ", not " + parameters.roundId());
    unless(
        ticket.roundPublicKey().equals(roundPublicKey),
        RefusalReason.PARAMETERS_CHANGED,
        "the ticket is for key " + ticket.roundPublicKey() + ", not " + roundPublicKey);
    unless(
        !ticket.expiresAt().plus(policy.clockTolerance()).isBefore(now),
        RefusalReason.UNREASONABLE_DEADLINES,
        "the ticket expired at " + ticket.expiresAt());
  }

  private void deadlines(RoundParameters.Deadlines deadlines, Instant now) throws Refusal {
    Instant[] inOrder = {
      deadlines.advertise(),
      deadlines.share(),
      deadlines.upload(),
      deadlines.signSurvivors(),
      deadlines.reveal()
    };
    for (int i = 1; i < inOrder.length; i++) {
      unless(
          !inOrder[i].isBefore(inOrder[i - 1]),
          RefusalReason.UNREASONABLE_DEADLINES,
          "deadlines must not fall: " + deadlines);
    }
    Duration tolerance = policy.clockTolerance();
    unless(
        !deadlines.advertise().plus(tolerance).isBefore(now),
        RefusalReason.UNREASONABLE_DEADLINES,
        "deadlines.advertise is past: " + deadlines.advertise());
    Instant latest = now.plus(policy.maximumRoundDuration()).plus(tolerance);
    unless(
        !deadlines.reveal().isAfter(latest),
        RefusalReason.UNREASONABLE_DEADLINES,
        "deadlines.reveal must not lie after " + latest + ": " + deadlines.reveal());
  }

  private void encoding(RoundParameters parameters) throws Refusal {
    unless(
        parameters.vectorLength() >= 1 && parameters.vectorLength() <= policy.maximumVectorLength(),
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "vector_length must be from 1 to "
            + policy.maximumVectorLength()
            + ", not "
            + Integer.toUnsignedString(parameters.vectorLength()));
    RoundParameters.Encoding encoding = parameters.encoding();
    GridEncoder encoder;
    try {
      encoder = new GridEncoder(encoding.clipNorm(), encoding.gridStep());
    } catch (IllegalArgumentException e) {
      throw new Refusal(RefusalReason.UNACCEPTABLE_PARAMETERS, "encoding: " + e.getMessage());
    }
    unless(
        encoding.maxNormSquared() == encoder.maxNormSquared(),
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "encoding.max_norm_squared must be "
            + encoder.maxNormSquared()
            + ", not "
            + Long.toUnsignedString(encoding.maxNormSquared()));
    unless(
        encoding.clipNorm() <= policy.maximumClipNorm(),
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "encoding.clip_norm must be at most "
            + policy.maximumClipNorm()
            + ", not "
            + encoding.clipNorm());
  }

  /** Refuses if a sum over {@code cohort} devices could wrap. */
  static void ring(RoundParameters parameters, int cohort) throws Refusal {
    RoundParameters.Encoding encoding = parameters.encoding();
    unless(
        cohort >= 1,
        RefusalReason.TOO_FEW_DEVICES,
        "target_cohort must be at least 1, not " + cohort);
    int largest = new GridEncoder(encoding.clipNorm(), encoding.gridStep()).maxAbsCoordinate();
    Optional<RoundParameters.Weighting> weighting = parameters.weighting();
    if (weighting.isPresent() && !weighting.get().counters().isEmpty()) {
      largest = Math.max(largest, weighting.get().maxWeight());
    }
    int needed;
    try {
      long noise =
          noiseShare(parameters)
              .map(share -> share.tailBound(cohort, parameters.vectorLength(), NOISE_FAILURE_BITS))
              .orElse(0L);
      needed = RingWidth.bitsFor(cohort, largest, noise);
    } catch (IllegalArgumentException e) {
      throw new Refusal(RefusalReason.RING_OVERFLOW, String.valueOf(e.getMessage()));
    }
    unless(
        encoding.ringBits() >= needed && encoding.ringBits() <= RingWidth.MAX_BITS,
        RefusalReason.RING_OVERFLOW,
        "encoding.ring_bits must be from "
            + needed
            + " to "
            + RingWidth.MAX_BITS
            + " for "
            + cohort
            + " devices, not "
            + Integer.toUnsignedString(encoding.ringBits()));
  }

  /**
   * A weight is counted only where no differential privacy is promised, since no noise covers it.
   */
  private static void weighting(RoundParameters parameters) throws Refusal {
    if (parameters.weighting().isEmpty()) {
      return;
    }
    RoundParameters.Weighting weighting = parameters.weighting().get();
    unless(
        weighting.maxWeight() >= 1 && weighting.maxWeight() <= ClippedWeight.MAX_WEIGHT,
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "weighting.max_weight must be from 1 to "
            + ClippedWeight.MAX_WEIGHT
            + ", not "
            + Integer.toUnsignedString(weighting.maxWeight()));
    boolean noise = parameters.differentialPrivacy().isPresent();
    unless(
        !noise || weighting.counters().isEmpty(),
        RefusalReason.TOO_LITTLE_NOISE,
        "weighting.counters must be empty with differential privacy, not " + weighting.counters());
    unless(
        noise || weighting.counters().equals(List.of(RoundParameters.Counter.WEIGHT)),
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "weighting.counters must be the weight alone, not " + weighting.counters());
  }

  private void training(RoundParameters parameters) throws Refusal {
    RoundParameters.Training training = parameters.training();
    unless(
        training.localEpochs() >= 1 && training.localEpochs() <= policy.maximumLocalEpochs(),
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "training.local_epochs must be from 1 to "
            + policy.maximumLocalEpochs()
            + ", not "
            + Integer.toUnsignedString(training.localEpochs()));
    unless(
        Double.isFinite(training.learningRate()) && training.learningRate() > 0,
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "training.learning_rate must be finite and greater than zero, not "
            + training.learningRate());
    boolean proximal = training.algorithm().equals("fedprox");
    unless(
        proximal
            ? Double.isFinite(training.proximalMu()) && training.proximalMu() > 0
            : training.proximalMu() == 0,
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "training.proximal_mu must be "
            + (proximal ? "finite and greater than zero" : "absent unless the algorithm is fedprox")
            + ", not "
            + training.proximalMu());
  }

  private void noise(RoundParameters parameters) throws Refusal {
    if (parameters.differentialPrivacy().isPresent()) {
      RoundParameters.DifferentialPrivacy noise = parameters.differentialPrivacy().get();
      unless(
          Double.isFinite(noise.noiseMultiplier()) && noise.noiseMultiplier() > 0,
          RefusalReason.TOO_LITTLE_NOISE,
          "differential_privacy.noise_multiplier must be finite and greater than zero, not "
              + noise.noiseMultiplier());
      boolean distributed = noise.placement() == NoisePlacement.DISTRIBUTED;
      unless(
          noise.placement() == NoisePlacement.SERVER
              || distributed && parameters.secureAggregation().isPresent(),
          RefusalReason.UNACCEPTABLE_PARAMETERS,
          "differential_privacy.placement must be server, or distributed with secure aggregation");
      try {
        noiseShare(parameters);
      } catch (IllegalArgumentException e) {
        throw new Refusal(
            RefusalReason.TOO_LITTLE_NOISE, "differential_privacy: " + e.getMessage());
      }
      if (noise.clippingBit().isPresent()) {
        clippingBit(noise, noise.clippingBit().get());
      }
    }
    double multiplier =
        parameters
            .differentialPrivacy()
            .map(RoundParameters.DifferentialPrivacy::noiseMultiplier)
            .orElse(0.0);
    unless(
        multiplier >= policy.minimumNoiseMultiplier(),
        RefusalReason.TOO_LITTLE_NOISE,
        "differential_privacy.noise_multiplier must be at least "
            + policy.minimumNoiseMultiplier()
            + ", not "
            + multiplier);
  }

  /** The bit must leave some of the round's privacy loss to the update. */
  private static void clippingBit(
      RoundParameters.DifferentialPrivacy noise, RoundParameters.ClippingBit bit) throws Refusal {
    unless(
        noise.placement() == NoisePlacement.SERVER,
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "differential_privacy.placement must be server with a clipping bit");
    unless(
        Double.isFinite(bit.noise()) && bit.noise() > noise.noiseMultiplier() / 2,
        RefusalReason.TOO_LITTLE_NOISE,
        "differential_privacy.clipping_bit.noise must be finite and above half of noise_multiplier, "
            + noise.noiseMultiplier() / 2
            + ", not "
            + bit.noise());
  }

  /**
   * The noise that a device adds itself, if it does.
   *
   * @throws IllegalArgumentException if the survivors might all leave theirs out
   */
  static Optional<DistributedNoise> noiseShare(RoundParameters parameters) {
    return parameters
        .differentialPrivacy()
        .filter(noise -> noise.placement() == NoisePlacement.DISTRIBUTED)
        .map(noise ->
            DistributedNoise.forRound(
                noise.noiseMultiplier(),
                parameters.encoding().clipNorm() / parameters.encoding().gridStep(),
                parameters.minSurvivors(),
                parameters.targetCohort(),
                parameters
                    .secureAggregation()
                    .map(RoundParameters.SecureAggregation::corruptFraction)
                    .orElse(0.0)));
  }

  private void cohort(RoundParameters parameters) throws Refusal {
    unless(
        parameters.minSurvivors() >= policy.minimumCohort(),
        RefusalReason.TOO_FEW_DEVICES,
        "min_survivors must be at least "
            + policy.minimumCohort()
            + ", not "
            + parameters.minSurvivors());
    unless(
        parameters.targetCohort() >= parameters.minSurvivors(),
        RefusalReason.TOO_FEW_DEVICES,
        "target_cohort must be at least min_survivors = "
            + parameters.minSurvivors()
            + ", not "
            + parameters.targetCohort());
  }

  private void assumptions(RoundParameters.SecureAggregation terms) throws Refusal {
    size("secure_aggregation.graph_nonce_commitment", terms.graphNonceCommitment(), HASH_BYTES);
    try {
      assumptionsOf(terms);
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.UNACCEPTABLE_PARAMETERS, "secure_aggregation: " + e.getMessage());
    }
    unless(
        terms.reconstructionThreshold() >= 0 && terms.reconstructionThreshold() <= 1,
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "secure_aggregation.reconstruction_threshold must be from 0 to 1, not "
            + terms.reconstructionThreshold());
    unless(
        terms.adversary() == AdversaryModel.SEMI_MALICIOUS
            || policy.weakestAdversary() == AdversaryModel.SEMI_HONEST,
        RefusalReason.WEAK_ASSUMPTIONS,
        "secure_aggregation.adversary must be semi-malicious, not " + terms.adversary());
    unless(
        terms.securityBits() >= policy.minimumSecurityBits(),
        RefusalReason.WEAK_ASSUMPTIONS,
        "secure_aggregation.security_bits must be at least "
            + policy.minimumSecurityBits()
            + ", not "
            + terms.securityBits());
  }

  private void grouping(RoundParameters parameters) throws Refusal {
    Optional<Grouping> grouping;
    try {
      grouping = groupingOf(parameters.secureAggregation().orElseThrow());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.UNACCEPTABLE_PARAMETERS, "secure_aggregation: " + e.getMessage());
    }
    if (grouping.isEmpty()) {
      return;
    }
    unless(
        grouping.get().minGroupSurvivors() >= policy.minimumCohort(),
        RefusalReason.TOO_FEW_DEVICES,
        "secure_aggregation.min_group_survivors must be at least "
            + policy.minimumCohort()
            + ", not "
            + grouping.get().minGroupSurvivors());
    unless(
        parameters
            .differentialPrivacy()
            .map(noise -> noise.placement() == NoisePlacement.SERVER)
            .orElse(true),
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        "differential_privacy.placement must be server in a round with groups");
  }

  /** How the roster is split, if it is. */
  static Optional<Grouping> groupingOf(RoundParameters.SecureAggregation terms) {
    return terms.maxGroupSize() == 0 && terms.minGroupSurvivors() == 0
        ? Optional.empty()
        : Optional.of(new Grouping(terms.maxGroupSize(), terms.minGroupSurvivors()));
  }

  /** Most devices in one sum that is unmasked. */
  private static int largestGroup(RoundParameters parameters) {
    return parameters
        .secureAggregation()
        .flatMap(ParameterCheck::groupingOf)
        .map(grouping -> Math.min(grouping.maxGroupSize(), parameters.targetCohort()))
        .orElse(parameters.targetCohort());
  }

  /** As the core wants them. */
  static CohortAssumptions assumptionsOf(RoundParameters.SecureAggregation terms) {
    return new CohortAssumptions(
        terms.adversary(),
        terms.corruptFraction(),
        terms.dropoutFraction(),
        terms.securityBits(),
        terms.correctnessBits());
  }
}
