package com.octomil.privacy.cli.demo;

import java.util.List;

/**
 * The same training without any privacy: federated averaging (McMahan et al. 2017) of every device
 * in every round, no clipping, no rounding, no noise, no drop-outs. The yardstick for what privacy
 * costs.
 */
final class PlainTraining {

  private PlainTraining() {}

  /**
   * Trains from the initial model.
   *
   * @param classifier the kind of model
   * @param slices data of the devices
   * @param rounds rounds of averaging
   * @param settings of the devices
   * @return the model after the last round
   */
  static float[] run(
      LinearClassifier classifier, List<Dataset> slices, int rounds, Hyperparameters settings) {
    float[] model = classifier.initialModel();
    for (int round = 0; round < rounds; round++) {
      double[] sum = new double[model.length];
      for (Dataset slice : slices) {
        double[] update =
            classifier.update(model, slice, settings.localEpochs(), settings.learningRate(), 0);
        for (int i = 0; i < sum.length; i++) {
          sum[i] += update[i];
        }
      }
      for (int i = 0; i < model.length; i++) {
        model[i] += (float) (sum[i] / slices.size());
      }
    }
    return model;
  }
}
