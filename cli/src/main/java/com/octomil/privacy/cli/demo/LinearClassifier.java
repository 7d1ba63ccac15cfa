package com.octomil.privacy.cli.demo;

/**
 * Logistic regression: one linear score with a bias for two classes, one for each class with a
 * softmax for more. A model is a vector of floats: for each score the weights of the features and
 * then the bias. Stateless and thread-safe.
 */
public final class LinearClassifier {

  private final int features;
  private final int classes;
  private final int scores;

  /**
   * A classifier for this kind of data.
   *
   * @param like tells the number of features and classes
   */
  public LinearClassifier(Dataset like) {
    this.features = like.features();
    this.classes = like.classes();
    this.scores = classes == 2 ? 1 : classes;
  }

  /**
   * Length of a model.
   *
   * @return number of floats
   */
  public int parameters() {
    return scores * (features + 1);
  }

  /**
   * The model that training starts from.
   *
   * @return all zero, which needs no secret and no luck
   */
  public float[] initialModel() {
    return new float[parameters()];
  }

  /**
   * Full-batch gradient descent on the mean cross entropy, plus the proximal term {@code proximalMu
   * / 2 |w - model|^2} of FedProx.
   *
   * @param model where to start; unchanged
   * @param data at least one sample
   * @param epochs steps to take
   * @param learningRate size of a step
   * @param proximalMu 0: no proximal term
   * @return trained model minus {@code model}
   */
  public double[] update(
      float[] model, Dataset data, int epochs, double learningRate, double proximalMu) {
    if (data.size() == 0) {
      throw new IllegalArgumentException("data is empty; training needs at least one sample");
    }
    double[] weights = widen(model);
    double[] probabilities = new double[classes];
    for (int epoch = 0; epoch < epochs; epoch++) {
      double[] gradient = new double[weights.length];
      for (Sample sample : data.samples()) {
        probabilities(weights, sample, probabilities);
        addGradient(gradient, sample, probabilities);
      }
      for (int i = 0; i < weights.length; i++) {
        weights[i] -=
            learningRate * (gradient[i] / data.size() + proximalMu * (weights[i] - model[i]));
      }
    }
    for (int i = 0; i < weights.length; i++) {
      weights[i] -= model[i];
    }
    return weights;
  }

  private void addGradient(double[] gradient, Sample sample, double[] probabilities) {
    for (int score = 0; score < scores; score++) {
      int label = scores == 1 ? 1 : score;
      double error = probabilities[label] - (sample.label() == label ? 1 : 0);
      int offset = score * (features + 1);
      for (int i = 0; i < features; i++) {
        gradient[offset + i] += error * sample.feature(i);
      }
      gradient[offset + features] += error;
    }
  }

  private void probabilities(double[] weights, Sample sample, double[] into) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int label = 0; label < classes; label++) {
      // With one score the other class has the score 0.
      into[label] = scores == 1 && label == 0 ? 0 : score(weights, scores == 1 ? 0 : label, sample);
      largest = Math.max(largest, into[label]);
    }
    double sum = 0;
    for (int label = 0; label < classes; label++) {
      into[label] = Math.exp(into[label] - largest);
      sum += into[label];
    }
    for (int label = 0; label < classes; label++) {
      into[label] /= sum;
    }
  }

  private double score(double[] weights, int score, Sample sample) {
    int offset = score * (features + 1);
    double sum = weights[offset + features];
    for (int i = 0; i < features; i++) {
      sum += weights[offset + i] * sample.feature(i);
    }
    return sum;
  }

  /**
   * How well a model fits.
   *
   * @param model the model
   * @param data at least one sample
   * @return mean cross entropy in nats and fraction of right answers
   */
  public Fit evaluate(float[] model, Dataset data) {
    double[] weights = widen(model);
    double[] probabilities = new double[classes];
    double loss = 0;
    int right = 0;
    for (Sample sample : data.samples()) {
      probabilities(weights, sample, probabilities);
      loss -= Math.log(Math.max(probabilities[sample.label()], Double.MIN_NORMAL));
      int best = 0;
      for (int label = 1; label < classes; label++) {
        if (probabilities[label] > probabilities[best]) {
          best = label;
        }
      }
      right += best == sample.label() ? 1 : 0;
    }
    return new Fit(loss / data.size(), (double) right / data.size());
  }

  private double[] widen(float[] model) {
    if (model.length != parameters()) {
      throw new IllegalArgumentException(
          "the model has " + model.length + " coordinates; expected " + parameters());
    }
    double[] weights = new double[model.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = model[i];
    }
    return weights;
  }

  /**
   * How well a model fits.
   *
   * @param loss mean cross entropy in nats
   * @param accuracy fraction of right answers
   */
  public record Fit(double loss, double accuracy) {}
}
