package com.octomil.privacy.cli.demo;

import com.octomil.privacy.device.transport.Step;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Which device vanishes before which call of which round. In every round the same number of devices
 * is drawn, each with a step of its own; the draw depends on nothing but the seed and the round.
 *
 * @param devices number of devices
 * @param share fraction of them that drops out of a round
 * @param steps steps at which a device may vanish
 * @param seed of the draw; not a secret
 */
record DropoutPlan(int devices, double share, List<Step> steps, long seed) {

  /** Steps at which a device with secure aggregation can vanish. */
  static final List<Step> SECURE_STEPS =
      List.of(
          Step.CHECK_IN,
          Step.ADVERTISE,
          Step.SUBMIT_SHARES,
          Step.UPLOAD,
          Step.SIGN_SURVIVORS,
          Step.REVEAL);

  /** Steps at which a device can vanish when updates go up in clear. */
  static final List<Step> CLEAR_STEPS = List.of(Step.CHECK_IN, Step.UPLOAD);

  DropoutPlan {
    steps = List.copyOf(steps);
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "share is " + share + "; it must be at least 0 and below 1");
    }
  }

  /**
   * Where a device vanishes.
   *
   * @param device index from 0
   * @param round from 1
   * @return the call that it does not make, or empty if it stays
   */
  Optional<Step> stepOf(int device, int round) {
    RandomGenerator random =
        RandomGeneratorFactory.of("L64X128MixRandom").create(seed * 1_000_003 + round);
    // Consecutive steps from a random one, so that a few drop-outs already touch different steps.
    int firstStep = random.nextInt(steps.size());
    int[] order = new int[devices];
    for (int i = 0; i < devices; i++) {
      order[i] = i;
    }
    int dropping = (int) Math.round(share * devices);
    // The first positions of a Fisher-Yates shuffle are a draw without replacement.
    for (int i = 0; i < dropping; i++) {
      int j = random.nextInt(i, devices);
      int chosen = order[j];
      order[j] = order[i];
      order[i] = chosen;
      if (chosen == device) {
        return Optional.of(steps.get((firstStep + i) % steps.size()));
      }
    }
    return Optional.empty();
  }
}
