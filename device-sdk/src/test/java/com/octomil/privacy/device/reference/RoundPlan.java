package com.octomil.privacy.device.reference;

import com.octomil.privacy.proto.secagg.v1.AdversaryModel;
import com.octomil.privacy.secagg.Grouping;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One round of the reference server. A phase ends as soon as as many devices as expected have
 * answered, so that no test waits for a clock.
 *
 * @param model coordinates of the model
 * @param adverts devices expected to advertise
 * @param shares devices expected to share
 * @param uploads devices expected to upload
 * @param signatures devices expected to confirm the survivors
 * @param reveals devices expected to reveal
 * @param noiseMultiplier stated in the parameters; the server adds no noise, so that sums can be
 *     compared exactly
 * @param maxWeight cap of weights in a round that weighs and counts them
 * @param grouping how the roster is split; the server expects every group to succeed
 */
public record RoundPlan(
    float[] model,
    boolean secure,
    int targetCohort,
    int minSurvivors,
    double dropoutFraction,
    AdversaryModel adversary,
    Optional<Double> noiseMultiplier,
    int adverts,
    int shares,
    int uploads,
    int signatures,
    int reveals,
    OptionalInt maxWeight,
    Optional<Grouping> grouping) {

  public static final double CLIP_NORM = 1.0;
  public static final double GRID_STEP = 0x1p-10;

  /** All devices do everything. */
  public static RoundPlan of(int devices, float[] model) {
    return new RoundPlan(
        model,
        true,
        devices,
        3,
        0.3,
        AdversaryModel.ADVERSARY_MODEL_SEMI_MALICIOUS,
        Optional.empty(),
        devices,
        devices,
        devices,
        devices,
        devices,
        OptionalInt.empty(),
        Optional.empty());
  }

  /** With devices that drop out. */
  public RoundPlan expecting(int adverts, int shares, int uploads, int signatures, int reveals) {
    return new RoundPlan(
        model,
        secure,
        targetCohort,
        minSurvivors,
        dropoutFraction,
        adversary,
        noiseMultiplier,
        adverts,
        shares,
        uploads,
        signatures,
        reveals,
        maxWeight,
        grouping);
  }

  /** Without secure aggregation. */
  public RoundPlan inClear() {
    return new RoundPlan(
        model,
        false,
        targetCohort,
        minSurvivors,
        dropoutFraction,
        adversary,
        noiseMultiplier,
        adverts,
        shares,
        uploads,
        signatures,
        reveals,
        maxWeight,
        grouping);
  }

  /** With other survivors required. */
  public RoundPlan withMinSurvivors(int value) {
    return new RoundPlan(
        model,
        secure,
        targetCohort,
        value,
        dropoutFraction,
        adversary,
        noiseMultiplier,
        adverts,
        shares,
        uploads,
        signatures,
        reveals,
        maxWeight,
        grouping);
  }

  /** With another assumed drop-out. */
  public RoundPlan withDropoutFraction(double value) {
    return new RoundPlan(
        model,
        secure,
        targetCohort,
        minSurvivors,
        value,
        adversary,
        noiseMultiplier,
        adverts,
        shares,
        uploads,
        signatures,
        reveals,
        maxWeight,
        grouping);
  }

  /** With updates that count as their number of examples. */
  public RoundPlan weighted(int cap) {
    return new RoundPlan(
        model,
        secure,
        targetCohort,
        minSurvivors,
        dropoutFraction,
        adversary,
        noiseMultiplier,
        adverts,
        shares,
        uploads,
        signatures,
        reveals,
        OptionalInt.of(cap),
        grouping);
  }

  /** With the roster split into groups. */
  public RoundPlan inGroups(int maxGroupSize, int minGroupSurvivors) {
    return new RoundPlan(
        model,
        secure,
        targetCohort,
        minSurvivors,
        dropoutFraction,
        adversary,
        noiseMultiplier,
        adverts,
        shares,
        uploads,
        signatures,
        reveals,
        maxWeight,
        Optional.of(new Grouping(maxGroupSize, minGroupSurvivors)));
  }
}
