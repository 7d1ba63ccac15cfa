package com.octomil.privacy.device.transport;

import com.octomil.privacy.secagg.AdversaryModel;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The parameters of one round as the server states them: nothing here has been checked yet. Field
 * by field the message {@code octomil.secagg.v1.RoundParameters}, which documents meaning and
 * units.
 *
 * @param encoded the bytes as received; the round hash is taken over exactly these
 * @param protocolVersion of the protocol, 1
 * @param roundId identifier of the round
 * @param federation name of the federation
 * @param federationVersion version of the federation, whose budget pays
 * @param modelHash SHA-256 of the model that is trained on
 * @param vectorLength coordinates of the model
 * @param encoding how updates become integers
 * @param secureAggregation terms of secure aggregation; empty without it
 * @param differentialPrivacy terms of differential privacy; empty without it
 * @param targetCohort devices that the round waits for
 * @param minSurvivors fewest devices in a sum
 * @param deadlines end of each step
 * @param training what the trainer is told
 * @param regions where devices may be; empty: anywhere
 * @param weighting how updates are weighed; empty: all the same
 */
public record RoundParameters(
    Bytes encoded,
    int protocolVersion,
    Bytes roundId,
    String federation,
    int federationVersion,
    Bytes modelHash,
    int vectorLength,
    Encoding encoding,
    Optional<SecureAggregation> secureAggregation,
    Optional<DifferentialPrivacy> differentialPrivacy,
    int targetCohort,
    int minSurvivors,
    Deadlines deadlines,
    Training training,
    List<String> regions,
    Optional<Weighting> weighting) {

  /** Copies the list. */
  public RoundParameters {
    regions = List.copyOf(regions);
  }

  /**
   * How an update becomes integers.
   *
   * @param clipNorm L2 bound C of one update
   * @param gridStep grid step g
   * @param maxNormSquared exact integer bound on the squared norm
   * @param ringBits width b of one coordinate of the sum
   */
  public record Encoding(double clipNorm, double gridStep, long maxNormSquared, int ringBits) {}

  /**
   * Weighted average.
   *
   * @param maxWeight public cap of a weight
   * @param counters what the coordinates after those of the model hold
   */
  public record Weighting(int maxWeight, List<Counter> counters) {
    /** Copies the list. */
    public Weighting {
      counters = List.copyOf(counters);
    }
  }

  /** Meaning of a coordinate after those of the model. */
  public enum Counter {
    /** The server named a counter that this version does not know. */
    UNKNOWN,
    /** The weight of the device. */
    WEIGHT
  }

  /**
   * Coordinates that devices mask and upload: those of the model, then counters, then the clipping
   * bit.
   *
   * @return at least {@code vectorLength}
   */
  public int coordinates() {
    return vectorLength
        + weighting.map(terms -> terms.counters().size()).orElse(0)
        + (clippingBit().isPresent() ? 1 : 0);
  }

  /**
   * The clipping bit of a round with adaptive clipping.
   *
   * @return empty in a round whose clipping norm is fixed
   */
  public Optional<ClippingBit> clippingBit() {
    return differentialPrivacy.flatMap(DifferentialPrivacy::clippingBit);
  }

  /**
   * What secure aggregation assumes, and the commitment to the graph nonce.
   *
   * @param adversary what the server is assumed to do
   * @param corruptFraction of the devices that may collude with the server
   * @param dropoutFraction of the devices that may drop out
   * @param securityBits minus log2 of the probability that secrecy fails
   * @param correctnessBits minus log2 of the probability that the sum cannot be unmasked
   * @param reconstructionThreshold least fraction of neighbours that rebuild a secret
   * @param graphNonceCommitment hash of the nonce from which the graph is drawn
   * @param maxGroupSize most devices in a group; 0: the roster is not split
   * @param minGroupSurvivors a group with fewer survivors is left out; 0 without groups
   */
  public record SecureAggregation(
      AdversaryModel adversary,
      double corruptFraction,
      double dropoutFraction,
      int securityBits,
      int correctnessBits,
      double reconstructionThreshold,
      Bytes graphNonceCommitment,
      int maxGroupSize,
      int minGroupSurvivors) {}

  /**
   * Noise on the sum.
   *
   * @param noiseMultiplier that the round is charged at; without a clipping bit the standard
   *     deviation divided by the clipping norm
   * @param placement who adds it
   * @param clippingBit that shares it with the update
   */
  public record DifferentialPrivacy(
      double noiseMultiplier, NoisePlacement placement, Optional<ClippingBit> clippingBit) {}

  /**
   * A last coordinate that says whether the update was within the clipping norm.
   *
   * @param noise standard deviation of the noise on the sum of bits of +-1/2
   */
  public record ClippingBit(double noise) {}

  /** Who adds the noise. */
  public enum NoisePlacement {
    /** The server named a placement that this version does not know. */
    UNKNOWN,
    /** The aggregator adds integer noise to the unmasked sum. */
    SERVER,
    /** Every device adds a share of Skellam noise to its update before it masks it. */
    DISTRIBUTED
  }

  /**
   * The end of each step.
   *
   * @param advertise end of the step that publishes keys
   * @param share end of the step that hands over shares
   * @param upload end of uploading
   * @param signSurvivors end of the step that confirms survivors
   * @param reveal end of the step that reveals shares
   */
  public record Deadlines(
      Instant advertise, Instant share, Instant upload, Instant signSurvivors, Instant reveal) {}

  /**
   * What the trainer needs to know.
   *
   * @param algorithm for example {@code fedavg}
   * @param localEpochs passes over the local data
   * @param learningRate step size of the device
   * @param roundNumber within the job, from 1
   * @param proximalMu 0 unless the algorithm is fedprox
   */
  public record Training(
      String algorithm, int localEpochs, double learningRate, int roundNumber, double proximalMu) {}
}
