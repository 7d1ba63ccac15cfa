package com.octomil.privacy.cli.demo;

import com.octomil.privacy.device.transport.Admission;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Step;
import java.io.Serial;
import java.util.Optional;

/**
 * The network of one simulated device. In the rounds that the plan names it breaks down before the
 * call that the plan names, and no further call of that round gets through. Used by one device at a
 * time.
 */
final class VanishingTransport extends ForwardingTransport {

  private final int device;
  private final DropoutPlan plan;
  private final Dropouts dropouts;
  private final RoundClock rounds;
  private Optional<Step> vanishesBefore = Optional.empty();
  private boolean vanished;
  private int round;

  VanishingTransport(
      DeviceTransport network, int device, DropoutPlan plan, Dropouts dropouts, RoundClock rounds) {
    super(network);
    this.device = device;
    this.plan = plan;
    this.dropouts = dropouts;
    this.rounds = rounds;
  }

  /** The device has vanished from this round. */
  static final class Vanished extends RuntimeException {
    @Serial private static final long serialVersionUID = 1L;

    Vanished(int device, int round, Step step) {
      super(
          "device " + device + " vanished from round " + round + " before " + step.id(),
          null,
          false,
          false);
    }
  }

  /** The round that the device was last admitted to; 0 before the first. */
  int round() {
    return round;
  }

  /** Whether the device has vanished from the round that it was last admitted to. */
  boolean vanishedFromCurrentRound() {
    return vanished;
  }

  @Override
  public Reply<Admission> checkIn(String deviceToken, Bytes roundPublicKey) {
    Reply<Admission> reply = super.checkIn(deviceToken, roundPublicKey);
    if (reply instanceof Reply.Ready<Admission>(Admission admission)) {
      round = rounds.number(admission.parameters().training().roundNumber());
      vanished = false;
      // A device that checked in although the plan keeps it away vanishes at the next step instead.
      vanishesBefore = plan.stepOf(device, round).map(VanishingTransport::afterCheckIn);
    }
    return reply;
  }

  private static Step afterCheckIn(Step step) {
    return step == Step.CHECK_IN ? Step.ADVERTISE : step;
  }

  @Override
  protected void before(Step step) {
    if (step == Step.ENROLL || step == Step.CHECK_IN) {
      return;
    }
    if (!vanished && vanishesBefore.isPresent() && step.compareTo(vanishesBefore.get()) >= 0) {
      vanished = true;
      dropouts.add(device, round);
    }
    if (vanished) {
      throw new Vanished(device, round, step);
    }
  }
}
