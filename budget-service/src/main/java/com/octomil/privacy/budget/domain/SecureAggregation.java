package com.octomil.privacy.budget.domain;

import com.octomil.privacy.secagg.AdversaryModel;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The secure-aggregation half of a configuration, as the operator wrote it.
 *
 * @param enabled whether devices mask their updates
 * @param minParticipatingClients fewer survivors abort the round
 * @param reconstructionThreshold fraction of a neighbourhood needed to rebuild a dropped device's
 *     masks
 * @param adversary what the server is assumed capable of
 * @param corruptFraction assumed fraction of devices that collude with the server
 * @param dropoutFraction assumed probability with which a device drops out
 * @param securityBits privacy fails with probability at most 2^-securityBits
 * @param correctnessBits an honest round within the assumed drop-outs fails with probability at
 *     most 2^-correctnessBits
 */
public record SecureAggregation(
    boolean enabled,
    @Nullable Integer minParticipatingClients,
    @Nullable BigDecimal reconstructionThreshold,
    AdversaryModel adversary,
    BigDecimal corruptFraction,
    BigDecimal dropoutFraction,
    int securityBits,
    int correctnessBits) {

  /** Refuses an enabled configuration that lacks a number. */
  public SecureAggregation {
    if (enabled && (minParticipatingClients == null || reconstructionThreshold == null)) {
      throw new IllegalArgumentException(
          "secure aggregation is enabled: min_participating_clients and reconstruction_threshold must be set");
    }
  }

  /**
   * The same values with every decimal in its shortest form, for comparing configurations by value.
   */
  SecureAggregation normalized() {
    return new SecureAggregation(
        enabled,
        minParticipatingClients,
        Decimals.shortest(reconstructionThreshold),
        adversary,
        corruptFraction.stripTrailingZeros(),
        dropoutFraction.stripTrailingZeros(),
        securityBits,
        correctnessBits);
  }
}
