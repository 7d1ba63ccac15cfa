package com.octomil.privacy.cli.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * PostgreSQL and the three services as processes of this computer, on free ports of the loopback
 * interface, with secrets of their own. The stack is up when {@link #start} returns. It ends with
 * {@link #close} or with the JVM, whatever ends that (except a kill), and leaves no process. If a
 * service dies, {@link #failure} completes.
 *
 * <p>Thread-safe.
 */
public final class Stack implements AutoCloseable {

  /** Small heaps and quick starts: these processes serve one person, not a fleet. */
  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms32m",
          "-Xmx256m",
          "-XX:MaxDirectMemorySize=128m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xshare:auto",
          "-XX:+ExitOnOutOfMemoryError",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow");

  private static final List<String> NATIVE_OPTIONS = List.of("-Xmx512m");

  private final StackOptions options;
  private final Path directory;
  private final boolean temporary;
  private final Secrets secrets;
  private final Map<Service, ServicePorts> ports;
  private final Map<Service, ServiceProcess> processes = new EnumMap<>(Service.class);
  private final List<Replica> replicas = new ArrayList<>();
  private final HttpClient http;
  private final CompletableFuture<StackException> failure = new CompletableFuture<>();
  private final Thread shutdownHook = new Thread(this::stopEverything, "octomil-stack-shutdown");
  private final ReentrantLock stopLock = new ReentrantLock();
  private Database database;
  private boolean closed;

  private Stack(
      StackOptions options,
      Path directory,
      Secrets secrets,
      Database database,
      Map<Service, ServicePorts> ports) {
    this.options = options;
    this.directory = directory;
    this.temporary = options.workDirectory().isEmpty();
    this.secrets = secrets;
    this.database = database;
    this.ports = ports;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();
  }

  /**
   * Starts everything and waits until all services are ready. On failure whatever had been started
   * is stopped again; the work directory stays, and the message says where it is.
   *
   * @param options how to run it
   * @return the running stack
   * @throws StackException if something is not built or does not start
   * @throws InterruptedException if the thread is interrupted; everything is stopped again
   */
  public static Stack start(StackOptions options) throws StackException, InterruptedException {
    requireBuilt(options);
    Stack stack;
    try {
      Path directory = workDirectory(options);
      Secrets secrets = Secrets.in(directory.resolve("secrets"), new SecureRandom());
      Files.createDirectories(directory.resolve("logs"));
      Database database =
          Database.start(directory.resolve("postgres"), directory.resolve("logs/postgresql.log"));
      try {
        stack = new Stack(options, directory, secrets, database, choosePorts());
        Runtime.getRuntime().addShutdownHook(stack.shutdownHook);
      } catch (IOException | IllegalStateException e) {
        database.close();
        throw e;
      }
    } catch (IOException | IllegalStateException e) {
      throw new StackException("the stack could not be prepared: " + e.getMessage(), e);
    }
    try {
      for (Service service : Service.values()) {
        stack.launch(service);
      }
      for (Service service : Service.values()) {
        stack.awaitReady(service);
      }
      return stack;
    } catch (StackException | InterruptedException | RuntimeException e) {
      stack.stopEverything();
      stack.forgetShutdownHook();
      throw e;
    }
  }

  private static void requireBuilt(StackOptions options) throws StackException {
    Path home = options.home();
    List<String> missing = new ArrayList<>();
    for (Service service : Service.values()) {
      if (options.nativeImages()) {
        if (service.nativeImage(home).isEmpty()) {
          missing.add("the native image of " + service.module());
        }
      } else if (!Files.isRegularFile(service.jar(home))) {
        missing.add(service.jar(home).toString());
      }
    }
    if (!missing.isEmpty()) {
      throw new StackException(
          "the services are not built: missing "
              + String.join(", ", missing)
              + "; build them with 'mvn -DskipTests "
              + (options.nativeImages() ? "-Dnative " : "")
              + "package' in "
              + home);
    }
  }

  private static Path workDirectory(StackOptions options) throws IOException {
    Optional<Path> wanted = options.workDirectory();
    return wanted.isPresent()
        ? Files.createDirectories(
            wanted.get(),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
        : Files.createTempDirectory("octomil-");
  }

  private static Map<Service, ServicePorts> choosePorts() throws IOException {
    Service[] services = Service.values();
    List<Integer> free = FreePorts.find(3 * services.length);
    Map<Service, ServicePorts> ports = new EnumMap<>(Service.class);
    for (int i = 0; i < services.length; i++) {
      ports.put(
          services[i], new ServicePorts(free.get(3 * i), free.get(3 * i + 1), free.get(3 * i + 2)));
    }
    return ports;
  }

  private ServicePorts portsOf(Service service) {
    ServicePorts own = ports.get(service);
    if (own == null) {
      throw new IllegalStateException("no ports were chosen for " + service);
    }
    return own;
  }

  private synchronized void launch(Service service) throws StackException {
    if (closed) {
      throw new StackException("the stack has been stopped");
    }
    ServiceProcess running = processes.get(service);
    if (running != null && running.process().isAlive()) {
      throw new IllegalStateException(service.module() + " runs already");
    }
    ServiceProcess started =
        ServiceProcess.start(
            service,
            command(service),
            portsOf(service),
            properties(service, portsOf(service)),
            directory,
            log(service));
    processes.put(service, started);
    Thread.ofVirtual().name("watch-" + service.module()).start(() -> watch(started));
  }

  /** What runs a service, up to its configuration. */
  private ServiceProcess.Command command(Service service) {
    Path home = options.home();
    if (options.nativeImages()) {
      return ServiceProcess.Command.nativeImage(
          service.nativeImage(home).orElseThrow(), NATIVE_OPTIONS);
    }
    List<String> jvm = new ArrayList<>(JVM_OPTIONS);
    jvm.addAll(options.jvmOptions());
    return ServiceProcess.Command.jvm(service.jar(home), jvm);
  }

  private void watch(ServiceProcess process) {
    try {
      process.process().waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the watcher", e);
    }
    onExit(process);
  }

  private void onExit(ServiceProcess process) {
    synchronized (this) {
      // A process that we stopped is no longer the current one.
      if (closed || processes.get(process.service()) != process) {
        return;
      }
    }
    failure.complete(new StackException(process.describeExit()));
  }

  private Map<String, String> properties(Service service, ServicePorts own) {
    Map<String, String> properties = new HashMap<>();
    properties.put("quarkus.http.host", "127.0.0.1");
    properties.put("quarkus.http.port", Integer.toString(own.http()));
    properties.put("quarkus.grpc.server.host", "127.0.0.1");
    properties.put("quarkus.grpc.server.port", Integer.toString(own.grpc()));
    properties.put("quarkus.management.host", "127.0.0.1");
    properties.put("quarkus.management.port", Integer.toString(own.management()));
    properties.put("quarkus.banner.enabled", "false");
    // For people, not for a log store.
    properties.put("quarkus.log.console.json.enabled", "false");
    properties.put("octomil.database.host", "127.0.0.1");
    properties.put("octomil.database.port", Integer.toString(database.port()));
    properties.put("octomil.database.name", Database.NAME);
    properties.put("octomil.database.username", Database.USER);
    properties.put("octomil.database.password", "unused-on-loopback");
    properties.put("octomil.service-token-file", secrets.serviceTokenFile().toString());
    switch (service) {
      case BUDGET -> {
        properties.put("octomil.budget.bootstrap-key-file", secrets.bootstrapKeyFile().toString());
        properties.put(
            "octomil.budget.audit.signing-key-file", secrets.auditSigningKeyFile().toString());
        properties.put("octomil.budget.dashboard.aggregator-urls", restAddress(Service.AGGREGATOR));
        properties.put("octomil.budget.dashboard.relay-urls", restAddress(Service.RELAY));
      }
      case RELAY -> {
        allowDashboard(properties);
        addPeer(properties, "budget", Service.BUDGET);
      }
      case AGGREGATOR -> {
        allowDashboard(properties);
        addPeer(properties, "budget", Service.BUDGET);
        addPeer(properties, "relay", Service.RELAY);
      }
    }
    properties.putAll(options.properties().getOrDefault(service, Map.of()));
    return properties;
  }

  /** Lets the page that the budget service serves call this service. */
  private void allowDashboard(Map<String, String> properties) {
    properties.put("quarkus.http.cors.enabled", "true");
    properties.put("quarkus.http.cors.origins", restAddress(Service.BUDGET));
  }

  private String restAddress(Service service) {
    return "http://127.0.0.1:" + portsOf(service).http();
  }

  private void addPeer(Map<String, String> properties, String client, Service peer) {
    properties.put("quarkus.grpc.clients." + client + ".host", "127.0.0.1");
    properties.put(
        "quarkus.grpc.clients." + client + ".port", Integer.toString(portsOf(peer).grpc()));
  }

  private void awaitReady(Service service) throws StackException, InterruptedException {
    current(service).awaitReady(http, options.startTimeout());
  }

  private synchronized ServiceProcess current(Service service) throws StackException {
    ServiceProcess process = processes.get(service);
    if (process == null) {
      throw new StackException(service.module() + " does not run");
    }
    return process;
  }

  /**
   * Where the services can be reached.
   *
   * @return addresses and the admin key
   */
  public Endpoints endpoints() {
    return new Endpoints(
        restAddress(Service.BUDGET),
        restAddress(Service.AGGREGATOR),
        restAddress(Service.RELAY),
        "127.0.0.1:" + portsOf(Service.AGGREGATOR).grpc(),
        "127.0.0.1:" + portsOf(Service.RELAY).grpc(),
        database.url(),
        secrets.apiKey());
  }

  /**
   * Ports of one service.
   *
   * @param service which one
   * @return its ports, the same after a restart
   */
  public ServicePorts ports(Service service) {
    return portsOf(service);
  }

  /**
   * Folder with data, logs and secrets.
   *
   * @return its path
   */
  public Path workDirectory() {
    return directory;
  }

  /**
   * Log of one service.
   *
   * @param service which one
   * @return path of the file
   */
  public Path log(Service service) {
    return directory.resolve("logs").resolve(service.module() + ".log");
  }

  /**
   * Completes, with what happened, when a service ends that nobody stopped.
   *
   * @return never completes while all is well
   */
  public CompletableFuture<StackException> failure() {
    return failure.copy();
  }

  /**
   * All processes of the stack: the database server and the services.
   *
   * @return handles of those that run
   */
  public synchronized List<ProcessHandle> runningProcesses() {
    List<ProcessHandle> handles = new ArrayList<>();
    database.process().filter(ProcessHandle::isAlive).ifPresent(handles::add);
    for (ServiceProcess process : processes.values()) {
      if (process.process().isAlive()) {
        handles.add(process.process().toHandle());
      }
    }
    for (Replica replica : replicas) {
      if (replica.current.process().isAlive()) {
        handles.add(replica.current.process().toHandle());
      }
    }
    return handles;
  }

  /**
   * The process of one service.
   *
   * @param service which one
   * @return its handle
   * @throws StackException if it does not run
   */
  public synchronized ProcessHandle process(Service service) throws StackException {
    return current(service).process().toHandle();
  }

  /**
   * Stops one service without warning it, as a crash would, and starts it again on the same ports
   * and data.
   *
   * @param service which one
   * @throws StackException if it does not come back
   * @throws InterruptedException if the thread is interrupted
   */
  public void crashAndRestart(Service service) throws StackException, InterruptedException {
    detach(service).kill();
    launch(service);
    awaitReady(service);
  }

  /**
   * Stops the database server without warning it, and starts it again on the same port and data:
   * what had been committed is there, what had not is not.
   *
   * @throws StackException if it does not come back
   * @throws InterruptedException if the thread is interrupted
   */
  public void crashAndRestartDatabase() throws StackException, InterruptedException {
    Database old;
    synchronized (this) {
      old = database;
    }
    int port = old.port();
    old.kill();
    Database restarted =
        Database.start(
            directory.resolve("postgres"), directory.resolve("logs/postgresql.log"), port);
    synchronized (this) {
      database = restarted;
    }
  }

  /**
   * Starts another process of a service on the same database, on ports of its own, and waits until
   * it is ready. The stack's addresses and its other services do not know of it.
   *
   * @param service which one
   * @param more settings of this process beside those of the service
   * @return the running replica
   * @throws StackException if it does not start
   * @throws InterruptedException if the thread is interrupted
   */
  public Replica startReplica(Service service, Map<String, String> more)
      throws StackException, InterruptedException {
    Replica replica;
    try {
      List<Integer> free = FreePorts.find(3);
      ServicePorts own = new ServicePorts(free.get(0), free.get(1), free.get(2));
      synchronized (this) {
        if (closed) {
          throw new StackException("the stack has been stopped");
        }
        replica = new Replica(service, own, more, process(service, own, more));
        replicas.add(replica);
      }
    } catch (IOException e) {
      throw new StackException("there are no free ports: " + e.getMessage(), e);
    }
    replica.awaitReady();
    return replica;
  }

  private ServiceProcess process(Service service, ServicePorts own, Map<String, String> more)
      throws StackException {
    Map<String, String> properties = properties(service, own);
    properties.putAll(more);
    return ServiceProcess.start(
        service, command(service), own, properties, directory, log(service));
  }

  /** A further process of a service. Thread-safe. */
  public final class Replica {
    private final Service service;
    private final ServicePorts ports;
    private final Map<String, String> more;
    private volatile ServiceProcess current;

    private Replica(
        Service service, ServicePorts ports, Map<String, String> more, ServiceProcess current) {
      this.service = service;
      this.ports = ports;
      this.more = Map.copyOf(more);
      this.current = current;
    }

    /** Its ports, the same after a restart. */
    public ServicePorts ports() {
      return ports;
    }

    /** Ends it without warning. */
    public void kill() {
      current.kill();
    }

    /** Asks it to end, and waits until it has. */
    public void stop() {
      current.stop();
    }

    /**
     * Starts it again, after {@link #kill} or {@link #stop}, and waits until it is ready.
     *
     * @throws StackException if it does not come back
     * @throws InterruptedException if the thread is interrupted
     */
    public void restart() throws StackException, InterruptedException {
      synchronized (Stack.this) {
        if (closed) {
          throw new StackException("the stack has been stopped");
        }
        if (current.process().isAlive()) {
          throw new IllegalStateException("the replica runs already");
        }
        current = process(service, ports, more);
      }
      awaitReady();
    }

    private void awaitReady() throws StackException, InterruptedException {
      current.awaitReady(http, options.startTimeout());
    }
  }

  /**
   * Stops the stack's own process of a service for good, for somebody who runs replicas instead.
   *
   * @param service which one
   * @throws StackException if it does not run
   */
  public void stop(Service service) throws StackException {
    detach(service).stop();
  }

  private synchronized ServiceProcess detach(Service service) throws StackException {
    ServiceProcess process = current(service);
    processes.remove(service);
    return process;
  }

  /** Stops everything and, unless something failed, removes a temporary work directory. */
  @Override
  public void close() {
    stopEverything();
    forgetShutdownHook();
    removeTemporaryDirectory();
  }

  /** Stops everything but keeps the work directory, for somebody who wants to read the logs. */
  public void closeKeepingLogs() {
    stopEverything();
    forgetShutdownHook();
  }

  private void forgetShutdownHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException shuttingDown) {
      // The JVM is ending and the hook has done or is doing this work.
    }
  }

  /** Stops everything, or waits until another thread has done so. */
  private void stopEverything() {
    stopLock.lock();
    try {
      List<ServiceProcess> running;
      synchronized (this) {
        if (closed) {
          return;
        }
        closed = true;
        running = new ArrayList<>(processes.values());
        replicas.forEach(replica -> running.add(replica.current));
      }
      List<Thread> stopping = new ArrayList<>();
      for (ServiceProcess process : running) {
        stopping.add(Thread.startVirtualThread(process::stop));
      }
      boolean interrupted = false;
      for (Thread thread : stopping) {
        while (thread.isAlive()) {
          try {
            thread.join();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      }
      // The database goes last, so that services can finish what they are writing.
      database.close();
      http.shutdownNow();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    } finally {
      stopLock.unlock();
    }
  }

  private void removeTemporaryDirectory() {
    if (!temporary || failure.isDone()) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("could not remove " + directory, e);
    }
  }
}
