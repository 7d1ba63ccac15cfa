package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackOptions;
import com.octomil.privacy.device.LocalPolicy;
import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.it.Api.Of;
import com.octomil.privacy.kit.test.TestAuthority;
import com.octomil.privacy.kit.test.TestAuthority.Identity;
import com.octomil.privacy.proto.budget.v1.BudgetLedgerGrpc;
import com.octomil.privacy.proto.budget.v1.ReserveRequest;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The services with certificates: who is refused, and how certificates and even the authority are
 * replaced while they run.
 */
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TlsIT {

  private static final int DEVICES = 20;
  private static final int BITS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final TestAuthority OLD = TestAuthority.create("old authority");
  private static final TestAuthority NEW = TestAuthority.create("new authority");

  @TempDir private static Path folder;
  private static final Map<Service, Integer> REST = new EnumMap<>(Service.class);
  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    StackOptions options =
        StackOptions.in(Home.path()).withNativeImages(Boolean.getBoolean("octomil.it.native"));
    for (Service service : Service.values()) {
      TestAuthority.install(folder(service), OLD.issue(service.module()), OLD.pem());
      REST.put(service, freePort());
      options = options.withProperties(service, properties(service));
    }
    stack = Stack.start(options);
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  private static Map<String, String> properties(Service service) {
    String files = folder(service).resolve("current").toString();
    Map<String, String> properties = new HashMap<>();
    properties.put("octomil.tls.certificate-file", files + "/tls.crt");
    properties.put("octomil.tls.key-file", files + "/tls.key");
    properties.put("octomil.tls.ca-file", files + "/ca.crt");
    properties.put("octomil.tls.reload-period", "500ms");
    properties.put("quarkus.grpc.server.plain-text", "false");
    properties.put("quarkus.http.ssl-port", Integer.toString(REST.get(service)));
    properties.put("quarkus.http.tls-configuration-name", "rest");
    // The stack itself looks at the services without TLS.
    properties.put("quarkus.http.insecure-requests", "enabled");
    properties.put("quarkus.tls.rest.key-store.pem.0.cert", files + "/tls.crt");
    properties.put("quarkus.tls.rest.key-store.pem.0.key", files + "/tls.key");
    properties.put("quarkus.tls.rest.reload-period", "500ms");
    switch (service) {
      case BUDGET -> properties.put("quarkus.grpc.server.ssl.client-auth", "REQUIRED");
      case RELAY -> {
        properties.put("quarkus.grpc.server.ssl.client-auth", "REQUEST");
        properties.put("octomil.relay.check-in-retry", "PT0.1S");
      }
      case AGGREGATOR -> properties.put("octomil.aggregator.lease", "3s");
    }
    return properties;
  }

  @Test
  @Order(1)
  void budgetServiceKnowsItsCallersByTheirAuthority() throws Exception {
    // Past TLS, the token of the services is missing.
    assertThat(callBudget(OLD, OLD.issue("aggregator"))).isEqualTo(Status.Code.UNAUTHENTICATED);

    assertThat(callBudget(OLD, null))
        .as("without a certificate")
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(callBudget(OLD, NEW.issue("aggregator")))
        .as("of another authority")
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(callBudget(OLD, OLD.issue("aggregator", Instant.now().minusSeconds(60))))
        .as("expired")
        .isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(callBudget(NEW, OLD.issue("aggregator")))
        .as("a server that the caller does not trust")
        .isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  @Order(2)
  void devicesRefuseAnotherAuthorityAndPlaintext() {
    Api api = new Api(stack.endpoints());
    String federation = Services.newFederation("tls-refused");
    configure(api, federation);
    assertThatThrownBy(() -> enroll(api, federation, 1, target -> trusting(target, NEW)))
        .isInstanceOf(TransportException.class);
    assertThatThrownBy(() -> enroll(api, federation, 1, GrpcChannels::connectInsecure))
        .isInstanceOf(TransportException.class);
  }

  @Test
  @Order(3)
  void certificatesAndAuthorityAreReplacedWhileTheServicesRun() throws Exception {
    Endpoints endpoints = stack.endpoints();
    Api api = new Api(endpoints);
    String federation = Services.newFederation("tls");
    configure(api, federation);
    Training training = new Training(api, endpoints.apiKey(), federation);
    training.createModel("m", new float[5]);
    try (TestFleet fleet = enroll(api, federation, DEVICES, target -> trusting(target, OLD))) {
      round(training, fleet);
    }
    Map<Service, Long> processes = processes();

    // Certificates of a new authority, while the old one is still trusted.
    Map<Service, BigInteger> renewed = new EnumMap<>(Service.class);
    for (Service service : Service.values()) {
      Identity identity = NEW.issue(service.module());
      renewed.put(service, identity.serial());
      TestAuthority.install(folder(service), identity, OLD.pem() + NEW.pem());
    }
    for (Service service : Service.values()) {
      int grpc = stack.ports(service).grpc();
      await(() -> serial(grpc, NEW).equals(renewed.get(service)), service + " gRPC");
      int rest = REST.get(service);
      await(() -> serial(rest, NEW).equals(renewed.get(service)), service + " REST");
    }

    // The old authority goes.
    for (Service service : Service.values()) {
      Identity identity = NEW.issue(service.module());
      TestAuthority.install(folder(service), identity, NEW.pem());
      int grpc = stack.ports(service).grpc();
      await(() -> serial(grpc, NEW).equals(identity.serial()), service + " gRPC");
    }
    assertThat(callBudget(NEW, OLD.issue("aggregator"))).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(callBudget(NEW, NEW.issue("aggregator"))).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(processes()).as("nothing was restarted").isEqualTo(processes);

    // Aggregator and relay have to connect anew: with the new certificates, to a new certificate.
    stack.crashAndRestart(Service.BUDGET);
    try (TestFleet fleet = enroll(api, federation, DEVICES, target -> trusting(target, NEW))) {
      round(training, fleet);
    }
    assertThat(training.budget().path("rounds_completed").asInt()).isEqualTo(2);
    assertThat(processes().get(Service.AGGREGATOR)).isEqualTo(processes.get(Service.AGGREGATOR));
    assertThat(processes().get(Service.RELAY)).isEqualTo(processes.get(Service.RELAY));
  }

  private static void configure(Api api, String federation) {
    api.put(
            Of.BUDGET,
            "/api/v1/federations/" + federation + "/privacy",
            Bodies.privacy(
                "\"epsilon\": 20, \"delta\": 1e-5, \"noise_multiplier\": 2.0,",
                true,
                DEVICES,
                BITS))
        .expect(201);
  }

  private static TestFleet enroll(
      Api api,
      String federation,
      int devices,
      java.util.function.Function<String, ManagedChannel> connect) {
    return TestFleet.enroll(
        api,
        stack.endpoints(),
        federation,
        devices,
        LocalPolicy.standard().withMinimumCohort(10),
        connect);
  }

  private static void round(Training training, TestFleet fleet) {
    String job = training.start(Bodies.training(1, DEVICES, 30));
    fleet.start(Map.of(), 1.0 / (1 << BITS));
    JsonNode done = training.await(job, Set.of("completed", "failed", "paused"));
    assertThat(done.path("state").asText())
        .as(() -> done + " " + fleet.outcomes())
        .isEqualTo("completed");
  }

  private static Map<Service, Long> processes() throws Exception {
    Map<Service, Long> processes = new EnumMap<>(Service.class);
    for (Service service : Service.values()) {
      processes.put(service, stack.process(service).pid());
    }
    return processes;
  }

  /** How a call of the ledger without the services' token ends. */
  private static Status.Code callBudget(TestAuthority trusted, Identity own)
      throws IOException, InterruptedException {
    TlsChannelCredentials.Builder credentials =
        TlsChannelCredentials.newBuilder().trustManager(pem(trusted.pem()));
    if (own != null) {
      credentials.keyManager(pem(own.certificate()), pem(own.key()));
    }
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + stack.ports(Service.BUDGET).grpc(), credentials.build())
            .build();
    try {
      ReserveRequest request = ReserveRequest.getDefaultInstance();
      var unused =
          BudgetLedgerGrpc.newBlockingStub(channel)
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .reserve(request);
      return Status.Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    } finally {
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private static ManagedChannel trusting(String target, TestAuthority authority) {
    try {
      return GrpcChannels.connect(target, pem(authority.pem()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Serial number of the certificate that a listener presents; zero while it is not trusted. */
  private static BigInteger serial(int port, TestAuthority authority) {
    try (SSLSocket socket = (SSLSocket) context(authority).getSocketFactory().createSocket()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.setSoTimeout(10_000);
      socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
      socket.startHandshake();
      X509Certificate certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return certificate.getSerialNumber();
    } catch (IOException notTrusted) {
      return BigInteger.ZERO;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static SSLContext context(TestAuthority authority)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry(
        "authority",
        CertificateFactory.getInstance("X.509").generateCertificate(pem(authority.pem())));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static void await(BooleanSupplier condition, String what) {
    Instant deadline = Instant.now().plus(PATIENCE);
    while (!condition.getAsBoolean()) {
      assertThat(Instant.now()).as(what + " has not changed").isBefore(deadline);
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  private static InputStream pem(String text) {
    return new ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static Path folder(Service service) {
    return folder.resolve(service.module());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
