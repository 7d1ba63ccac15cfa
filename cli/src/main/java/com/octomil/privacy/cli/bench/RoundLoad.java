package com.octomil.privacy.cli.bench;

import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import com.octomil.privacy.device.DeviceIdentity;
import com.octomil.privacy.device.FederatedDevice;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.Participation;
import com.octomil.privacy.device.state.MemoryRoundStateStore;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.federation.Federation;
import com.octomil.privacy.federation.PrivacyConfiguration;
import com.octomil.privacy.federation.PrivacyConfiguration.DifferentialPrivacy;
import com.octomil.privacy.federation.PrivacyConfiguration.SecureAggregation;
import com.octomil.privacy.federation.TrainingJob;
import com.octomil.privacy.federation.TrainingOrder;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Runs rounds of a large fleet through the three real services on this computer and measures them:
 * once with secure aggregation and once, as the yardstick, without. Devices are the SDK's; see
 * {@link BenchFleet}.
 */
final class RoundLoad implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final String MODEL = "model";

  /** Under this name the database's processor time stands among that of the services. */
  static final String DATABASE = "postgresql";

  /** Affords more rounds than the options allow. */
  private static final DifferentialPrivacy DIFFERENTIAL_PRIVACY =
      DifferentialPrivacy.of(8, 1e-6, 10, 1.0);

  /**
   * Room for the uploads of a large cohort, and the optimising compiler, which the masks' speed
   * depends on.
   */
  private static final List<String> JVM_OPTIONS =
      List.of("-Xmx2g", "-XX:MaxDirectMemorySize=512m", "-XX:TieredStopAtLevel=4");

  private final Stack stack;
  private final RoundOptions options;
  private final BenchFleet fleet;
  private final SecureRandom random = new SecureRandom();

  private RoundLoad(Stack stack, RoundOptions options) {
    this.stack = stack;
    this.options = options;
    this.fleet = new BenchFleet(stack.endpoints());
  }

  /** Starts the services. */
  static RoundLoad start(StackOptions stack, RoundOptions options)
      throws StackException, InterruptedException {
    return new RoundLoad(
        Stack.start(
            stack
                .withJvmOptions(JVM_OPTIONS)
                .withProperties(Service.RELAY, Map.of("octomil.relay.check-in-retry", "PT0.5S"))),
        options);
  }

  /** The running services. */
  Stack stack() {
    return stack;
  }

  /**
   * What the measured rounds of a training took.
   *
   * @param secureAggregation whether updates were masked
   * @param wall from the start of the first to the publication of the last
   * @param phases wall time by state of the rounds, summed over them
   * @param devices processor time of all devices together
   * @param services processor time of the services and of the database
   * @param peakMemory highest resident memory of the services so far, in bytes
   * @param uploads acknowledged uploads
   * @param uploadBytes bytes of these
   * @param shareBytes bytes of all encrypted shares
   * @param survivors devices in the sum of the last round
   */
  record Measurement(
      boolean secureAggregation,
      Duration wall,
      Map<String, Duration> phases,
      Duration devices,
      Map<String, Duration> services,
      Map<String, Long> peakMemory,
      long uploads,
      long uploadBytes,
      long shareBytes,
      int survivors) {}

  /**
   * Enrols a fleet of its own, trains and measures.
   *
   * @throws IllegalStateException if the training does not complete; the message says why
   */
  Measurement run(boolean secureAggregation, Consumer<String> progress)
      throws StackException, InterruptedException {
    Endpoints endpoints = stack.endpoints();
    Federation federation =
        Federation.connect(
            endpoints.budgetUrl(),
            endpoints.aggregatorUrl(),
            endpoints.relayUrl(),
            endpoints.apiKey(),
            secureAggregation ? "bench-masked" : "bench-clear");
    federation.putPrivacy(
        new PrivacyConfiguration(
            DIFFERENTIAL_PRIVACY,
            secureAggregation
                ? SecureAggregation.of(options.devices() / 2, 0.5)
                : SecureAggregation.off(),
            options.devices(),
            null,
            null));
    federation.putModel(MODEL, new float[options.modelSize()]);
    progress.accept("enrolling " + options.devices() + " devices");
    MeasuredTransport.Traffic traffic = new MeasuredTransport.Traffic();
    Map<String, Integer> complaints = new ConcurrentHashMap<>();
    List<DeviceIdentity> identities = fleet.enroll(federation, options.devices());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        TrainingJob job =
            federation.train(
                new TrainingOrder(
                        MODEL, "fedavg", options.warmUp() + options.rounds(), options.devices() / 2)
                    .withCohort(options.devices())
                    .withPhaseTimeout(options.phaseTimeout()));
        for (int i = 0; i < identities.size(); i++) {
          FederatedDevice device = device(i, identities.get(i), traffic, secureAggregation);
          threads.execute(() -> takePart(device, options.phaseTimeout(), complaints));
        }
        job = follow(federation, job, options.warmUp() + 1, new LinkedHashMap<>(), progress);
        traffic.reset();
        Duration devicesBefore = Usage.cpuOfThisProcess();
        Map<String, Duration> servicesBefore = serviceTimes();
        long start = System.nanoTime();
        Map<String, Duration> phases = new LinkedHashMap<>();
        TrainingJob done = follow(federation, job, Integer.MAX_VALUE, phases, progress);
        Duration wall = Duration.ofNanos(System.nanoTime() - start);
        if (!done.completed()) {
          throw new IllegalStateException(
              "the training ended as "
                  + done.state()
                  + ": "
                  + done.reason()
                  + "; devices: "
                  + describe(complaints));
        }
        if (!complaints.isEmpty()) {
          progress.accept("devices had trouble: " + describe(complaints));
        }
        Map<String, Duration> services = new LinkedHashMap<>();
        serviceTimes()
            .forEach((name, time) ->
                services.put(name, time.minus(servicesBefore.getOrDefault(name, Duration.ZERO))));
        List<TrainingJob.Round> rounds = Objects.requireNonNull(done.rounds());
        return new Measurement(
            secureAggregation,
            wall,
            phases,
            Usage.cpuOfThisProcess().minus(devicesBefore),
            services,
            peakMemory(),
            traffic.uploads.sum(),
            traffic.uploadBytes.sum(),
            traffic.shareBytes.sum(),
            Objects.requireNonNullElse(rounds.get(rounds.size() - 1).survivors(), 0));
      } finally {
        threads.shutdownNow();
      }
    } finally {
      identities.forEach(DeviceIdentity::close);
    }
  }

  private FederatedDevice device(
      int index,
      DeviceIdentity identity,
      MeasuredTransport.Traffic traffic,
      boolean secureAggregation) {
    return FederatedDevice.builder()
        .transport(new MeasuredTransport(fleet.network(index), traffic, options.vanishes(index)))
        .identity(identity)
        .trainer((model, instructions) -> BenchFleet.update(index, model.length))
        .policy(
            LocalPolicy.standard()
                .withMinimumCohort(options.devices() / 2)
                .withClearUploadsAllowed(!secureAggregation))
        .stateStore(new MemoryRoundStateStore())
        .random(random)
        .clock(Clock.systemUTC())
        .build();
  }

  private static void takePart(
      FederatedDevice device, Duration absence, Map<String, Integer> complaints) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        try {
          switch (device.participate()) {
            case Participation.NoRound none -> Thread.sleep(none.retryAfter());
            case Participation.Published published -> {}
            case Participation.Contributed contributed -> {}
            case Participation.Refused refused -> {
              complaints.merge("refused: " + refused.reason(), 1, Integer::sum);
              Thread.sleep(PAUSE);
            }
            case Participation.Late late -> {
              complaints.merge("late for " + late.step(), 1, Integer::sum);
              Thread.sleep(PAUSE);
            }
            case Participation.RoundAborted aborted -> Thread.sleep(PAUSE);
          }
        } catch (MeasuredTransport.Vanished vanished) {
          Thread.sleep(absence);
        } catch (TransportException e) {
          complaints.merge(String.valueOf(e.getMessage()), 1, Integer::sum);
          Thread.sleep(PAUSE);
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Follows a training until it ends or has started the given round. */
  private static TrainingJob follow(
      Federation federation,
      TrainingJob started,
      int round,
      Map<String, Duration> phases,
      Consumer<String> progress)
      throws InterruptedException {
    String state = "";
    long since = System.nanoTime();
    TrainingJob job = started;
    while (job.active() && started(job) < round) {
      Thread.sleep(POLL);
      job = federation.training(job.id());
      String now = stateOf(job);
      long time = System.nanoTime();
      phases.merge(state.isEmpty() ? now : state, Duration.ofNanos(time - since), Duration::plus);
      since = time;
      if (!now.equals(state)) {
        progress.accept("round " + Math.max(1, started(job)) + ": " + now);
        state = now;
      }
    }
    return job;
  }

  private static int started(TrainingJob job) {
    return job.rounds() == null ? 0 : job.rounds().size();
  }

  private static String stateOf(TrainingJob job) {
    List<TrainingJob.Round> rounds = job.rounds();
    return rounds == null || rounds.isEmpty() ? "reserving" : rounds.get(rounds.size() - 1).state();
  }

  private Map<String, Duration> serviceTimes() throws StackException {
    Map<String, Duration> times = new LinkedHashMap<>();
    for (Map.Entry<Service, ProcessHandle> entry : processes().entrySet()) {
      times.put(entry.getKey().module(), Usage.cpu(entry.getValue()));
    }
    ProcessHandle database = stack.runningProcesses().get(0);
    times.put(DATABASE, Usage.cpu(database));
    return times;
  }

  private Map<String, Long> peakMemory() throws StackException {
    Map<String, Long> memory = new LinkedHashMap<>();
    processes()
        .forEach((service, process) -> {
          OptionalLong peak = Usage.peakMemory(process);
          peak.ifPresent(bytes -> memory.put(service.module(), bytes));
        });
    return memory;
  }

  private Map<Service, ProcessHandle> processes() throws StackException {
    Map<Service, ProcessHandle> processes = new EnumMap<>(Service.class);
    for (Service service : Service.values()) {
      processes.put(service, stack.process(service));
    }
    return processes;
  }

  @Override
  public void close() {
    fleet.close();
    stack.close();
  }

  private static String describe(Map<String, Integer> complaints) {
    return complaints.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(5)
        .map(entry -> entry.getValue() + " times " + entry.getKey())
        .collect(Collectors.joining("; "));
  }
}
