package com.octomil.privacy.aggregator.domain;

import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Who is in the sum of a round, if there is one. Without groups the round fails as a whole. A group
 * that cannot be unmasked is left out, and the round goes on while enough devices remain.
 *
 * @param survivors roster indices of those in the sum; a fresh copy
 * @param leftOut groups that are left out, with the reason
 * @param abort why the round is over, if it is
 */
public record SurvivorVerdict(
    BitSet survivors, Map<Integer, Abort> leftOut, Optional<Abort> abort) {

  public SurvivorVerdict {
    survivors = (BitSet) survivors.clone();
    leftOut = Map.copyOf(leftOut);
  }

  @Override
  public BitSet survivors() {
    return (BitSet) survivors.clone();
  }

  /**
   * The verdict once uploads are closed.
   *
   * @param plan of a round with secure aggregation, over {@code uploaded}
   * @param uploaded whose uploads are durable
   */
  public static SurvivorVerdict onUploads(
      OpenRound round, Optional<UnmaskingPlan> plan, BitSet uploaded) {
    if (uploaded.cardinality() < round.minSurvivors() || plan.isEmpty()) {
      return new SurvivorVerdict(
          uploaded, Map.of(), tooFew(uploaded.cardinality(), "uploaded", round.minSurvivors()));
    }
    if (plan.get().groups() == 1) {
      return new SurvivorVerdict(uploaded, Map.of(), plan.get().infeasible(0));
    }
    int minimum = round.grouping().orElseThrow().minGroupSurvivors();
    Map<Integer, Abort> failed = new LinkedHashMap<>();
    for (int group = 0; group < plan.get().groups(); group++) {
      Optional<Abort> reason =
          tooFew(plan.get().survivors(group).cardinality(), "of the group uploaded", minimum);
      if (reason.isEmpty()) {
        reason = plan.get().infeasible(group);
      }
      if (reason.isPresent()) {
        failed.put(group, reason.get());
      }
    }
    return without(round, plan.get(), failed);
  }

  /** The verdict over those survivors of {@code plan} that are in no failed group. */
  public static SurvivorVerdict without(
      OpenRound round, UnmaskingPlan plan, Map<Integer, Abort> failed) {
    BitSet remaining = plan.survivors();
    failed.keySet().forEach(group -> remaining.andNot(plan.survivors(group)));
    return new SurvivorVerdict(
        remaining,
        failed,
        tooFew(
            remaining.cardinality(), "are in groups that can be unmasked", round.minSurvivors()));
  }

  private static Optional<Abort> tooFew(int count, String did, int minimum) {
    return count >= minimum
        ? Optional.empty()
        : Optional.of(
            new Abort(
                AbortReason.TOO_FEW_DEVICES,
                count + " devices " + did + "; the minimum is " + minimum + "."));
  }
}
