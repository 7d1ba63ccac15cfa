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
}
