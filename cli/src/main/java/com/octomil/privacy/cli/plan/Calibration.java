package com.octomil.privacy.cli.plan;

/**
 * Time of single operations in one thread, from which rounds are estimated.
 *
 * @param agreementNanos one X25519 agreement
 * @param signatureNanos one Ed25519 signature
 * @param verificationNanos one Ed25519 verification
 * @param fieldNanos one multiplication and addition in the field of the secret shares
 * @param maskNanosPerByte expanding one byte of a mask and adding it
 * @param encodeNanosPerCoordinate clipping, rounding and packing one coordinate on a device
 * @param addNanosPerCoordinate adding one packed coordinate to the sum on the server
 */
record Calibration(
    double agreementNanos,
    double signatureNanos,
    double verificationNanos,
    double fieldNanos,
    double maskNanosPerByte,
    double encodeNanosPerCoordinate,
    double addNanosPerCoordinate) {

  /**
   * Processor time, the lower median of the runs in {@code docs/benchmarks/secagg.md}: one thread
   * of an Intel Xeon at 2.5 GHz with AES-NI but without vector AES, JDK 25.
   */
  static final Calibration REFERENCE =
      new Calibration(110_000, 46_000, 138_000, 5.3, 0.36, 13, 2.0);
}
