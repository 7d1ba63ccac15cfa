package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.cli.stack.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.yaml.snakeyaml.Yaml;

/**
 * What the framework knows of a service and writes into the manifests that it generates is what our
 * own manifests say (ADR 0073): ports, probes, where metrics are, and that schemas are migrated by
 * a Job.
 */
class GeneratedManifestsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<Service, String> BASES =
      Map.of(
          Service.BUDGET, "budget/resources.yaml",
          Service.RELAY, "region/resources.yaml",
          Service.AGGREGATOR, "region/resources.yaml");
  private static final Map<Service, String> NAMES =
      Map.of(
          Service.BUDGET, "octomil-budget",
          Service.RELAY, "octomil-relay",
          Service.AGGREGATOR, "octomil-aggregator");

  @ParameterizedTest
  @EnumSource(Service.class)
  void agreeWithOurs(Service service) throws IOException {
    JsonNode generated = object(generated(service), "Deployment", service.module());
    JsonNode ours = object(ours(service), "Deployment", NAMES.get(service));

    Map<String, Integer> generatedPorts = ports(generated);
    Map<String, Integer> ourPorts = ports(ours);
    assertThat(ourPorts)
        .containsEntry("grpc", generatedPorts.get("grpc"))
        .containsEntry("management", generatedPorts.get("management"));
    // REST listens with TLS only, on another port than the one that the framework opens by itself.
    assertThat(ourPorts).containsKey("https").doesNotContainKey("http");

    for (String probe : new String[] {"livenessProbe", "readinessProbe", "startupProbe"}) {
      JsonNode theirs = container(generated).path(probe).path("httpGet");
      JsonNode own = container(ours).path(probe).path("httpGet");
      assertThat(theirs.path("path").asText()).as(probe).startsWith("/q/health/");
      assertThat(own.path("path")).as(probe).isEqualTo(theirs.path("path"));
      assertThat(ourPorts.get(own.path("port").asText()))
          .as(probe)
          .isEqualTo(theirs.path("port").asInt());
    }

    JsonNode annotations = generated.path("metadata").path("annotations");
    assertThat(annotations.path("prometheus.io/port").asInt())
        .isEqualTo(ourPorts.get("management"));
    String monitoring =
        Files.readString(
            Home.path().resolve("deploy/kubernetes/components/monitoring/resources.yaml"));
    assertThat(monitoring)
        .contains("path: " + annotations.path("prometheus.io/path").asText())
        .contains("port: management");

    assertThat(StreamSupport.stream(generated(service).spliterator(), false))
        .as("the framework would migrate in a Job")
        .anyMatch(object -> object.path("kind").asText().equals("Job"));
    assertThat(object(ours(service), "Job", NAMES.get(service) + "-migration").isMissingNode())
        .isFalse();
  }

  private static JsonNode generated(Service service) throws IOException {
    return yaml(Home.path().resolve(service.module()).resolve("target/kubernetes/kubernetes.yml"));
  }

  private static JsonNode ours(Service service) throws IOException {
    return yaml(Home.path().resolve("deploy/kubernetes/base").resolve(BASES.get(service)));
  }

  private static JsonNode yaml(Path file) throws IOException {
    return JSON.valueToTree(new Yaml().loadAll(Files.readString(file)));
  }

  private static JsonNode object(JsonNode objects, String kind, String name) {
    for (JsonNode object : objects) {
      if (object.path("kind").asText().equals(kind)
          && object.path("metadata").path("name").asText().startsWith(name)) {
        return object;
      }
    }
    return objects.path("there is no " + kind + " " + name);
  }

  private static JsonNode container(JsonNode deployment) {
    return deployment.path("spec").path("template").path("spec").path("containers").path(0);
  }

  private static Map<String, Integer> ports(JsonNode deployment) {
    Map<String, Integer> ports = new TreeMap<>();
    container(deployment)
        .path("ports")
        .forEach(port -> ports.put(port.path("name").asText(), port.path("containerPort").asInt()));
    return ports;
  }
}
