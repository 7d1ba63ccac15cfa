package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;

/** Dockerfiles and the workflow that builds, scans, signs and publishes. */
class ImagesTest {

  private static final Path HOME = Path.of(System.getProperty("octomil.home")).normalize();
  private static final List<String> SERVICES =
      List.of("budget-service", "secagg-relay-service", "aggregator-service");

  @ParameterizedTest
  @ValueSource(strings = {"jvm", "native"})
  void imagesRunAsNobodyAndWithoutAShell(String kind) throws IOException {
    List<String> lines = instructions(HOME.resolve("deploy/docker/Dockerfile." + kind));
    assertThat(lines)
        .as("a base without a shell, replaceable by its digest")
        .anyMatch(line -> line.matches("ARG BASE=gcr\\.io/distroless/\\S+:nonroot"))
        .contains("FROM ${BASE}");
    assertThat(lines).filteredOn(line -> line.startsWith("FROM")).hasSize(1);
    assertThat(lines)
        .filteredOn(line -> line.startsWith("USER"))
        .containsExactly("USER 65532:65532");
    assertThat(lines)
        .as("instructions that need a shell")
        .noneMatch(line -> line.startsWith("RUN") || line.matches("(ENTRYPOINT|CMD) [^\\[].*"));
    assertThat(lines)
        .filteredOn(line -> line.startsWith("COPY"))
        .isNotEmpty()
        .allMatch(line -> line.startsWith("COPY --chown=0:0 --chmod=0555 ${SERVICE}/target/"));
    assertThat(lines).noneMatch(line -> line.matches("(?i).*(password|secret|token|edg_).*"));
    assertThat(
            Files.readAllLines(HOME.resolve("deploy/docker/Dockerfile." + kind + ".dockerignore")))
        .as("nothing but what is copied is sent to the builder")
        .startsWith("**");
  }

  @Test
  void workflowsDoTheLeastAndPinWhatTheyUse() throws IOException {
    for (Path file : workflows()) {
      Map<String, Object> workflow = yaml(file);
      assertThat(workflow.get("permissions"))
          .as(file.toString())
          .isEqualTo(Map.of("contents", "read"));
      assertThat(Files.readAllLines(file))
          .filteredOn(line -> line.contains("uses:"))
          .as("actions pinned by commit, with the version beside it")
          .allMatch(line -> line.matches(".*uses: [\\w./-]+@[0-9a-f]{40} # v\\d+\\.\\d+\\.\\d+"));
    }
  }

  @Test
  void releasesBuildScanSignAndPublishEveryImageAndTheChart() throws IOException {
    List<String> steps = new ArrayList<>();
    List<String> scanned = new ArrayList<>();
    for (Path file : workflows()) {
      for (Object job : map(yaml(file).get("jobs")).values()) {
        for (Object step : (List<?>) map(job).get("steps")) {
          Map<String, Object> entry = map(step);
          steps.add(String.valueOf(entry.get("run")));
          if (String.valueOf(entry.get("uses")).startsWith("aquasecurity/trivy-action@")) {
            Map<String, Object> with = map(entry.get("with"));
            assertThat(with).containsEntry("exit-code", "1");
            scanned.add(String.valueOf(with.get("image-ref")).replaceAll("\\$\\{\\{[^}]*}}", "X"));
          }
        }
      }
    }
    List<String> wanted = new ArrayList<>();
    for (String service : SERVICES) {
      wanted.add("X/" + service + ":X");
      wanted.add("X/" + service + ":X-native");
    }
    assertThat(scanned).containsExactlyInAnyOrderElementsOf(wanted);
    String script = String.join("\n", steps);
    assertThat(script)
        .contains(
            "bash .ci/run", "cyclonedx-maven-plugin:makeBom", "-Dnative verify", "build native")
        .contains(
            "docker push", "cosign sign", "cosign attest --yes --type cyclonedx", "helm push");
    SERVICES.forEach(service -> assertThat(script).contains(service));
  }

  private static List<Path> workflows() throws IOException {
    try (Stream<Path> files = Files.list(HOME.resolve(".github/workflows"))) {
      return files.filter(file -> file.toString().endsWith(".yml")).toList();
    }
  }

  private static Map<String, Object> yaml(Path file) throws IOException {
    return map(new Yaml().load(Files.readString(file)));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  /** Instructions with continued lines joined, without comments. */
  private static List<String> instructions(Path file) throws IOException {
    return Files.readString(file)
        .replace("\\\n", " ")
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .map(line -> line.replaceAll("\\s+", " ").strip())
        .toList();
  }
}
