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
   * Measured with {@code benchmarks} on one thread of an Intel Xeon at 2.5 GHz with AES-NI but
   * without vector AES, JDK 25; a processor with vector AES expands masks several times faster.
   */
  static final Calibration REFERENCE = new Calibration(80_000, 32_000, 75_000, 2.5, 0.42, 12, 1.0);
}
