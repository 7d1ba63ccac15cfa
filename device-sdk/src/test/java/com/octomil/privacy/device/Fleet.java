package com.octomil.privacy.device;

import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.grpc.GrpcDeviceTransport;
import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.reference.ReferenceServer;
import com.octomil.privacy.device.reference.RoundPlan;
import com.octomil.privacy.device.state.MemoryRoundStateStore;
import com.octomil.privacy.device.state.RoundStateStore;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Devices with known updates in front of a reference server. */
final class Fleet implements AutoCloseable {

  /** Thrown by a device that a test lets drop out. */
  static final class DroppedOut extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DroppedOut(Step step) {
      super("dropped out at " + step.id());
    }
  }

  private static final int TIMEOUT_SECONDS = 60;

  private final ReferenceServer server;
  private final ManagedChannel channel;
  private final DeviceTransport transport;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<DeviceIdentity> identities = new ArrayList<>();
  private final List<RoundStateStore> stores = new ArrayList<>();
  private final List<int[]> updates = new ArrayList<>();
  private final int length;
  private LocalPolicy policy = LocalPolicy.standard();
  private int maxWeight;

  Fleet(int devices, int length) throws IOException {
    this.server = new ReferenceServer();
    this.length = length;
    this.channel = GrpcChannels.connectInsecure(server.target());
    this.transport = new GrpcDeviceTransport(channel, channel);
    SecureRandom random = new SecureRandom();
    for (int i = 0; i < devices; i++) {
      identities.add(
          Enrollment.enroll(transport, "code-" + i, "eu", Bytes.of(server.authorityKey()), random));
      stores.add(new MemoryRoundStateStore());
      int[] update = new int[length];
      for (int j = 0; j < length; j++) {
        update[j] = random.nextInt(9) - 4;
      }
      updates.add(update);
    }
  }

  ReferenceServer server() {
    return server;
  }

  DeviceTransport transport() {
    return transport;
  }

  DeviceIdentity identity(int device) {
    return identities.get(device);
  }

  int[] update(int device) {
    return updates.get(device).clone();
  }

  void policy(LocalPolicy value) {
    policy = value;
  }

  /**
   * Devices count examples from now on, and their updates are larger by the cap, so that they are
   * on the grid whatever they count.
   */
  void weighted(int cap) {
    maxWeight = cap;
  }

  /** Examples of a device; of some more than the cap. */
  int examples(int device) {
    return 1 + 3 * device;
  }

  /** From now on the device remembers in this store. */
  void store(int device, RoundStateStore store) {
    stores.set(device, store);
  }

  float[] model() {
    float[] model = new float[length];
    for (int i = 0; i < length; i++) {
      model[i] = i * 0.5f;
    }
    return model;
  }

  RoundPlan plan() {
    return RoundPlan.of(identities.size(), model());
  }

  /** What the server has to wait for if the given devices drop out before the given steps. */
  RoundPlan plan(Map<Integer, Step> dropouts) {
    int adverts = without(dropouts, Step.ADVERTISE);
    int shares = without(dropouts, Step.SUBMIT_SHARES);
    int uploads = without(dropouts, Step.UPLOAD);
    int signatures = without(dropouts, Step.SIGN_SURVIVORS);
    int reveals = without(dropouts, Step.REVEAL);
    return plan().expecting(adverts, shares, uploads, signatures, reveals);
  }

  private int without(Map<Integer, Step> dropouts, Step last) {
    return identities.size()
        - (int) dropouts.values().stream().filter(step -> step.compareTo(last) <= 0).count();
  }

  /** A device that drops out before a step. */
  DeviceTransport droppingAt(Step dropAt) {
    return new ForwardingTransport(transport) {
      @Override
      protected void before(Step step) {
        if (step == dropAt) {
          throw new DroppedOut(step);
        }
      }
    };
  }

  FederatedDevice device(int number, DeviceTransport over) {
    return FederatedDevice.builder()
        .transport(over)
        .identity(identities.get(number))
        .trainer(
            new LocalTrainer() {
              @Override
              public float[] train(float[] model, TrainingInstructions instructions) {
                return trained(number);
              }

              @Override
              public OptionalInt examples() {
                return maxWeight == 0
                    ? OptionalInt.empty()
                    : OptionalInt.of(Fleet.this.examples(number));
              }
            })
        .policy(policy)
        .stateStore(stores.get(number))
        .build();
  }

  private float[] trained(int number) {
    float[] update = new float[length];
    for (int j = 0; j < length; j++) {
      update[j] = (float) (updates.get(number)[j] * Math.max(1, maxWeight) * RoundPlan.GRID_STEP);
    }
    return update;
  }

  /** Lets all devices take part at once. Devices that drop out have no outcome. */
  Map<Integer, Participation> run(Map<Integer, Step> dropouts) throws Exception {
    Map<Integer, Future<Participation>> running = start(dropouts, 0);
    Map<Integer, Participation> outcomes = new HashMap<>();
    for (Map.Entry<Integer, Future<Participation>> entry : running.entrySet()) {
      try {
        outcomes.put(entry.getKey(), get(entry.getValue()));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof DroppedOut)) {
          throw e;
        }
      }
    }
    return outcomes;
  }

  /** Starts all devices from the given number on. */
  Map<Integer, Future<Participation>> start(Map<Integer, Step> dropouts, int from) {
    return start(dropouts, from, outcome -> {});
  }

  /** As above; {@code listener} hears of each outcome as soon as it is there. */
  Map<Integer, Future<Participation>> start(
      Map<Integer, Step> dropouts, int from, Consumer<Participation> listener) {
    Map<Integer, Future<Participation>> running = new HashMap<>();
    for (int i = from; i < identities.size(); i++) {
      Step dropAt = dropouts.get(i);
      FederatedDevice device = device(i, dropAt == null ? transport : droppingAt(dropAt));
      running.put(
          i,
          threads.submit(() -> {
            Participation outcome = device.participate();
            listener.accept(outcome);
            return outcome;
          }));
    }
    return running;
  }

  /** Starts one device. */
  Future<Participation> submit(int number, DeviceTransport over) {
    FederatedDevice device = device(number, over);
    return threads.submit(device::participate);
  }

  static Participation get(Future<Participation> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Lets device 0 take part among honest others, ends the round when device 0 is done and returns
   * what became of it.
   */
  Participation victim(ReferenceRound round) throws Exception {
    Map<Integer, Future<Participation>> running = start(Map.of(), 0);
    Participation outcome = get(Objects.requireNonNull(running.get(0)));
    round.abort(AbortReason.ABORT_REASON_CANCELLED);
    for (Future<Participation> future : running.values()) {
      Participation unused = get(future);
    }
    return outcome;
  }

  /** The exact sum of the updates of these devices. */
  long[] sum(Iterable<Integer> devices) {
    long[] sum = new long[length];
    for (int device : devices) {
      for (int j = 0; j < length; j++) {
        sum[j] += updates.get(device)[j];
      }
    }
    return sum;
  }

  /** The exact sum of weight times update of these devices, and of their weights. */
  long[] weightedSum(Iterable<Integer> devices) {
    long[] sum = new long[length + 1];
    for (int device : devices) {
      int weight = Math.min(maxWeight, examples(device));
      for (int j = 0; j < length; j++) {
        sum[j] += (long) weight * updates.get(device)[j];
      }
      sum[length] += weight;
    }
    return sum;
  }

  @Override
  public void close() throws InterruptedException {
    threads.shutdownNow();
    channel.shutdownNow();
    channel.awaitTermination(10, TimeUnit.SECONDS);
    server.close();
    identities.forEach(DeviceIdentity::close);
  }
}
