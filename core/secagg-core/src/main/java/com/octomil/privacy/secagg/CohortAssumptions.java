package com.octomil.privacy.secagg;

import com.octomil.privacy.secagg.internal.Checks;
import java.util.Objects;

/**
 * What a round is built to withstand.
 *
 * @param adversary behaviour of the server
 * @param corruptFraction gamma, the share of devices that collude with the server, {@code 0 <=
 *     gamma < 1}
 * @param dropoutFraction delta, the share of devices that drop out, {@code 0 <= delta < 1}
 * @param securityBits sigma: the privacy guarantee fails with probability at most 2^-sigma; 1 to
 *     256
 * @param correctnessBits eta: a round within the assumed drop-outs fails with probability at most
 *     2^-eta; 1 to 256
 */
public record CohortAssumptions(
    AdversaryModel adversary,
    double corruptFraction,
    double dropoutFraction,
    int securityBits,
    int correctnessBits) {
  /** sigma when nothing else is asked for. */
  public static final int DEFAULT_SECURITY_BITS = 40;

  /** eta when nothing else is asked for. */
  public static final int DEFAULT_CORRECTNESS_BITS = 20;

  public CohortAssumptions {
    Objects.requireNonNull(adversary, "adversary");
    Checks.fraction("corrupt_fraction", corruptFraction);
    Checks.fraction("dropout_fraction", dropoutFraction);
    Checks.range("security_bits", securityBits, 1, 256);
    Checks.range("correctness_bits", correctnessBits, 1, 256);
  }

  /** {@code floor(corruptFraction * cohort)}, the product in IEEE 754 binary64. */
  public int corrupt(int cohort) {
    return (int) Math.floor(corruptFraction * cohort);
  }

  /** {@code floor(dropoutFraction * cohort)}, the product in IEEE 754 binary64. */
  public int dropouts(int cohort) {
    return (int) Math.floor(dropoutFraction * cohort);
  }
}
