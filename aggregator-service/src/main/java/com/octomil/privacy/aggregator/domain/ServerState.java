package com.octomil.privacy.aggregator.domain;

import java.util.Optional;

/**
 * A model version and what the server's algorithm remembers with it.
 *
 * @param weights not copied
 * @param moments of FedAdam; empty for versions that it did not make
 * @param norm of adaptive clipping; empty for versions that no round with it made
 */
@SuppressWarnings("ArrayRecordComponent") // as large as a model
public record ServerState(float[] weights, Optional<Moments> moments, Optional<ClippingNorm> norm) {

  /** Without adaptive clipping. */
  public ServerState(float[] weights, Optional<Moments> moments) {
    this(weights, moments, Optional.empty());
  }

  /**
   * The state after a round, by post-processing of its released sum. Only additions,
   * multiplications, divisions and square roots of binary64, which IEEE 754 rounds correctly, and
   * one rounding of each weight to binary32: the same bits on every machine, whenever it is
   * repeated.
   *
   * @param average the average update
   * @throws ArithmeticException if a weight leaves the range of binary32
   */
  public ServerState after(
      double[] average, JobId job, Algorithm algorithm, double serverLearningRate) {
    return switch (algorithm) {
      case Algorithm.FedAvg a ->
          new ServerState(add(average, serverLearningRate), Optional.empty());
      case Algorithm.FedProx p ->
          new ServerState(add(average, serverLearningRate), Optional.empty());
      case Algorithm.FedAdam(double beta1, double beta2, double tau) -> {
        Moments next =
            moments
                .filter(known -> known.job().equals(job))
                .orElseGet(() -> Moments.initial(job, weights.length, tau))
                .after(average, beta1, beta2);
        double[] direction = new double[weights.length];
        for (int i = 0; i < direction.length; i++) {
          direction[i] = next.direction(i, tau);
        }
        yield new ServerState(add(direction, serverLearningRate), Optional.of(next));
      }
    };
  }

  /**
   * The same, and the norm moved by what the round released of its clipping bits.
   *
   * @param bits empty: the round had a fixed norm
   */
  public ServerState after(
      double[] average,
      Optional<ClippingBits> bits,
      JobId job,
      Algorithm algorithm,
      double serverLearningRate) {
    ServerState next = after(average, job, algorithm, serverLearningRate);
    return new ServerState(
        next.weights(), next.moments(), bits.map(released -> released.next(norm, job)));
  }

  private float[] add(double[] direction, double factor) {
    float[] next = new float[weights.length];
    for (int i = 0; i < next.length; i++) {
      next[i] = (float) (weights[i] + factor * direction[i]);
      if (!Float.isFinite(next[i])) {
        throw new ArithmeticException("weight " + i + " left the range of binary32");
      }
    }
    return next;
  }
}
