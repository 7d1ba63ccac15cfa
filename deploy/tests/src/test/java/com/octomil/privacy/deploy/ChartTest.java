package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChartTest {

  static final RegionChecks.Pins TWO_REGIONS =
      new RegionChecks.Pins(
          Map.of(
              "", Set.of("eu-central-1"),
              "eu", Set.of("eu-central-1", "eu-west-1"),
              "us", Set.of("us-east-1")));

  private static final Set<String> UNPINNED_SECRETS =
      Chart.suppliedWithCertificates(
          List.of("octomil-budget", "octomil-relay", "octomil-aggregator"));

  @Test
  void lints() {
    LintResult result = new Helm(Chart.DIRECTORY).lint().strict().call();
    assertThat(result.isFailed()).as("%s", result.getMessages()).isFalse();
  }

  @Test
  void leastValues() {
    Manifests manifests = Chart.render("default");
    assertThat(Checks.of(manifests, UNPINNED_SECRETS, RegionChecks.Pins.none())).isEmpty();
    assertThat(manifests.ofKind("Deployment"))
        .extracting(Resource::name)
        .containsExactlyInAnyOrder("octomil-budget", "octomil-relay", "octomil-aggregator");
    assertThat(manifests.ofKind("Job")).hasSize(3);
  }

  @Test
  void regionsInNamespacesOfTheirOwn() {
    Manifests manifests = Chart.render("regions");
    assertThat(Checks.of(manifests, Chart.SUPPLIED, TWO_REGIONS)).isEmpty();
    assertThat(manifests.ofKind("Deployment"))
        .extracting(Resource::namespace, Resource::name)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("octomil-privacy", "octomil-budget"),
            org.assertj.core.groups.Tuple.tuple("octomil-eu", "octomil-relay-eu"),
            org.assertj.core.groups.Tuple.tuple("octomil-eu", "octomil-aggregator-eu"),
            org.assertj.core.groups.Tuple.tuple("octomil-us", "octomil-relay-us"),
            org.assertj.core.groups.Tuple.tuple("octomil-us", "octomil-aggregator-us"));
    assertThat(manifests.ofKind("ResourceQuota")).hasSize(2);
    assertThat(manifests.ofKind("Certificate")).hasSize(5);
    assertThat(manifests.ofKind("Ingress")).hasSize(9);
    for (String region : List.of("eu", "us")) {
      for (String component : List.of("relay", "aggregator")) {
        Resource deployment =
            manifests
                .find("Deployment", "octomil-" + region, "octomil-" + component + "-" + region)
                .orElseThrow();
        assertThat(manifests.settings(deployment))
            .containsEntry("OCTOMIL_DATABASE_HOST", region + ".db.example.com")
            .containsEntry("OCTOMIL_REGION", region);
      }
    }
    Resource us = manifests.find("Deployment", "octomil-us", "octomil-aggregator-us").orElseThrow();
    assertThat(
            Json.texts(
                us.json(), "spec", "template", "spec", "containers", 0, "resources", "limits"))
        .containsExactlyInAnyOrderEntriesOf(Map.of("cpu", "8", "memory", "6Gi"));
  }

  @Test
  void regionsInOneNamespace() {
    Manifests manifests = Chart.render("shared-namespace");
    assertThat(
            Checks.of(
                manifests,
                Chart.suppliedWithCertificates(
                    List.of(
                        "octomil-budget",
                        "octomil-relay-eu",
                        "octomil-relay-us",
                        "octomil-aggregator-eu",
                        "octomil-aggregator-us")),
                new RegionChecks.Pins(
                    Map.of("eu", Set.of("eu-central-1"), "us", Set.of("us-east-1")))))
        .isEmpty();
    assertThat(manifests.ofKind("Job")).isEmpty();
    assertThat(manifests.ofKind("HorizontalPodAutoscaler")).isEmpty();
    Resource aggregator =
        manifests.find("Deployment", "octomil-privacy", "octomil-aggregator-eu").orElseThrow();
    assertThat(manifests.settings(aggregator))
        .containsEntry("OCTOMIL_AGGREGATOR_PHASE_TIMEOUT", "30s")
        .containsEntry("QUARKUS_FLYWAY_MIGRATE_AT_START", "true");
  }

  @Test
  void theDashboardCallsTheHostsOfTheOtherServicesAndTheyLetIt() {
    Manifests manifests = Chart.render("regions");
    Resource budget =
        manifests.find("Deployment", "octomil-privacy", "octomil-budget").orElseThrow();
    assertThat(manifests.settings(budget))
        .containsEntry(
            "OCTOMIL_BUDGET_DASHBOARD_AGGREGATOR_URLS",
            "https://training.eu.example.com,https://training.us.example.com")
        .containsEntry(
            "OCTOMIL_BUDGET_DASHBOARD_RELAY_URLS",
            "https://relay-admin.eu.example.com,https://relay-admin.us.example.com")
        .doesNotContainKey("QUARKUS_HTTP_CORS_ENABLED");
    for (String component : List.of("relay", "aggregator")) {
      Resource deployment =
          manifests.find("Deployment", "octomil-us", "octomil-" + component + "-us").orElseThrow();
      assertThat(manifests.settings(deployment))
          .containsEntry("QUARKUS_HTTP_CORS_ENABLED", "true")
          .containsEntry("QUARKUS_HTTP_CORS_ORIGINS", "https://budget.example.com");
    }
    Manifests withoutHosts = Chart.render("default");
    for (Resource deployment : withoutHosts.ofKind("Deployment")) {
      assertThat(withoutHosts.settings(deployment).keySet())
          .noneMatch(name -> name.contains("CORS") || name.contains("DASHBOARD"));
    }
  }

  @Test
  void migrationsComeFirst() {
    Manifests manifests = Chart.render("default");
    for (Resource job : manifests.ofKind("Job")) {
      assertThat(Json.text(job.json(), "metadata", "annotations", "octomil.test/hook"))
          .contains("pre-install,pre-upgrade");
      assertThat(manifests.settings(job))
          .containsEntry("QUARKUS_FLYWAY_MIGRATE_AT_START", "true")
          .containsEntry("QUARKUS_INIT_AND_EXIT", "true")
          .as("a Job listens on loopback only, for which it needs no certificate")
          .doesNotContainKeys("QUARKUS_HTTP_HOST", "QUARKUS_GRPC_SERVER_HOST");
    }
    for (Resource deployment : manifests.ofKind("Deployment")) {
      assertThat(manifests.settings(deployment))
          .containsEntry("QUARKUS_FLYWAY_MIGRATE_AT_START", "false")
          .containsEntry("QUARKUS_FLYWAY_VALIDATE_AT_START", "true");
    }
  }

  @Test
  void aChangedSettingRestartsThePods() {
    Manifests before = Manifests.of(Chart.renderWith(""));
    Manifests after = Manifests.of(Chart.renderWith("relay: {env: {QUARKUS_LOG_LEVEL: DEBUG}}"));
    assertThat(checksum(after, "relay")).isNotEqualTo(checksum(before, "relay"));
    assertThat(checksum(after, "budget")).isEqualTo(checksum(before, "budget"));
  }

  private static String checksum(Manifests manifests, String component) {
    return Json.text(
            manifests.component("Deployment", component).json(),
            "spec",
            "template",
            "metadata",
            "annotations",
            "checksum/config")
        .orElseThrow();
  }

  /** Mistakes in values, each refused with words that help. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "budgett: {replicas: 2} | additional properties 'budgett' not allowed",
        "relay: {replica: 3} | additional properties 'replica' not allowed",
        "relay: {replicas: 0} | /relay/replicas",
        "relay: {replicas: '3'} | /relay/replicas",
        "relay: {autoscaling: {minReplicas: 12}} | relay.autoscaling.minReplicas is 12",
        "aggregator: {resources: {limits: {memory: 4GB}}} | /aggregator/resources/limits/memory",
        "aggregator: {terminationGracePeriodSeconds: 5} | /aggregator/terminationGracePeriodSeconds",
        "aggregator: {env: {octomil.lease: 5s}} | octomil.lease",
        "aggregator: {env: {OCTOMIL_DATABASE_PASSWORD: hunter2}} | OCTOMIL_DATABASE_PASSWORD",
        "aggregator: {env: {OCTOMIL_INSECURE_ALLOW_PLAINTEXT: true}} | OCTOMIL_INSECURE_ALLOW_PLAINTEXT",
        "image: {tag: latest} | /image/tag",
        "image: {digests: {budget-service: sha256:abc}} | /image/digests/budget-service",
        "image: {runtime: graal} | /image/runtime",
        "aggregator: {env: {OCTOMIL_AGGREGATOR_PHASE_TIMEOUT: 120s}} | aggregator.terminationGracePeriodSeconds is 90",
        "aggregator: {env: {OCTOMIL_AGGREGATOR_PHASE_TIMEOUT: 2m}} | write it in seconds",
        "database: {tls: {mode: disable}} | /database",
        "relay: {nativeOptions: [--help]} | /relay/nativeOptions/0",
        "tls: {mode: none} | /tls/mode",
        "migration: {job: 'yes'} | /migration/job",
        "regions: [{name: EU, nodeRegions: [a]}] | /regions/0/name",
        "regions: [{name: eu}] | missing property 'nodeRegions'",
        "regions: [{name: eu, nodeRegions: []}] | /regions/0/nodeRegions",
        "regions: [{name: eu, nodeRegions: [a], quota: {pods: '9'}}] | without a namespace of its own",
        "regions: [{name: eu, nodeRegions: [a], database: {host: eu.db}}] | regions[eu].database.peers",
        "regions: [{name: eu, nodeRegions: [a], database: {hots: eu.db}}] | 'hots' not allowed",
        "networkPolicy: {clients: []} | /networkPolicy/clients",
      })
  void refuses(String values, String message) {
    assertThatThrownBy(() -> Chart.renderWith(values)).hasMessageContaining(message);
  }

  @Test
  void nativeImagesGetOptionsOfTheirOwn() {
    Manifests manifests = Manifests.of(Chart.renderWith("image: {runtime: native}"));
    for (Resource deployment : manifests.ofKind("Deployment")) {
      JsonObject container = deployment.pod().orElseThrow().containers().get(0);
      assertThat(Json.text(container, "image").orElseThrow()).endsWith("-native");
      assertThat(Json.elements(container, "args"))
          .extracting(JsonElement::getAsString)
          .hasSize(1)
          .first()
          .asString()
          .startsWith("-Xmx");
      assertThat(Json.objects(container, "env"))
          .extracting(variable -> Json.text(variable, "name").orElseThrow())
          .doesNotContain("JDK_JAVA_OPTIONS")
          .contains("OCTOMIL_DATABASE_PASSWORD");
    }
    assertThat(Checks.of(manifests, UNPINNED_SECRETS, RegionChecks.Pins.none())).isEmpty();
  }

  @Test
  void refusesRegionsOfOneName() {
    assertThatThrownBy(() ->
            Chart.renderWith(
                "regions: [{name: eu, nodeRegions: [a]}, {name: eu, nodeRegions: [b]}]"))
        .hasMessageContaining("regions: 'eu' occurs twice");
  }

  @Test
  void asksForTheDatabase() {
    assertThatThrownBy(() -> Chart.template().call())
        .hasMessageContaining("database.host is empty");
  }
}
