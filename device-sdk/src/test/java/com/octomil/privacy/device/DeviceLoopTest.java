package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.TransportException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A loop on the thread of the test, whose pauses are recorded instead of taken. */
@Timeout(60)
class DeviceLoopTest {

  private final List<Duration> pauses = new ArrayList<>();

  /** Ends the loop by the interrupt of an executor after so many pauses. */
  private Pause until(int last) {
    return duration -> {
      pauses.add(duration);
      if (pauses.size() == last) {
        throw new InterruptedException("enough");
      }
    };
  }

  private static DeviceTransport failing(DeviceTransport network, TransportException.Kind kind) {
    return new ForwardingTransport(network) {
      @Override
      protected void before(Step step) {
        throw new TransportException(step, kind, "no network", null);
      }
    };
  }

  private static void runsOnThisThread(DeviceLoop.Builder builder) {
    DeviceLoop loop = builder.start(Runnable::run);
    assertThat(loop.hasEnded()).isTrue();
    // What an executor's interrupt leaves behind.
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void pausesGrowWhileTheServerCannotBeReached() throws Exception {
    try (Fleet fleet = new Fleet(1, 4)) {
      List<RuntimeException> failures = new ArrayList<>();
      runsOnThisThread(
          DeviceLoop.of(
                  fleet.device(0, failing(fleet.transport(), TransportException.Kind.REJECTED)))
              .backoff(Duration.ofSeconds(1), Duration.ofSeconds(5))
              .onFailure(failures::add)
              .pause(until(5)));
      assertThat(failures).hasSize(5).hasOnlyElementsOfType(TransportException.class);
      long[] full = {1000, 2000, 4000, 5000, 5000};
      for (int i = 0; i < full.length; i++) {
        assertThat(pauses.get(i).toMillis()).isBetween(full[i] / 2, full[i]);
      }
    }
  }

  @Test
  void nothingIsAskedOfTheServerWhileBatteryOrNetworkForbidIt() throws Exception {
    try (Fleet fleet = new Fleet(1, 4)) {
      Deque<DeviceStatus> statuses =
          new ArrayDeque<>(
              List.of(
                  new DeviceStatus(20, false, false),
                  new DeviceStatus(90, false, true),
                  new DeviceStatus(20, true, false)));
      List<String> deferrals = new ArrayList<>();
      List<RuntimeException> calls = new ArrayList<>();
      runsOnThisThread(
          DeviceLoop.of(
                  fleet.device(0, failing(fleet.transport(), TransportException.Kind.REJECTED)))
              .status(statuses::remove)
              .onDeferral(deferrals::add)
              .onFailure(calls::add)
              .pause(until(3)));
      assertThat(deferrals)
          .containsExactly(
              "the battery is at 20 %; it must be charging or at 50 %", "the network is metered");
      assertThat(calls).hasSize(1);
    }
  }

  @Test
  void roundsFollowEachOtherUntilItIsClosed() throws Exception {
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Fleet fleet = new Fleet(3, 4)) {
      Semaphore published = new Semaphore(0);
      DeviceLoop loop =
          DeviceLoop.of(fleet.device(0, fleet.transport()))
              // Between the rounds the reference server admits it to the old one, which it refuses.
              .backoff(Duration.ofMillis(20), Duration.ofMillis(100))
              .onParticipation(end -> {
                if (end instanceof Participation.Published) {
                  published.release();
                }
              })
              .start(executor);
      for (int i = 0; i < 2; i++) {
        ReferenceRound round = fleet.server().open(fleet.plan());
        for (var other : fleet.start(Map.of(), 1).values()) {
          assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
        }
        assertThat(round.sum()).contains(fleet.sum(List.of(0, 1, 2)));
        // The reference server knows one round at a time: this device must have heard of its end.
        assertThat(published.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(loop.hasEnded()).isFalse();
      loop.close();
      executor.shutdown();
      assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
      assertThat(loop.hasEnded()).isTrue();
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void aTrainerThatFailsEndsTheLoop() throws Exception {
    try (Fleet fleet = new Fleet(1, 4)) {
      List<RuntimeException> failures = new ArrayList<>();
      RuntimeException broken = new IllegalStateException("no data");
      DeviceTransport network =
          new ForwardingTransport(fleet.transport()) {
            @Override
            protected void before(Step step) {
              throw broken;
            }
          };
      DeviceLoop loop =
          DeviceLoop.of(fleet.device(0, network)).onFailure(failures::add).start(Runnable::run);
      assertThat(loop.hasEnded()).isTrue();
      assertThat(failures).containsExactly(broken);
    }
  }

  @Test
  void rulesAndValuesOutOfRangeAreNamed() {
    assertThat(new ParticipationRules(0, true, true).objection(new DeviceStatus(99, false, true)))
        .contains("the device is not charging");
    assertThat(new ParticipationRules(0, true, true).objection(new DeviceStatus(1, true, true)))
        .isEmpty();
    assertThatThrownBy(() -> new DeviceStatus(101, true, true))
        .hasMessage("batteryPercent must be from 0 to 100, not 101");
    assertThatThrownBy(() -> new ParticipationRules(-1, true, true))
        .hasMessage("minimumBatteryPercent must be from 0 to 100, not -1");
  }
}
