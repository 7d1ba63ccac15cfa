package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.TransportException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a device take part in one round after the other until it is closed. Before each check-in it
 * asks for battery and network; while a server cannot be reached, or is refused, it comes back
 * after growing, random pauses.
 *
 * <p>Occupies one thread of its executor. Thread-safe.
 */
public final class DeviceLoop implements AutoCloseable {

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(100);

  private final FederatedDevice device;
  private final Supplier<DeviceStatus> status;
  private final ParticipationRules rules;
  private final Duration firstBackoff;
  private final Duration longestBackoff;
  private final Consumer<Participation> onParticipation;
  private final Consumer<RuntimeException> onFailure;
  private final Consumer<String> onDeferral;
  private final Pause pause;
  private final SecureRandom random = new SecureRandom();
  private final CountDownLatch ended = new CountDownLatch(1);

  private boolean closed;
  private @Nullable Thread runner;

  private DeviceLoop(Builder builder, FederatedDevice device) {
    this.device = device;
    this.status = builder.status;
    this.rules = builder.rules;
    this.firstBackoff = builder.firstBackoff;
    this.longestBackoff = builder.longestBackoff;
    this.onParticipation = builder.onParticipation;
    this.onFailure = builder.onFailure;
    this.onDeferral = builder.onDeferral;
    this.pause = builder.pause;
  }

  /**
   * A loop around a device.
   *
   * @param device takes part; the loop does not close its identity or store
   * @return everything else at its default
   */
  public static Builder of(FederatedDevice device) {
    return new Builder(Objects.requireNonNull(device, "device must be set"));
  }

  private void run() {
    synchronized (this) {
      if (closed) {
        ended.countDown();
        return;
      }
      runner = Thread.currentThread();
    }
    try {
      Duration backoff = firstBackoff;
      while (!isClosed()) {
        Optional<String> objection = rules.objection(status.get());
        if (objection.isPresent()) {
          onDeferral.accept(objection.get());
          pause.sleep(jittered(longestBackoff));
          continue;
        }
        boolean again = false;
        Duration next = SHORTEST_PAUSE;
        try {
          Participation participation = device.participate();
          if (participation instanceof Participation.NoRound none) {
            next = none.retryAfter().compareTo(next) > 0 ? none.retryAfter() : next;
          } else {
            onParticipation.accept(participation);
            again = participation instanceof Participation.Refused;
          }
        } catch (TransportException e) {
          onFailure.accept(e);
          again = true;
        }
        pause.sleep(again ? jittered(backoff) : next);
        backoff = again ? shorter(backoff.multipliedBy(2), longestBackoff) : firstBackoff;
      }
    } catch (InterruptedException e) {
      // By close(), or by the executor, which may want to know.
      if (!isClosed()) {
        Thread.currentThread().interrupt();
      }
    } catch (RuntimeException e) {
      // A trainer or a store that fails would fail again: the loop ends.
      onFailure.accept(e);
    } finally {
      synchronized (this) {
        runner = null;
        if (closed) {
          // An interrupt by close() must not reach what the executor runs next on this thread.
          boolean unused = Thread.interrupted();
        }
      }
      ended.countDown();
    }
  }

  /** Half fixed, half random, so that a fleet that lost its server does not come back at once. */
  private Duration jittered(Duration duration) {
    return duration.dividedBy(2).plusMillis((long) (random.nextDouble() * duration.toMillis() / 2));
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  /**
   * Whether the loop has come to its end: closed, interrupted by its executor, or after a failure
   * that is not the network's.
   *
   * @return true once it no longer uses the device
   */
  public boolean hasEnded() {
    return ended.getCount() == 0;
  }

  /**
   * Stops, interrupting a round under way; that device has then dropped out, unless it had uploaded
   * already: the next {@code participate()} goes on with the same round. Does not wait.
   */
  @Override
  public synchronized void close() {
    closed = true;
    if (runner != null) {
      runner.interrupt();
    }
  }

  /** Collects how a loop runs. Not thread-safe. */
  public static final class Builder {

    private final FederatedDevice device;
    private Supplier<DeviceStatus> status = DeviceStatus::plugged;
    private ParticipationRules rules = ParticipationRules.standard();
    private Duration firstBackoff = Duration.ofSeconds(1);
    private Duration longestBackoff = Duration.ofMinutes(15);
    private Consumer<Participation> onParticipation = ignored -> {};
    private Consumer<RuntimeException> onFailure = ignored -> {};
    private Consumer<String> onDeferral = ignored -> {};
    private Pause pause = duration -> Thread.sleep(duration.toMillis());

    private Builder(FederatedDevice device) {
      this.device = device;
    }

    /**
     * How to learn of battery and network; on Android from {@code BatteryManager} and {@code
     * ConnectivityManager.isActiveNetworkMetered()}.
     *
     * @param value asked before each check-in; {@link DeviceStatus#plugged()} unless set
     * @return this builder
     */
    public Builder status(Supplier<DeviceStatus> value) {
      this.status = value;
      return this;
    }

    /**
     * When the device may check in.
     *
     * @param value {@link ParticipationRules#standard()} unless set
     * @return this builder
     */
    public Builder rules(ParticipationRules value) {
      this.rules = value;
      return this;
    }

    /**
     * How the loop comes back after a failure or a refusal: at first soon, each time after twice as
     * long, half of it random. A device that must wait for battery or network looks again after the
     * longest.
     *
     * @param first 1 s unless set
     * @param longest 15 min unless set
     * @return this builder
     * @throws IllegalArgumentException unless {@code 0 < first <= longest}
     */
    public Builder backoff(Duration first, Duration longest) {
      if (first.isNegative() || first.isZero() || first.compareTo(longest) > 0) {
        throw new IllegalArgumentException(
            "first must be positive and not above longest = " + longest + ", not " + first);
      }
      this.firstBackoff = first;
      this.longestBackoff = longest;
      return this;
    }

    /**
     * Told how every round ended.
     *
     * @param value called on the loop's thread
     * @return this builder
     */
    public Builder onParticipation(Consumer<Participation> value) {
      this.onParticipation = value;
      return this;
    }

    /**
     * Told of every failure. The loop goes on after a {@link TransportException} and ends after
     * anything else.
     *
     * @param value called on the loop's thread
     * @return this builder
     */
    public Builder onFailure(Consumer<RuntimeException> value) {
      this.onFailure = value;
      return this;
    }

    /**
     * Told why the device does not check in now.
     *
     * @param value called on the loop's thread
     * @return this builder
     */
    public Builder onDeferral(Consumer<String> value) {
      this.onDeferral = value;
      return this;
    }

    /** How the loop waits; for tests. */
    Builder pause(Pause value) {
      this.pause = value;
      return this;
    }

    /**
     * Starts the loop.
     *
     * @param executor gives one thread until the loop ends
     * @return the running loop
     */
    public DeviceLoop start(Executor executor) {
      DeviceLoop loop = new DeviceLoop(this, device);
      executor.execute(loop::run);
      return loop;
    }
  }
}
