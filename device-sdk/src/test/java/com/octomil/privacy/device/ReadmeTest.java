package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.device.grpc.GrpcChannels;
import com.octomil.privacy.device.grpc.GrpcDeviceTransport;
import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.reference.RoundPlan;
import com.octomil.privacy.device.state.FileRoundStateStore;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import io.grpc.ManagedChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's device is this class's device, and it takes part in a round. */
class ReadmeTest {

  @TempDir Path folder;

  // README begins
  static Participation takePart(ManagedChannel channel, String code, Bytes authority, Path home)
      throws Exception {
    DeviceTransport transport = new GrpcDeviceTransport(channel, channel);
    SecureRandom random = new SecureRandom();
    try (DeviceIdentity identity = Enrollment.enroll(transport, code, "eu", authority, random);
        FileRoundStateStore store = FileRoundStateStore.open(home.resolve("state"))) {
      identity.save(home.resolve("identity"));
      return FederatedDevice.builder()
          .transport(transport)
          .identity(identity)
          .trainer((model, instructions) -> new float[model.length])
          .stateStore(store)
          .build()
          .participate();
    }
  }

  // README ends

  interface Battery {
    int percent();

    boolean charging();
  }

  interface Network {
    boolean metered();
  }

  // README loop begins
  static DeviceLoop keepTakingPart(
      FederatedDevice device, Battery battery, Network network, Executor executor) {
    return DeviceLoop.of(device)
        .status(() -> new DeviceStatus(battery.percent(), battery.charging(), network.metered()))
        .rules(ParticipationRules.standard()) // half a battery or a charger, no metered network
        .onParticipation(end -> System.out.println(end))
        .start(executor);
  }

  // README loop ends

  @Test
  void theLoopRuns() throws Exception {
    Battery full =
        new Battery() {
          @Override
          public int percent() {
            return 90;
          }

          @Override
          public boolean charging() {
            return false;
          }
        };
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (Fleet fleet = new Fleet(3, 4)) {
      ReferenceRound round = fleet.server().open(fleet.plan());
      DeviceLoop loop =
          keepTakingPart(fleet.device(0, fleet.transport()), full, () -> false, thread);
      for (var other : fleet.start(Map.of(), 1).values()) {
        assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
      }
      assertThat(round.sum()).contains(fleet.sum(List.of(0, 1, 2)));
      loop.close();
    } finally {
      thread.shutdownNow();
      assertThat(thread.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Nothing in the README is code that nobody compiles. */
  @Test
  void everyExampleOfTheReadmeIsInATest() throws Exception {
    StringBuilder tests = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        tests.append(unindented(Files.readString(file)));
      }
    }
    Matcher block =
        Pattern.compile("^```java\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Files.readString(Path.of("README.md")));
    int count = 0;
    while (block.find()) {
      count++;
      assertThat(tests).contains(unindented(block.group(1)));
    }
    assertThat(count).isEqualTo(3);
  }

  private static String unindented(String code) {
    return code.replaceAll("(?m)^ +", "");
  }

  @Test
  void theExampleRuns() throws Exception {
    try (Fleet fleet = new Fleet(3, 4)) {
      ReferenceRound round = fleet.server().open(RoundPlan.of(4, fleet.model()));
      var others = fleet.start(Map.of(), 0);
      ManagedChannel channel = GrpcChannels.connectInsecure(fleet.server().target());
      try {
        Participation outcome =
            takePart(channel, "code", Bytes.of(fleet.server().authorityKey()), folder);
        assertThat(outcome).isInstanceOf(Participation.Published.class);
      } finally {
        channel.shutdownNow();
      }
      for (var other : others.values()) {
        assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
      }
      assertThat(round.sum()).contains(fleet.sum(List.of(0, 1, 2)));
    }
  }

  @Test
  void theReadmeShowsThisCode() throws Exception {
    String source =
        Files.readString(Path.of("src/test/java/com/octomil/privacy/device/ReadmeTest.java"));
    String shown =
        source
            .substring(
                source.indexOf("// README begins\n") + "// README begins\n".length(),
                source.indexOf("  // README ends"))
            .stripTrailing()
            .stripIndent()
            .strip();
    assertThat(shown.lines().count()).isLessThan(20);
    assertThat(Files.readString(Path.of("README.md"))).contains(shown);
  }

  @Test
  void everyRefusalReasonStandsInTheThreatModelWithATestThatExists() throws Exception {
    String model = Files.readString(Path.of("../docs/THREAT_MODEL.md"));
    String tests =
        Files.readString(
            Path.of("src/test/java/com/octomil/privacy/device/HostileServerTest.java"));
    for (RefusalReason reason : RefusalReason.values()) {
      assertThat(model).contains("`" + reason + "`");
      assertThat(tests).contains("RefusalReason." + reason);
    }
    Matcher named = Pattern.compile("`HostileServerTest\\.(\\w+)`").matcher(model);
    int count = 0;
    while (named.find()) {
      assertThat(tests).contains("void " + named.group(1) + "()");
      count++;
    }
    assertThat(count).isGreaterThan(50);
  }

  @Test
  void everyLieOfADeviceStandsInTheThreatModelWithATestThatExists() throws Exception {
    String model = Files.readString(Path.of("../docs/THREAT_MODEL.md"));
    Map<String, Path> sources =
        Map.of(
            "device", Path.of("src/test/java/com/octomil/privacy/device"),
            "relay", Path.of("../secagg-relay-service/src/test/java/com/octomil/privacy/relay"),
            "aggregator",
                Path.of("../aggregator-service/src/test/java/com/octomil/privacy/aggregator"));
    Matcher named = Pattern.compile("`(device|relay|aggregator)\\.(\\w+)\\.(\\w+)`").matcher(model);
    Map<String, Set<String>> listed = new TreeMap<>();
    while (named.find()) {
      Path file = sources.get(named.group(1)).resolve(named.group(2) + ".java");
      assertThat(Files.readString(file)).contains("void " + named.group(3) + "()");
      listed
          .computeIfAbsent(named.group(1) + "." + named.group(2), name -> new TreeSet<>())
          .add(named.group(3));
    }
    for (String complete : List.of("device.HostileDeviceTest", "relay.HostileDeviceTest")) {
      String[] name = complete.split("\\.");
      Matcher test =
          Pattern.compile("@Test\\s+void (\\w+)\\(\\)")
              .matcher(Files.readString(sources.get(name[0]).resolve(name[1] + ".java")));
      while (test.find()) {
        assertThat(listed.get(complete)).contains(test.group(1));
      }
    }
  }
}
