package com.octomil.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.DeviceLoop;
import com.octomil.privacy.device.Enrollment;
import com.octomil.privacy.device.FederatedDevice;
import com.octomil.privacy.device.LocalTrainer;
import com.octomil.privacy.device.Participation;
import com.octomil.privacy.device.TrainingInstructions;
import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.grpc.GrpcDeviceTransport;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Energy meters, all in this one process, that learn together what a household uses. Each is a real
 * device with a key, a token and data of its own:
 *
 * <pre>java -cp 'cli/target/lib/*' EnergyDevices.java RELAY AGGREGATOR AUTHORITY_FILE CODES_FILE
 * </pre>
 */
public final class EnergyDevices {

  private EnergyDevices() {}

  // Tutorial: trainer begins
  /** Linear regression: consumption = w0 * cold outside + w1 * floor area + w2 * people + w3. */
  static final class EnergyTrainer implements LocalTrainer {

    private final List<Reading> readings;

    EnergyTrainer(List<Reading> readings) {
      this.readings = List.copyOf(readings);
    }

    @Override
    public float[] train(float[] model, TrainingInstructions instructions) {
      double[] weights = IntStream.range(0, model.length).mapToDouble(i -> model[i]).toArray();
      for (int epoch = 0; epoch < instructions.localEpochs(); epoch++) {
        double[] gradient = new double[weights.length];
        for (Reading reading : readings) {
          double error = predict(weights, reading.features()) - reading.consumption();
          for (int i = 0; i < gradient.length; i++) {
            gradient[i] += 2 * error * input(reading.features(), i) / readings.size();
          }
        }
        for (int i = 0; i < weights.length; i++) {
          weights[i] -= instructions.learningRate() * gradient[i];
        }
      }
      // The update is what training changed. Clipping, encoding and masking are the SDK's work.
      float[] update = new float[model.length];
      for (int i = 0; i < update.length; i++) {
        update[i] = (float) (weights[i] - model[i]);
      }
      return update;
    }

    @Override
    public OptionalInt examples() {
      return OptionalInt.of(readings.size());
    }
  }

  // Tutorial: trainer ends

  /** What a meter has seen once, scaled to -1 to 1. */
  record Reading(double[] features, double consumption) {}

  static double predict(double[] weights, double[] features) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i] * input(features, i);
    }
    return sum;
  }

  /** The last weight is the bias. */
  private static double input(double[] features, int i) {
    return i < features.length ? features[i] : 1;
  }

  /** Made-up readings of one household; in truth consumption = 2 cold - area + 0.5 people + 1. */
  static List<Reading> readings(int household) {
    SplittableRandom random = new SplittableRandom(household);
    return IntStream.range(0, 20)
        .mapToObj(i -> {
          double[] features = random.doubles(3, -1, 1).toArray();
          double noise = random.nextDouble(-0.1, 0.1);
          return new Reading(
              features, 2 * features[0] - features[1] + 0.5 * features[2] + 1 + noise);
        })
        .toList();
  }

  // Tutorial: device begins
  static DeviceLoop start(
      DeviceTransport transport,
      DeviceIdentity identity,
      LocalTrainer trainer,
      Set<Bytes> seen,
      ExecutorService threads) {
    FederatedDevice device =
        FederatedDevice.builder().transport(transport).identity(identity).trainer(trainer).build();
    return DeviceLoop.of(device)
        .onParticipation(end -> {
          if (!(end instanceof Participation.Published)) {
            System.out.println("a device: " + end);
          } else if (seen.add(((Participation.Published) end).modelHash())) {
            System.out.println("a round has made a new model");
          }
        })
        .onFailure(failure -> System.out.println("a device: " + failure.getMessage()))
        .start(threads);
  }

  // Tutorial: device ends

  /**
   * Enrols a device for each code and lets all take part in rounds until the process is stopped.
   *
   * @param arguments addresses of relay and aggregator, a file with the enrolment authority's key
   *     in base64, and the JSON of {@code octomil devices enroll --json}
   * @throws Exception if a file cannot be read or a device cannot be enrolled
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length != 4) {
      System.err.println("usage: EnergyDevices RELAY AGGREGATOR AUTHORITY_FILE CODES_FILE");
      System.exit(2);
    }
    // Loopback only; anywhere else it is GrpcChannels.connect, with TLS.
    DeviceTransport transport =
        new GrpcDeviceTransport(
            GrpcChannels.connectInsecure(arguments[0]), GrpcChannels.connectInsecure(arguments[1]));
    Bytes authority =
        Bytes.of(Base64.getDecoder().decode(Files.readString(Path.of(arguments[2])).strip()));
    JsonNode codes = new ObjectMapper().readTree(Path.of(arguments[3]).toFile()).path("codes");
    SecureRandom random = new SecureRandom();
    ExecutorService threads = Executors.newCachedThreadPool();
    Set<Bytes> seen = ConcurrentHashMap.newKeySet();
    int household = 0;
    for (JsonNode code : codes) {
      DeviceIdentity identity =
          Enrollment.enroll(transport, code.path("code").asText(), "", authority, random);
      start(transport, identity, new EnergyTrainer(readings(household)), seen, threads);
      household++;
    }
    System.out.println(household + " devices are enrolled and wait for rounds");
  }
}
