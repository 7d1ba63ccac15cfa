package com.octomil.examples;

import com.octomil.privacy.federation.Federation;
import com.octomil.privacy.federation.PrivacyConfiguration;
import com.octomil.privacy.federation.PrivacyInForce;
import com.octomil.privacy.federation.TrainingOrder;
import com.octomil.privacy.federation.TrainingResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The operator's side of {@link EnergyDevices}: configures privacy, stores initial weights, trains,
 * and prints the final model.
 *
 * <pre>
 * java -cp 'cli/target/lib/*' EnergyTraining.java BUDGET_URL AGGREGATOR_URL API_KEY_FILE FEDERATION
 * </pre>
 */
public final class EnergyTraining {

  private EnergyTraining() {}

  // Tutorial: training begins
  static TrainingResult train(Federation federation) throws InterruptedException {
    PrivacyInForce privacy =
        federation.putPrivacy(
            new PrivacyConfiguration(
                PrivacyConfiguration.DifferentialPrivacy.of(4.0, 1e-5, 3.0, 1.0),
                PrivacyConfiguration.SecureAggregation.of(30, 0.6),
                40, // devices that a round is expected to have
                null,
                null));
    System.out.println("rounds within the budget: " + privacy.meaning().roundsAffordable());

    // Four weights, as many as the trainer uses; training starts where you say.
    federation.putModel("demand", new float[4]);
    return federation.train(
        new TrainingOrder("demand", "fedavg", 5, 30).withLocalTraining(5, 0.2),
        job -> System.err.println("rounds completed: " + job.roundsCompleted()));
  }

  // Tutorial: training ends

  /**
   * Trains and prints the model.
   *
   * @param arguments addresses of budget service and aggregator, a file with an API key, and the
   *     name of the federation
   * @throws Exception if a service refuses or does not answer
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 4) {
      System.err.println("usage: EnergyTraining BUDGET_URL AGGREGATOR_URL API_KEY_FILE FEDERATION");
      System.exit(2);
    }
    String key = Files.readString(Path.of(arguments[2])).strip();
    TrainingResult result =
        train(Federation.connect(arguments[0], arguments[1], key, arguments[3]));
    System.out.println(
        "training " + result.job().state() + ", epsilon spent " + result.budget().epsilonSpent());
    System.out.println("weights " + Arrays.toString(result.weights().orElseThrow()));
  }
}
