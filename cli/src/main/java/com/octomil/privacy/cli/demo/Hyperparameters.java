package com.octomil.privacy.cli.demo;

/**
 * How devices train.
 *
 * @param localEpochs passes of a device over its own data in a round
 * @param learningRate step of gradient descent on the device
 * @param clipNorm L2 bound of one device's update
 */
public record Hyperparameters(int localEpochs, double learningRate, double clipNorm) {

  /** Refuses what would not train. */
  public Hyperparameters {
    if (localEpochs < 1 || !(learningRate > 0) || !(clipNorm > 0)) {
      throw new IllegalArgumentException(
          "local epochs, learning rate and clip norm must be positive: %d, %s, %s"
              .formatted(localEpochs, learningRate, clipNorm));
    }
  }
}
