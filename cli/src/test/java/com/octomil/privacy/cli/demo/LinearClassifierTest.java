package com.octomil.privacy.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class LinearClassifierTest {

  @Test
  void oneStepOfLogisticRegressionIsTheFormula() {
    Dataset data = new Dataset(List.of(new Sample(new double[] {2, -1}, 1)), 2, 2);
    LinearClassifier classifier = new LinearClassifier(data);

    double[] update = classifier.update(classifier.initialModel(), data, 1, 0.1, 0);

    // (1 - sigmoid(0)) times the features and the bias.
    assertThat(update).containsExactly(new double[] {0.1, -0.05, 0.05}, within(1e-12));
  }

  @Test
  void theGradientOfTheSoftmaxMatchesFiniteDifferences() {
    Dataset data =
        new Dataset(
            List.of(
                new Sample(new double[] {0.3, -0.7}, 0),
                new Sample(new double[] {-1.1, 0.4}, 1),
                new Sample(new double[] {0.9, 0.2}, 2)),
            2,
            3);
    LinearClassifier classifier = new LinearClassifier(data);
    float[] model = {0.5f, -0.25f, 0.125f, 0.75f, 0.5f, -0.5f, -1f, 0.25f, 0f};

    double[] step = classifier.update(model, data, 1, 1, 0);

    for (int i = 0; i < model.length; i++) {
      float h = 1f / 256;
      float[] above = model.clone();
      float[] below = model.clone();
      above[i] += h;
      below[i] -= h;
      double slope =
          (classifier.evaluate(above, data).loss() - classifier.evaluate(below, data).loss())
              / (2 * h);
      assertThat(step[i]).isCloseTo(-slope, within(1e-5));
    }
  }

  @Test
  void theProximalTermPullsBackToTheModelOfTheRound() {
    Dataset data = new Dataset(List.of(new Sample(new double[] {2, -1}, 1)), 2, 2);
    LinearClassifier classifier = new LinearClassifier(data);
    float[] start = classifier.initialModel();

    // Nothing pulls in the first step; in the second learningRate * mu of the first is taken back.
    double[] one = classifier.update(start, data, 1, 0.1, 3);
    assertThat(one).isEqualTo(classifier.update(start, data, 1, 0.1, 0));
    double[] free = classifier.update(start, data, 2, 0.1, 0);
    double[] pulled = classifier.update(start, data, 2, 0.1, 3);
    for (int i = 0; i < free.length; i++) {
      assertThat(pulled[i]).isCloseTo(free[i] - 0.1 * 3 * one[i], within(1e-12));
    }
  }

  @Test
  void theInitialModelKnowsNothing() {
    Dataset data = Source.DIGITS.load();
    LinearClassifier classifier = new LinearClassifier(data);

    LinearClassifier.Fit fit = classifier.evaluate(classifier.initialModel(), data);

    assertThat(fit.loss()).isCloseTo(Math.log(10), within(1e-12));
    assertThat(fit.accuracy()).isCloseTo(178.0 / 1797, within(1e-12));
  }

  @Test
  void plainTrainingLearnsBothDataSets() {
    for (Source source : Source.values()) {
      Partition partition = Partition.of(source.load(), 57, 20260101);
      LinearClassifier classifier = new LinearClassifier(partition.test());

      float[] model =
          PlainTraining.run(classifier, partition.slices(), 10, source.hyperparameters());

      assertThat(classifier.evaluate(model, partition.test()).accuracy())
          .as(source.toString())
          .isGreaterThan(0.92);
    }
  }
}
