package com.octomil.privacy.device;

import java.util.OptionalInt;

/**
 * Trains on the data of the device. Called in the thread of {@link FederatedDevice#participate()}.
 */
@FunctionalInterface
public interface LocalTrainer {

  /**
   * Trains once and returns the update: trained model minus {@code model}, coordinate by
   * coordinate, of the same length and finite throughout. An exception ends the participation and
   * reaches its caller.
   *
   * @param model coordinates of the model of the round; the trainer may change the array
   * @param instructions what the round asks for
   * @return the update
   */
  float[] train(float[] model, TrainingInstructions instructions);

  /**
   * Number of examples that the device trains on, at least 1; empty if it does not count. Asked for
   * in rounds that weigh updates by it, before the device commits itself; without an answer it
   * cannot take part in them. With secure aggregation the number never leaves the device but inside
   * the mask.
   *
   * @return the number, or empty
   */
  default OptionalInt examples() {
    return OptionalInt.empty();
  }
}
