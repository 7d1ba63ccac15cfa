package com.octomil.privacy.cli.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.Console;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.demo.Operator.Job;
import com.octomil.privacy.cli.demo.Operator.OperatorException;
import com.octomil.privacy.cli.demo.Operator.RoundView;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.GaussianComposition;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** One demonstration from the first process to the report. */
final class Demonstration implements AutoCloseable {

  private static final String MODEL = "classifier";

  /**
   * How long each step of a round waits for devices that do not come, on a computer that has
   * nothing else to do. A busy or slow one needs longer, or devices that mean to come are too late.
   */
  private static final double SHORTEST_PHASE_SECONDS = 1.75;

  private static final double LONGEST_PHASE_SECONDS = 20;

  /** A step of a round has about the work of an enrolment of the whole fleet. */
  private static final double PHASE_PER_ENROLLMENT = 1.25;

  private static final double RECONSTRUCTION_THRESHOLD = 0.6;

  /** What budget-service assumes if nobody says otherwise. */
  private static final double LEAST_ASSUMED_DROPOUT = 0.1;

  /** Without noise there is no reason to clip; this only sizes the integers of the sum. */
  private static final double CLIP_NORM_WITHOUT_NOISE = 16.0;

  private static final int NOISE_DECIMALS = 4;
  private static final long POLL_MILLIS = 100;

  private final long startNanos;
  private final Stack stack;
  private final DemoOptions options;
  private final Console console;
  private final ObjectMapper json = new ObjectMapper();
  private boolean failed = true;
  private double trainingSeconds;

  private Demonstration(long startNanos, Stack stack, DemoOptions options, Console console) {
    this.startNanos = startNanos;
    this.stack = stack;
    this.options = options;
    this.console = console;
  }

  /**
   * How a demonstration ended.
   *
   * @param report all figures
   * @param exitCode one of {@link ExitCodes}
   * @param problem what went wrong, if anything
   */
  record Outcome(DemoReport report, int exitCode, Optional<String> problem) {}

  /** Starts the services. */
  static Demonstration start(StackOptions stackOptions, DemoOptions options, Console console)
      throws StackException, InterruptedException {
    long startNanos = System.nanoTime();
    console.people().println("Starting PostgreSQL and the three services ...");
    Stack stack =
        Stack.start(
            stackOptions
                .withProperties(Service.RELAY, Map.of("octomil.relay.check-in-retry", "PT0.1S"))
                .withProperties(
                    Service.AGGREGATOR,
                    Map.of(
                        "octomil.aggregator.reveal-grace", "250ms",
                        "octomil.aggregator.attempts-per-round", "2")));
    return new Demonstration(startNanos, stack, options, console);
  }

  /** Wall time of the training alone; 0 before it has ended. */
  double trainingSeconds() {
    return trainingSeconds;
  }

  /** Trains and compares. */
  Outcome run() throws StackException, InterruptedException {
    Endpoints endpoints = stack.endpoints();
    try (Operator operator = new Operator(endpoints, DemoOptions.FEDERATION)) {
      Outcome outcome = run(operator);
      failed = false;
      return outcome;
    } catch (OperatorException e) {
      throw new StackException(
          e.getMessage() + "\nLogs: " + stack.workDirectory().resolve("logs"), e);
    }
  }

  private Outcome run(Operator operator)
      throws OperatorException, StackException, InterruptedException {
    Partition partition = Partition.of(options.source().load(), options.devices(), options.seed());
    LinearClassifier classifier = new LinearClassifier(partition.test());
    Optional<Double> noise = noiseMultiplier();
    Dropouts dropouts = new Dropouts();
    operator.configurePrivacy(privacy(noise));
    operator.uploadModel(MODEL, classifier.initialModel());
    console
        .people()
        .printf(
            Locale.ROOT,
            "Enrolling %d devices with %d training samples (%s); %d samples are held out for testing%n",
            options.devices(),
            partition.slices().stream().mapToInt(Dataset::size).sum(),
            options.source(),
            partition.test().size());
    long beforeEnrollment = System.nanoTime();
    try (Fleet fleet =
        Fleet.enroll(
            stack.endpoints(), operator, options, noise, partition, classifier, dropouts)) {
      double phaseSeconds =
          Math.clamp(
              PHASE_PER_ENROLLMENT * (System.nanoTime() - beforeEnrollment) / 1e9,
              SHORTEST_PHASE_SECONDS,
              LONGEST_PHASE_SECONDS);
      describeTraining(noise);
      fleet.start();
      List<RoundView> published = new ArrayList<>();
      long beforeTraining = System.nanoTime();
      Job job = train(operator, fleet, published, phaseSeconds);
      trainingSeconds = (System.nanoTime() - beforeTraining) / 1e9;
      return report(operator, job, published, partition, classifier, noise, dropouts, fleet);
    }
  }

  /**
   * Runs a job, and where it fails for want of time, another one for the remaining rounds with
   * twice the time.
   */
  private Job train(
      Operator operator, Fleet fleet, List<RoundView> published, double firstPhaseSeconds)
      throws OperatorException, StackException, InterruptedException {
    double phaseSeconds = firstPhaseSeconds;
    while (true) {
      int before = published.size();
      fleet.jobStarts(before);
      String id = operator.startTraining(training(options.rounds() - before, phaseSeconds));
      Job job = await(operator, id, fleet, before);
      job.rounds().stream()
          .filter(RoundView::published)
          .sorted(Comparator.comparingInt(RoundView::number))
          .forEach(published::add);
      if (!job.failed() || phaseSeconds >= LONGEST_PHASE_SECONDS) {
        return job;
      }
      phaseSeconds = Math.min(2 * phaseSeconds, LONGEST_PHASE_SECONDS);
      console
          .people()
          .printf(
              Locale.ROOT,
              "%s%nGiving the devices %.1f s for each step from now on%n",
              job.reason().orElse("The training failed."),
              phaseSeconds);
    }
  }

  private void describeTraining(Optional<Double> noise) {
    console
        .people()
        .printf(
            Locale.ROOT,
            "Training %d rounds: secure aggregation %s, %s, %.0f %% of the devices drop out of each round%n",
            options.rounds(),
            options.secureAggregation() ? "on" : "off",
            noise
                .map(z ->
                    "epsilon %s (noise multiplier %s)".formatted(options.budget().orElseThrow(), z))
                .orElse("no differential privacy"),
            100 * options.dropout());
  }

  /**
   * What the budget needs for all rounds, rounded up to a readable number, which only ever costs
   * less epsilon.
   */
  private Optional<Double> noiseMultiplier() {
    if (options.budget().isEmpty() || options.noiseMultiplier().isPresent()) {
      return options.noiseMultiplier();
    }
    double exact =
        GaussianComposition.noiseMultiplierFor(
            options.budget().get(), DemoOptions.DELTA, options.rounds(), Adjacency.ADD_REMOVE);
    return Optional.of(
        BigDecimal.valueOf(exact).setScale(NOISE_DECIMALS, RoundingMode.CEILING).doubleValue());
  }

  private ObjectNode privacy(Optional<Double> noise) {
    ObjectNode configuration = json.createObjectNode();
    ObjectNode dp = configuration.putObject("differential_privacy");
    dp.put("enabled", noise.isPresent());
    noise.ifPresent(z ->
        dp.put("epsilon", options.budget().orElseThrow())
            .put("delta", DemoOptions.DELTA)
            .put("noise_multiplier", z));
    dp.put(
        "max_grad_norm",
        noise.isPresent()
            ? options.source().hyperparameters().clipNorm()
            : CLIP_NORM_WITHOUT_NOISE);
    ObjectNode sa = configuration.putObject("secure_aggregation");
    sa.put("enabled", options.secureAggregation());
    sa.put("min_participating_clients", DemoOptions.MIN_PARTICIPATING_CLIENTS);
    sa.put("reconstruction_threshold", RECONSTRUCTION_THRESHOLD);
    sa.put("dropout_fraction", Math.max(LEAST_ASSUMED_DROPOUT, options.dropout()));
    configuration.put("expected_cohort", options.devices());
    return configuration;
  }

  private ObjectNode training(int rounds, double phaseSeconds) {
    Hyperparameters settings = options.source().hyperparameters();
    return json.createObjectNode()
        .put("model", MODEL)
        .put("algorithm", "fedavg")
        .put("rounds", rounds)
        .put("min_updates", DemoOptions.MIN_PARTICIPATING_CLIENTS)
        .put("cohort", options.devices())
        .put("local_epochs", settings.localEpochs())
        .put("learning_rate", settings.learningRate())
        .put("phase_timeout_seconds", phaseSeconds);
  }

  private Job await(Operator operator, String jobId, Fleet fleet, int roundsBefore)
      throws OperatorException, StackException, InterruptedException {
    try (ProgressDisplay progress = ProgressDisplay.of(console, options.rounds())) {
      while (true) {
        Job job = operator.job(jobId);
        int completed = roundsBefore + job.roundsCompleted();
        fleet.roundsCompleted(completed);
        progress.show(completed, job.active() ? "" : job.state());
        if (!job.active() && job.settled()) {
          return job;
        }
        pause();
      }
    }
  }

  /** Waits for the next look, or fails at once if a service died. */
  private void pause() throws StackException, InterruptedException {
    try {
      throw stack.failure().get(POLL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException allIsWell) {
      return;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the watcher of the stack failed", e);
    }
  }

  private Outcome report(
      Operator operator,
      Job job,
      List<RoundView> published,
      Partition partition,
      LinearClassifier classifier,
      Optional<Double> noise,
      Dropouts dropouts,
      Fleet fleet)
      throws OperatorException, InterruptedException {
    List<DemoReport.Round> rounds = new ArrayList<>();
    float[] model = classifier.initialModel();
    for (RoundView view : published) {
      model = operator.model(MODEL, view.modelVersion());
      LinearClassifier.Fit fit = classifier.evaluate(model, partition.test());
      rounds.add(
          new DemoReport.Round(
              view.cohort(),
              view.survivors(),
              fit.loss(),
              fit.accuracy(),
              noise.isPresent() ? view.epsilonSpent() : Optional.empty()));
    }
    float[] plain =
        PlainTraining.run(
            classifier, partition.slices(), options.rounds(), options.source().hyperparameters());
    Optional<DemoReport.Budget> budget = Optional.empty();
    if (noise.isPresent()) {
      budget =
          Optional.of(
              new DemoReport.Budget(
                  options.budget().orElseThrow(),
                  DemoOptions.DELTA,
                  operator.budget().path("epsilon_spent").asDouble(),
                  noise.get()));
    }
    DemoReport report =
        new DemoReport(
            options.source(),
            options.secureAggregation(),
            options.devices(),
            dropouts.countUpTo(rounds.size()),
            rounds,
            classifier.evaluate(model, partition.test()).accuracy(),
            classifier.evaluate(plain, partition.test()).accuracy(),
            partition.constantAccuracy(),
            budget,
            (System.nanoTime() - startNanos) / 1e9);
    return judge(report, job, fleet);
  }

  private Outcome judge(DemoReport report, Job job, Fleet fleet) {
    Optional<DemoReport.Budget> budget = report.budget();
    if (budget.isPresent() && !budget.get().held()) {
      return new Outcome(
          report,
          ExitCodes.BUDGET,
          Optional.of("epsilon " + budget.get().spent() + " was spent, more than the budget"));
    }
    if (job.completed() && report.rounds().size() == options.rounds()) {
      return new Outcome(report, ExitCodes.OK, Optional.empty());
    }
    String ended =
        "the training is %s after %d of %d rounds: %s"
            .formatted(
                job.state(),
                report.rounds().size(),
                options.rounds(),
                job.reason().orElse("no reason given"));
    if (job.paused()) {
      return new Outcome(report, ExitCodes.BUDGET, Optional.of(ended));
    }
    return new Outcome(
        report,
        ExitCodes.TRAINING,
        Optional.of(
            ended
                + aborts(job)
                + fleet.complaints()
                + "\nLogs: "
                + stack.workDirectory().resolve("logs")));
  }

  private static String aborts(Job job) {
    return job.rounds().stream()
        .filter(RoundView::aborted)
        .map(round ->
            "\n  round " + round.number() + " was aborted: " + round.abortDetail().orElse(""))
        .collect(Collectors.joining());
  }

  /** Prints where everything is and waits until somebody stops the process or a service dies. */
  void keepRunning() throws StackException, InterruptedException {
    Endpoints endpoints = stack.endpoints();
    console.people().println();
    console.people().println("  dashboard        " + endpoints.dashboardUrl());
    console.people().println("  budget service   " + endpoints.budgetUrl());
    console.people().println("  aggregator       " + endpoints.aggregatorUrl());
    console.people().println("  relay            " + endpoints.relayUrl());
    console
        .people()
        .println(
            "  devices (gRPC)   relay "
                + endpoints.relayGrpc()
                + ", aggregator "
                + endpoints.aggregatorGrpc());
    console.people().println("  federation       " + DemoOptions.FEDERATION);
    console.people().println("  API key          " + endpoints.apiKey());
    console.people().println("Ctrl-C stops everything.");
    try {
      throw stack.failure().get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the watcher of the stack failed", e);
    }
  }

  /** Stops everything; the logs stay if the demonstration failed. */
  @Override
  public void close() {
    if (failed) {
      stack.closeKeepingLogs();
    } else {
      stack.close();
    }
  }
}
