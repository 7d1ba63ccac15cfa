package com.octomil.privacy.dp.internal.loss;

/**
 * Certified discretisation of a privacy loss: masses on multiples of a step.
 *
 * <p>{@code upper*} has a hockey-stick curve that is nowhere below the true one, {@code lower*} one
 * that is nowhere above it; both properties survive composition, since the curve of a composition
 * is a mixture with non-negative weights of shifted curves of its parts. Forward masses belong to
 * the losses {@code indices[i] * step}, backward masses (the two distributions exchanged) to {@code
 * -indices[i] * step}.
 *
 * @param step width of the lattice, a power of two
 * @param indices increasing lattice indices
 * @param infiniteForward mass at infinity, forward
 * @param infiniteBackward mass at infinity, backward
 * @param lossError bound on how far a dot or vertex may be from its nominal loss
 */
public record LossLattice(
    double step,
    long[] indices,
    double[] upperForward,
    double[] lowerForward,
    double[] upperBackward,
    double[] lowerBackward,
    double infiniteForward,
    double infiniteBackward,
    double lossError) {

  /** The same with the two directions exchanged. */
  public LossLattice reversed() {
    int n = indices.length;
    long[] mirrored = new long[n];
    for (int i = 0; i < n; i++) {
      mirrored[i] = -indices[n - 1 - i];
    }
    return new LossLattice(
        step,
        mirrored,
        reversed(upperBackward),
        reversed(lowerBackward),
        reversed(upperForward),
        reversed(lowerForward),
        infiniteBackward,
        infiniteForward,
        lossError);
  }

  private static double[] reversed(double[] masses) {
    int n = masses.length;
    double[] result = new double[n];
    for (int i = 0; i < n; i++) {
      result[i] = masses[n - 1 - i];
    }
    return result;
  }
}
