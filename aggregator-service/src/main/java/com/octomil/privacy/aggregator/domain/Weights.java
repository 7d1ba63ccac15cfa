package com.octomil.privacy.aggregator.domain;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;

/** Model weights on the wire: IEEE 754 binary32, little-endian. */
public final class Weights {
  private Weights() {}

  /** Why {@code octets} are not weights, if they are not. */
  public static Optional<String> defect(byte[] octets) {
    if (octets.length == 0) {
      return Optional.of("is empty; it must hold at least one little-endian binary32 value");
    }
    if (octets.length % Float.BYTES != 0) {
      return Optional.of(
          "has " + octets.length + " octets; the length must be a multiple of " + Float.BYTES);
    }
    FloatBuffer floats = view(octets);
    for (int i = 0; i < floats.limit(); i++) {
      if (!Float.isFinite(floats.get(i))) {
        return Optional.of(
            "has " + floats.get(i) + " at coordinate " + i + "; every value must be finite");
      }
    }
    return Optional.empty();
  }

  public static float[] decode(byte[] octets) {
    float[] values = new float[octets.length / Float.BYTES];
    view(octets).get(values);
    return values;
  }

  public static byte[] encode(float[] values) {
    byte[] octets = new byte[values.length * Float.BYTES];
    view(octets).put(values);
    return octets;
  }

  private static FloatBuffer view(byte[] octets) {
    return ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }
}
