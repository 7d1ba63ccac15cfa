package com.octomil.privacy.cli.demo;

import com.octomil.privacy.cli.demo.Operator.OperatorException;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.Enrollment;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.LocalTrainer;
import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.grpc.GrpcDeviceTransport;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import io.grpc.ManagedChannel;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/**
 * All simulated devices: each a real member of the federation with a key and a token of its own, on
 * a thread of its own. They share the connections, as devices behind one gateway would.
 */
final class Fleet implements AutoCloseable {

  private static final int CONNECTIONS = 4;

  private final List<ManagedChannel> channels;
  private final List<SimulatedDevice> devices;
  private final RoundClock clock;
  private final Map<String, Integer> complaints;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private Fleet(
      List<ManagedChannel> channels,
      List<SimulatedDevice> devices,
      RoundClock clock,
      Map<String, Integer> complaints) {
    this.channels = channels;
    this.devices = devices;
    this.clock = clock;
    this.complaints = complaints;
  }

  /** Enrols one device for each slice. */
  static Fleet enroll(
      Endpoints endpoints,
      Operator operator,
      DemoOptions options,
      Optional<Double> noiseMultiplier,
      Partition partition,
      LinearClassifier classifier,
      Dropouts dropouts)
      throws OperatorException, InterruptedException {
    Bytes authority = Bytes.of(operator.enrollmentAuthorityKey());
    List<String> codes = operator.enrollmentCodes(options.devices());
    LocalPolicy policy =
        LocalPolicy.standard()
            .withMinimumCohort(DemoOptions.MIN_PARTICIPATING_CLIENTS)
            .withMinimumNoiseMultiplier(noiseMultiplier.orElse(0.0))
            .withClearUploadsAllowed(!options.secureAggregation());
    DropoutPlan plan =
        new DropoutPlan(
            options.devices(),
            options.dropout(),
            options.secureAggregation() ? DropoutPlan.SECURE_STEPS : DropoutPlan.CLEAR_STEPS,
            options.seed());
    List<ManagedChannel> channels = new ArrayList<>();
    List<DeviceTransport> networks = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      ManagedChannel relay = GrpcChannels.connectInsecure(endpoints.relayGrpc());
      ManagedChannel aggregator = GrpcChannels.connectInsecure(endpoints.aggregatorGrpc());
      channels.add(relay);
      channels.add(aggregator);
      networks.add(new GrpcDeviceTransport(relay, aggregator));
    }
    RoundClock clock = new RoundClock();
    Map<String, Integer> complaints = new ConcurrentHashMap<>();
    SecureRandom random = new SecureRandom();
    List<SimulatedDevice> devices = new ArrayList<>();
    Fleet fleet = new Fleet(channels, devices, clock, complaints);
    try (ExecutorService enrolling = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<SimulatedDevice>> futures = new ArrayList<>();
      for (int i = 0; i < options.devices(); i++) {
        int index = i;
        futures.add(
            enrolling.submit(() -> {
              DeviceTransport network = networks.get(index % CONNECTIONS);
              DeviceIdentity identity =
                  Enrollment.enroll(network, codes.get(index), "", authority, random);
              return new SimulatedDevice(
                  index,
                  identity,
                  new VanishingTransport(network, index, plan, dropouts, clock),
                  policy,
                  trainer(classifier, partition.slices().get(index)),
                  random,
                  plan,
                  dropouts,
                  clock,
                  complaints);
            }));
      }
      for (Future<SimulatedDevice> future : futures) {
        devices.add(future.get());
      }
      return fleet;
    } catch (ExecutionException e) {
      fleet.close();
      throw new OperatorException("a device could not be enrolled: " + e.getCause(), e);
    }
  }

  private static LocalTrainer trainer(LinearClassifier classifier, Dataset slice) {
    return (model, instructions) -> {
      double[] update =
          classifier.update(
              model,
              slice,
              instructions.localEpochs(),
              instructions.learningRate(),
              instructions.proximalMu());
      float[] narrowed = new float[update.length];
      for (int i = 0; i < narrowed.length; i++) {
        narrowed[i] = (float) update[i];
      }
      return narrowed;
    };
  }

  /** Lets all devices take part in rounds from now on. */
  void start() {
    for (SimulatedDevice device : devices) {
      threads.execute(device);
    }
  }

  /** Tells the devices that a training job starts after so many rounds. */
  void jobStarts(int roundsBefore) {
    clock.jobStarts(roundsBefore);
  }

  /** Tells the devices how many rounds are over. */
  void roundsCompleted(int rounds) {
    clock.completed(rounds);
  }

  /**
   * What devices had to complain about, most frequent first; each line starts with a line break.
   */
  String complaints() {
    return complaints.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(5)
        .map(entry -> "\n  " + entry.getValue() + " times a device " + entry.getKey())
        .collect(Collectors.joining());
  }

  @Override
  public void close() {
    threads.shutdownNow();
    channels.forEach(ManagedChannel::shutdownNow);
    threads.close();
    devices.forEach(SimulatedDevice::close);
  }
}
