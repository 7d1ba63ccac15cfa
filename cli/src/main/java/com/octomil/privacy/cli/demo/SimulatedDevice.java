package com.octomil.privacy.cli.demo;

import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.FederatedDevice;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.LocalTrainer;
import com.octomil.privacy.device.Participation;
import com.octomil.privacy.device.state.MemoryRoundStateStore;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.TransportException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * One device: takes part in round after round, except where the plan lets it vanish. Runs in one
 * thread.
 */
final class SimulatedDevice implements Runnable, AutoCloseable {

  private static final Duration PAUSE = Duration.ofMillis(200);

  private final int index;
  private final DeviceIdentity identity;
  private final VanishingTransport network;
  private final LocalPolicy policy;
  private final LocalTrainer trainer;
  private final SecureRandom random;
  private final DropoutPlan plan;
  private final Dropouts dropouts;
  private final RoundClock rounds;
  private final Map<String, Integer> complaints;

  SimulatedDevice(
      int index,
      DeviceIdentity identity,
      VanishingTransport network,
      LocalPolicy policy,
      LocalTrainer trainer,
      SecureRandom random,
      DropoutPlan plan,
      Dropouts dropouts,
      RoundClock rounds,
      Map<String, Integer> complaints) {
    this.index = index;
    this.identity = identity;
    this.network = network;
    this.policy = policy;
    this.trainer = trainer;
    this.random = random;
    this.plan = plan;
    this.dropouts = dropouts;
    this.rounds = rounds;
    this.complaints = complaints;
  }

  @Override
  public void run() {
    try {
      FederatedDevice device = boot();
      while (!Thread.currentThread().isInterrupted()) {
        int next = Math.max(rounds.current(), network.round() + 1);
        if (plan.stepOf(index, next).equals(Optional.of(Step.CHECK_IN))) {
          dropouts.add(index, next);
          rounds.awaitEndOf(next);
          continue;
        }
        try {
          Thread.sleep(pauseAfter(device.participate()));
        } catch (VanishingTransport.Vanished vanished) {
          // It comes back as after a power cut: with its identity and without a memory of the
          // round.
          device = boot();
          Thread.sleep(PAUSE);
        } catch (TransportException e) {
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
          // A device that came back is refused until the round it vanished from no longer admits
          // devices.
          if (network.vanishedFromCurrentRound()) {
            Thread.sleep(PAUSE);
          } else {
            complain("could not make a call (" + e.getMessage() + ")");
            Thread.sleep(PAUSE);
          }
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private FederatedDevice boot() {
    return FederatedDevice.builder()
        .transport(network)
        .identity(identity)
        .trainer(trainer)
        .policy(policy)
        .stateStore(new MemoryRoundStateStore())
        .random(random)
        .clock(Clock.systemUTC())
        .build();
  }

  private Duration pauseAfter(Participation participation) {
    return switch (participation) {
      case Participation.NoRound noRound -> noRound.retryAfter();
      case Participation.Published published -> Duration.ZERO;
      case Participation.Contributed contributed -> Duration.ZERO;
      case Participation.RoundAborted aborted -> {
        complain("was told that the round was aborted: " + aborted.detail());
        yield PAUSE;
      }
      case Participation.Late late -> {
        complain("was too late for " + late.step().id());
        yield PAUSE;
      }
      case Participation.Refused refused -> {
        complain("refused the round (" + refused.reason() + "): " + refused.detail());
        yield PAUSE;
      }
    };
  }

  private void complain(String what) {
    complaints.merge(what, 1, Integer::sum);
  }

  @Override
  public void close() {
    identity.close();
  }
}
