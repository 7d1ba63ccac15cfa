package com.octomil.privacy.aggregator.domain;

/** Federated training algorithm, with what it alone needs. */
public sealed interface Algorithm {

  /** The name on the wire, for example {@code fedavg}. */
  String id();

  /**
   * Federated averaging (McMahan et al. 2017): devices train locally, the server adds the average
   * update.
   */
  record FedAvg() implements Algorithm {
    public static final String ID = "fedavg";

    @Override
    public String id() {
      return ID;
    }
  }

  /**
   * Federated averaging where the local loss has the proximal term mu/2 |w - w_0|^2 around the
   * model of the round (Li et al. 2020, arXiv 1812.06127); the server does the same as for FedAvg.
   *
   * @param proximalMu mu, finite and greater than 0
   */
  record FedProx(double proximalMu) implements Algorithm {
    public static final String ID = "fedprox";

    public FedProx {
      if (!(proximalMu > 0 && Double.isFinite(proximalMu))) {
        throw new IllegalArgumentException(
            "proximal_mu is " + proximalMu + "; it must be finite and greater than 0");
      }
    }

    @Override
    public String id() {
      return ID;
    }
  }

  /**
   * Adaptive averaging (Reddi et al. 2021, arXiv 2003.00295, Algorithm 2): the server takes the
   * average update D for a gradient, m = beta1 m + (1 - beta1) D, v = beta2 v + (1 - beta2) D^2,
   * from m = 0 and v = tau^2, and adds serverLearningRate * m / (sqrt(v) + tau). Devices do the
   * same as for FedAvg.
   *
   * @param beta1 at least 0 and less than 1
   * @param beta2 at least 0 and less than 1
   * @param tau how little the step may adapt to small updates; {@value #MIN_TAU} to {@value
   *     #MAX_TAU}
   */
  record FedAdam(double beta1, double beta2, double tau) implements Algorithm {
    public static final String ID = "fedadam";
    public static final double MIN_TAU = 1e-12;
    public static final double MAX_TAU = 1e6;

    public FedAdam {
      decay("beta1", beta1);
      decay("beta2", beta2);
      if (!(tau >= MIN_TAU && tau <= MAX_TAU)) {
        throw new IllegalArgumentException(
            "tau is " + tau + "; it must be between " + MIN_TAU + " and " + MAX_TAU);
      }
    }

    private static void decay(String field, double value) {
      if (!(value >= 0 && value < 1)) {
        throw new IllegalArgumentException(
            field + " is " + value + "; it must be at least 0 and less than 1");
      }
    }

    @Override
    public String id() {
      return ID;
    }
  }
}
