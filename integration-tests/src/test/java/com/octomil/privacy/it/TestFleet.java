package com.octomil.privacy.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.Enrollment;
import com.octomil.privacy.device.FederatedDevice;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.LocalTrainer;
import com.octomil.privacy.device.Participation;
import com.octomil.privacy.device.TrainingInstructions;
import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.grpc.GrpcDeviceTransport;
import com.octomil.privacy.device.state.MemoryRoundStateStore;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.Upload;
import com.octomil.privacy.device.transport.UploadReceipt;
import io.grpc.ManagedChannel;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Real devices of the SDK with known updates, some of which vanish before a given step. */
final class TestFleet implements AutoCloseable {

  private final ManagedChannel relay;
  private final ManagedChannel aggregator;
  private final List<DeviceIdentity> identities = new ArrayList<>();
  private final List<String> deviceIds = new ArrayList<>();
  private final Map<Integer, Participation> last = new ConcurrentHashMap<>();
  private final Map<Bytes, Integer> participants = new ConcurrentHashMap<>();
  private final Set<Acknowledged> acknowledged = ConcurrentHashMap.newKeySet();
  private final DeviceTransport network;
  private final LocalPolicy policy;
  private final SecureRandom random = new SecureRandom();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private TestFleet(
      Endpoints endpoints, LocalPolicy policy, Function<String, ManagedChannel> connect) {
    this.relay = connect.apply(endpoints.relayGrpc());
    this.aggregator = connect.apply(endpoints.aggregatorGrpc());
    this.network = new GrpcDeviceTransport(relay, aggregator);
    this.policy = policy;
  }

  /** Enrols so many devices. */
  static TestFleet enroll(
      Api api, Endpoints endpoints, String federation, int devices, LocalPolicy policy) {
    return enroll(api, endpoints, federation, devices, policy, GrpcChannels::connectInsecure);
  }

  /** Enrols so many devices over connections made by the caller. */
  static TestFleet enroll(
      Api api,
      Endpoints endpoints,
      String federation,
      int devices,
      LocalPolicy policy,
      Function<String, ManagedChannel> connect) {
    TestFleet fleet = new TestFleet(endpoints, policy, connect);
    JsonNode authority = api.get(Api.Of.RELAY, "/api/v1/enrollment-authority").expect(200).json();
    Bytes key = Bytes.of(Base64.getDecoder().decode(authority.path("public_key").asText()));
    JsonNode codes =
        api.post(
                Api.Of.RELAY,
                "/api/v1/federations/" + federation + "/devices/enrollment-codes",
                "{\"count\": " + devices + "}")
            .expect(201)
            .json()
            .path("codes");
    for (JsonNode code : codes) {
      fleet.deviceIds.add(code.path("device_id").asText());
      fleet.identities.add(
          Enrollment.enroll(fleet.network, code.path("code").asText(), "", key, fleet.random));
    }
    return fleet;
  }

  /**
   * The integer encoding of every update of a device: multiples of the grid step, far inside the
   * clipping radius.
   */
  static int[] encoding(int device, int length) {
    int[] encoding = new int[length];
    for (int i = 0; i < length; i++) {
      encoding[i] = (device * 7 + i * 3) % 21 - 10;
    }
    return encoding;
  }

  /**
   * Lets all devices take part until the fleet is closed. A device in {@code vanishing} goes for
   * good before the step.
   *
   * @param gridStep a power of two, so that updates are exact
   */
  void start(Map<Integer, Step> vanishing, double gridStep) {
    for (int i = 0; i < identities.size(); i++) {
      int device = i;
      DeviceTransport observed = new Observed(network, device);
      DeviceTransport own =
          vanishing.containsKey(device) ? new Vanishing(observed, vanishing.get(device)) : observed;
      threads.execute(() -> run(device, own, gridStep));
    }
  }

  private void run(int index, DeviceTransport own, double gridStep) {
    FederatedDevice device =
        FederatedDevice.builder()
            .transport(own)
            .identity(identities.get(index))
            .trainer(trainer(index, gridStep))
            .policy(policy)
            .stateStore(new MemoryRoundStateStore())
            .random(random)
            .clock(Clock.systemUTC())
            .build();
    while (!Thread.currentThread().isInterrupted()) {
      try {
        Participation participation = device.participate();
        if (!(participation instanceof Participation.NoRound)) {
          last.put(index, participation);
        }
      } catch (Vanishing.Gone gone) {
        return;
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      } catch (TransportException e) {
        // The service restarts, or the test is over; the pause below keeps this from spinning.
      }
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  /** Examples that a device says it has. */
  static int examples(int device) {
    return 1 + device % 6;
  }

  private static LocalTrainer trainer(int device, double gridStep) {
    return new LocalTrainer() {
      @Override
      public float[] train(float[] model, TrainingInstructions instructions) {
        return update(device, model.length, gridStep);
      }

      @Override
      public OptionalInt examples() {
        return OptionalInt.of(TestFleet.examples(device));
      }
    };
  }

  private static float[] update(int device, int length, double gridStep) {
    int[] encoding = encoding(device, length);
    float[] update = new float[length];
    for (int i = 0; i < length; i++) {
      update[i] = (float) (encoding[i] * gridStep);
    }
    return update;
  }

  /** Identifiers of the devices, as only the relay knows them. */
  List<String> deviceIds() {
    return List.copyOf(deviceIds);
  }

  /** The devices' identities. */
  List<DeviceIdentity> identities() {
    return List.copyOf(identities);
  }

  /**
   * An upload that was answered as durable.
   *
   * @param participant round-scoped pseudonym of the device
   */
  record Acknowledged(Bytes round, Bytes participant) {}

  /** All of them so far. */
  Set<Acknowledged> acknowledged() {
    return Set.copyOf(acknowledged);
  }

  /** Which device was behind a round-scoped pseudonym that has uploaded. */
  int device(Bytes participant) {
    Integer device = participants.get(participant);
    if (device == null) {
      throw new IllegalArgumentException("no device of this fleet has uploaded as " + participant);
    }
    return device;
  }

  /** How the calls reach the services. */
  DeviceTransport network() {
    return network;
  }

  /** How the last round of each device ended, as far as it got to an end. */
  Map<Integer, Participation> outcomes() {
    return Map.copyOf(last);
  }

  /** How the last rounds of the devices ended: the kinds, and how many devices of each. */
  Map<String, Long> summary() {
    return last.values().stream()
        .collect(
            Collectors.groupingBy(
                end ->
                    end instanceof Participation.Refused refused
                        ? refused.reason() + ": " + refused.detail()
                        : end.getClass().getSimpleName(),
                Collectors.counting()));
  }

  @Override
  public void close() throws InterruptedException {
    threads.shutdownNow();
    relay.shutdownNow();
    aggregator.shutdownNow();
    if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
      throw new IllegalStateException("devices did not stop");
    }
    identities.forEach(DeviceIdentity::close);
  }

  /** Notes which uploads are sent and acknowledged. */
  private final class Observed extends ForwardingTransport {
    private final int device;

    Observed(DeviceTransport network, int device) {
      super(network);
      this.device = device;
    }

    @Override
    public Reply<UploadReceipt> upload(Upload upload) {
      Ticket ticket = upload.ticket();
      participants.put(ticket.participantId(), device);
      Reply<UploadReceipt> reply = super.upload(upload);
      if (reply instanceof Reply.Ready<UploadReceipt>) {
        acknowledged.add(new Acknowledged(ticket.roundId(), ticket.participantId()));
      }
      return reply;
    }
  }

  /** A network that breaks down for good before a step. */
  private static final class Vanishing extends ForwardingTransport {

    private static final class Gone extends RuntimeException {
      private static final long serialVersionUID = 1L;
    }

    private final Step step;

    Vanishing(DeviceTransport network, Step step) {
      super(network);
      this.step = step;
    }

    @Override
    protected void before(Step next) {
      if (next.compareTo(step) >= 0) {
        throw new Gone();
      }
    }
  }
}
