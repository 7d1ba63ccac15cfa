package com.octomil.privacy.federation;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A training job and its rounds so far.
 *
 * @param id a UUID
 * @param federation name of the federation
 * @param model name of the model
 * @param algorithm for example {@code fedavg}
 * @param state {@code pending}, {@code running}, {@code paused}, {@code completed}, {@code failed}
 *     or {@code cancelled}
 * @param reason why it is paused or failed
 * @param pauseRequested whether it pauses once the round under way is over
 * @param roundsRequested rounds that were asked for
 * @param roundsCompleted rounds that were published
 * @param minUpdates fewest devices in a sum
 * @param cohort devices that a round waits for
 * @param modelVersion last published version
 * @param epsilonSpent by the federation's version after the last round
 * @param clipNorm clipping norm of the next round, once a round with adaptive clipping has ended
 * @param rounds every attempt; left out where jobs are listed
 */
public record TrainingJob(
    String id,
    String federation,
    String model,
    String algorithm,
    String state,
    @Nullable String reason,
    boolean pauseRequested,
    int roundsRequested,
    int roundsCompleted,
    int minUpdates,
    int cohort,
    @Nullable Integer modelVersion,
    @Nullable BigDecimal epsilonSpent,
    @Nullable Double clipNorm,
    @Nullable List<Round> rounds) {

  private static final Set<String> ACTIVE = Set.of("pending", "running");

  /**
   * Whether rounds are still to be expected without anybody's doing.
   *
   * @return true while it is pending or running
   */
  public boolean active() {
    return ACTIVE.contains(state);
  }

  /**
   * Whether all rounds were published.
   *
   * @return false while it runs and if it ended otherwise
   */
  public boolean completed() {
    return state.equals("completed");
  }

  /**
   * One attempt at a round; numbers are null until they are known.
   *
   * @param number within the job, from 1
   * @param attempt at this round, from 1
   * @param roundId identifier of the round
   * @param state for example {@code committed}
   * @param secureAggregation whether updates were masked
   * @param trainedOnVersion version of the model that devices got
   * @param denominator what the sum was divided by; null until it is known
   * @param totalExamples examples behind the sum, in rounds that count them
   * @param clipNorm L2 bound of an update
   * @param unclippedShare share of updates within it, released with noise, with adaptive clipping
   * @param checkedIn devices that checked in; null until it is known
   * @param cohort devices on the roster; null until it is known
   * @param survivors devices in the sum; null until it is known
   * @param groups groups that the roster was split into, with secure aggregation
   * @param groupsLeftOut groups that are not in the sum
   * @param dropped devices that dropped out, by step
   * @param faults devices that sent what does not fit
   * @param modelVersion version that the round made; null without one
   * @param epsilonSpent by all rounds up to this one; null without differential privacy
   * @param abortReason why it was aborted; null unless it was
   * @param abortDetail the same for people; null unless it was
   */
  public record Round(
      int number,
      int attempt,
      String roundId,
      String state,
      boolean secureAggregation,
      int trainedOnVersion,
      @Nullable Double denominator,
      @Nullable Long totalExamples,
      @Nullable Double clipNorm,
      @Nullable Double unclippedShare,
      @Nullable Integer checkedIn,
      @Nullable Integer cohort,
      @Nullable Integer survivors,
      @Nullable Integer groups,
      @Nullable Integer groupsLeftOut,
      @Nullable Dropped dropped,
      @Nullable List<Fault> faults,
      @Nullable Integer modelVersion,
      @Nullable BigDecimal epsilonSpent,
      @Nullable String abortReason,
      @Nullable String abortDetail) {}

  /**
   * A device that sent shares that do not fit.
   *
   * @param participantId its pseudonym in the round, hexadecimal
   * @param kind {@code wrong_shares} or {@code unopened_shares}
   * @param occurrences secrets or neighbours concerned
   */
  public record Fault(String participantId, String kind, int occurrences) {}

  /**
   * Devices that dropped out, by the step that they did not finish.
   *
   * @param advertise devices that published no keys
   * @param share devices that handed over no shares
   * @param upload devices that did not upload
   * @param signSurvivors devices that did not confirm the survivors
   * @param reveal devices that revealed nothing
   */
  public record Dropped(
      @Nullable Integer advertise,
      @Nullable Integer share,
      @Nullable Integer upload,
      @Nullable Integer signSurvivors,
      @Nullable Integer reveal) {}
}
