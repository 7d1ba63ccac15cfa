package com.octomil.privacy.cli.stack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** One service as a process of this computer. */
final class ServiceProcess {

  private static final Duration POLL = Duration.ofMillis(50);

  private final Service service;
  private final ServicePorts ports;
  private final Path log;
  private final Process process;

  private ServiceProcess(Service service, ServicePorts ports, Path log, Process process) {
    this.service = service;
    this.ports = ports;
    this.log = log;
    this.process = process;
  }

  /**
   * What runs a service.
   *
   * @param before the program and what stands before the configuration
   * @param after what stands behind it
   */
  record Command(List<String> before, List<String> after) {

    /** A runnable jar on this JVM's kind of JVM. */
    static Command jvm(Path jar, List<String> options) {
      List<String> before = new ArrayList<>();
      before.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      before.addAll(options);
      return new Command(before, List.of("-jar", jar.toString()));
    }

    /** A native image. */
    static Command nativeImage(Path executable, List<String> options) {
      List<String> before = new ArrayList<>();
      before.add(executable.toString());
      before.addAll(options);
      return new Command(before, List.of());
    }
  }

  /**
   * Starts the process and returns at once.
   *
   * @param service which service
   * @param runner what runs it
   * @param ports its ports
   * @param properties its configuration
   * @param directory its working directory
   * @param log file that its output is appended to
   * @return the process, not ready yet
   * @throws StackException if the process cannot be created
   */
  static ServiceProcess start(
      Service service,
      Command runner,
      ServicePorts ports,
      Map<String, String> properties,
      Path directory,
      Path log)
      throws StackException {
    List<String> command = new ArrayList<>(runner.before());
    new TreeMap<>(properties).forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.addAll(runner.after());
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      // Variables of the command line are no settings of a service.
      builder.environment().keySet().removeIf(name -> name.startsWith("OCTOMIL_"));
      Process process =
          builder
              .directory(directory.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new ServiceProcess(service, ports, log, process);
    } catch (IOException e) {
      throw new StackException(service.module() + " could not be started: " + e.getMessage(), e);
    }
  }

  Service service() {
    return service;
  }

  ServicePorts ports() {
    return ports;
  }

  Process process() {
    return process;
  }

  /**
   * Waits until the readiness check of the service answers 200.
   *
   * @param http client for the check
   * @param timeout how long to wait
   * @throws StackException if the process ends or the time is over
   * @throws InterruptedException if the thread is interrupted
   */
  void awaitReady(HttpClient http, Duration timeout) throws StackException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + ports.management() + "/q/health/ready"))
            .timeout(Duration.ofSeconds(5))
            .build();
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      if (isReady(http, request)) {
        return;
      }
      if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new StackException(describeExit());
      }
      if (System.nanoTime() - deadline > 0) {
        throw new StackException(
            service.module()
                + " was not ready within "
                + timeout.toSeconds()
                + " s"
                + LogTail.of(log, 30).forMessage());
      }
    }
  }

  private static boolean isReady(HttpClient http, HttpRequest request) throws InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  /** What to tell people about a process that ended by itself. */
  String describeExit() {
    return service.module()
        + " ended unexpectedly with exit code "
        + process.exitValue()
        + LogTail.of(log, 30).forMessage();
  }

  /** Asks the process to end and makes sure that it does. */
  void stop() {
    process.destroy();
    Processes.awaitOrKill(process.toHandle(), Duration.ofSeconds(15));
  }

  /** Ends the process without giving it a chance to clean up. */
  void kill() {
    process.destroyForcibly();
    Processes.awaitOrKill(process.toHandle(), Duration.ofSeconds(10));
  }
}
