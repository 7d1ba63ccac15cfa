package com.octomil.privacy.device;

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
   */
  float[] train(float[] model, TrainingInstructions instructions);
}
