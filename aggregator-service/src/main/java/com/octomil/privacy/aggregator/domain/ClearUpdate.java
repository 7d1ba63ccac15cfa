package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.dp.sensitivity.AdaptiveClipping;
import com.octomil.privacy.dp.sensitivity.ClippedWeight;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/**
 * Shape of an update in a round without secure aggregation: binary32 values, little-endian, and in
 * a round with weighting the weight as an unsigned integer of four octets, little-endian.
 */
public final class ClearUpdate {
  private ClearUpdate() {}

  /** Octets of an update of {@code length} coordinates. */
  public static long bytes(int length, Optional<Weighting> weighting) {
    return (long) length * Float.BYTES + (weighting.isPresent() ? Integer.BYTES : 0);
  }

  /** Why a payload of the right length is no update, if it is none. */
  public static Optional<String> defect(byte[] payload, Optional<Weighting> weighting) {
    return Weights.defect(values(payload, weighting))
        .or(() ->
            weighting
                .filter(terms -> weight(payload) < 1 || weight(payload) > terms.maxWeight())
                .map(terms ->
                    "ends with the weight "
                        + Integer.toUnsignedString(weight(payload))
                        + "; it must be between 1 and "
                        + terms.maxWeight()));
  }

  /**
   * Clips, weighs and rounds an update; counters and the clipping bit follow the coordinates of the
   * model, as with secure aggregation.
   */
  public static int[] encode(byte[] payload, OpenRound round, SecureRandom random) {
    int[] encoded = encode(payload, round.encoding(), round.weighting(), random);
    if (!round.clippingBit()) {
      return encoded;
    }
    int[] extended = Arrays.copyOf(encoded, encoded.length + 1);
    extended[encoded.length] = clippingBit(payload, round.encoding(), round.weighting());
    return extended;
  }

  /** +1 if the update, before it is clipped or weighed, is within the norm, else -1. */
  static int clippingBit(byte[] payload, Encoding encoding, Optional<Weighting> weighting) {
    return AdaptiveClipping.bit(Weights.decode(values(payload, weighting)), encoding.clipNorm());
  }

  static int[] encode(
      byte[] payload, Encoding encoding, Optional<Weighting> weighting, SecureRandom random) {
    float[] update = Weights.decode(values(payload, weighting));
    if (weighting.isEmpty()) {
      return encoding.encoder().encode(update, random);
    }
    Weighting terms = weighting.get();
    ClippedWeight weight = new ClippedWeight(weight(payload), terms.maxWeight());
    int[] encoded = encoding.encoder().encode(weight.apply(update, encoding.clipNorm()), random);
    if (!terms.counted()) {
      return encoded;
    }
    int[] counted = Arrays.copyOf(encoded, encoded.length + 1);
    counted[encoded.length] = weight.weight();
    return counted;
  }

  private static byte[] values(byte[] payload, Optional<Weighting> weighting) {
    return weighting.isEmpty()
        ? payload
        : Arrays.copyOf(payload, Math.max(0, payload.length - Integer.BYTES));
  }

  private static int weight(byte[] payload) {
    return ByteBuffer.wrap(payload)
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt(payload.length - Integer.BYTES);
  }
}
