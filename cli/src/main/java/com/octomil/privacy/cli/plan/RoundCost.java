package com.octomil.privacy.cli.plan;

import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.wire.BitPacking;
import java.time.Duration;

/**
 * What one round costs.
 *
 * @param ringBits width of a masked coordinate
 * @param updateBytes the packed masked update of one device
 * @param protocolBytes everything else a device sends: keys, encrypted shares, signatures, revealed
 *     shares
 * @param deviceCpu processor time of one device, without training
 * @param serverCpu processor time of the aggregator for adding and unmasking
 */
record RoundCost(
    int ringBits, long updateBytes, long protocolBytes, Duration deviceCpu, Duration serverCpu) {

  private static final int KEY_BYTES = 32;
  private static final int LIMBS = 5;

  // A certificate, two indices and the framing of messages, rounded up.
  private static final int CERTIFICATE_BYTES = 200;
  private static final int FRAMING_BYTES = 12;

  /**
   * Estimates a round.
   *
   * @param graph its neighbour graph
   * @param dropouts devices that drop out after sharing
   * @param modelSize coordinates of the model
   * @param ringBits width of a masked coordinate
   * @param calibration times of single operations
   */
  static RoundCost of(
      GraphParameters graph, int dropouts, int modelSize, int ringBits, Calibration calibration) {
    long n = graph.cohort();
    long k = graph.degree();
    long t = graph.threshold();
    long updateBytes =
        (long) BitPacking.packedLength(modelSize, ringBits) + SigningKeyPair.SIGNATURE_BYTES;
    long advert = 4L * KEY_BYTES + SigningKeyPair.SIGNATURE_BYTES + CERTIFICATE_BYTES;
    long sealed = 2L * Shamir.SHARE_BYTES + ShareCipher.OVERHEAD_BYTES + FRAMING_BYTES;
    long revealed = Shamir.SHARE_BYTES + (long) FRAMING_BYTES;
    long protocolBytes = advert + k * (sealed + revealed) + 2L * SigningKeyPair.SIGNATURE_BYTES;

    // Agreements with each neighbour: to seal a share, to open one, for the mask; and two key
    // pairs.
    double device = (3 * k + 2) * calibration.agreementNanos();
    // Each neighbour's advert, certificate and signature over the survivors.
    device += 3 * k * calibration.verificationNanos() + 4 * calibration.signatureNanos();
    device += 2.0 * LIMBS * k * t * calibration.fieldNanos();
    device += (k + 1.0) * modelSize * Integer.BYTES * calibration.maskNanosPerByte();
    device += modelSize * calibration.encodeNanosPerCoordinate();

    double survivors = n - dropouts;
    double survivingPairs = (double) dropouts * k * survivors / n;
    double server = survivors * modelSize * calibration.addNanosPerCoordinate();
    server +=
        (survivors + survivingPairs) * modelSize * Integer.BYTES * calibration.maskNanosPerByte();
    server += (survivingPairs + dropouts) * calibration.agreementNanos();
    // Signatures of uploads, survivor sets and reveals, then weights and limbs of every secret.
    server += 3 * survivors * calibration.verificationNanos();
    server += n * (2.0 * t * t + LIMBS * t) * calibration.fieldNanos();
    return new RoundCost(
        ringBits,
        updateBytes,
        protocolBytes,
        Duration.ofNanos((long) device),
        Duration.ofNanos((long) server));
  }

  /** All bytes that one device sends. */
  long uploadBytes() {
    return updateBytes + protocolBytes;
  }
}
