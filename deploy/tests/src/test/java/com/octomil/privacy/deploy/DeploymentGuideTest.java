package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What docs/DEPLOYMENT.md tells operators to type exists. */
class DeploymentGuideTest {

  private static final Path HOME = Path.of(System.getProperty("octomil.home")).normalize();
  private static final Path GUIDE = HOME.resolve("docs/DEPLOYMENT.md");

  @Test
  void valuesAreAccepted() throws IOException {
    List<String> yaml = blocks("yaml");
    assertThat(yaml).hasSize(1);
    Path values = Files.createTempFile("guide", ".yaml");
    try {
      Files.writeString(values, yaml.get(0));
      Manifests manifests = Manifests.of(Chart.template(values).call());
      assertThat(Checks.of(manifests, Chart.SUPPLIED, RegionChecks.Pins.none())).isEmpty();
      assertThat(manifests.ofKind("Ingress")).hasSizeGreaterThanOrEqualTo(5);
    } finally {
      Files.delete(values);
    }
  }

  @Test
  void filesAndLinksExist() throws IOException {
    Set<String> missing = new HashSet<>();
    Matcher links = Pattern.compile("\\]\\(([^)#]+)").matcher(Files.readString(GUIDE));
    while (links.find()) {
      if (!links.group(1).startsWith("http")
          && !Files.exists(GUIDE.resolveSibling(links.group(1)))) {
        missing.add(links.group(1));
      }
    }
    Matcher files = Pattern.compile("\\bdeploy/[\\w./-]+").matcher(Files.readString(GUIDE));
    while (files.find()) {
      if (!Files.exists(HOME.resolve(files.group()))) {
        missing.add(files.group());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(Files.isExecutable(HOME.resolve("deploy/kubernetes/create-secrets"))).isTrue();
  }

  @Test
  void deploymentsNamespacesAndSecretsAreThoseOfTheManifests() throws IOException {
    String guide = Files.readString(GUIDE);
    Set<String> deployments =
        Chart.render("default").ofKind("Deployment").stream()
            .map(Resource::name)
            .collect(Collectors.toSet());
    assertThat(found("deployment/([\\w-]+)", guide)).isEqualTo(deployments);
    String overlays =
        Files.readString(HOME.resolve("deploy/kubernetes/overlays/single-region/namespace.yaml"))
            + Files.readString(
                HOME.resolve("deploy/kubernetes/overlays/multi-region/eu/namespace.yaml"))
            + Files.readString(
                HOME.resolve("deploy/kubernetes/overlays/multi-region/us/namespace.yaml"))
            + Files.readString(
                HOME.resolve("deploy/kubernetes/overlays/multi-region/global/namespace.yaml"));
    assertThat(
            found(
                "-n (octomil[\\w-]*)|namespace (octomil[\\w-]*)|`(octomil-(?:global|eu|us))`",
                guide))
        .isNotEmpty()
        .allMatch(overlays::contains);
    assertThat(Chart.SUPPLIED).contains("octomil-database-ca");
    assertThat(guide).contains("`octomil-database-ca`");
  }

  @Test
  void settingsItNamesExist() throws IOException {
    Set<String> settings =
        Settings.read(HOME).stream().map(Settings.Setting::name).collect(Collectors.toSet());
    assertThat(found("`(octomil\\.[a-z.-]+)`", Files.readString(GUIDE)))
        .isNotEmpty()
        .allMatch(settings::contains);
    String values = Files.readString(Chart.DIRECTORY.resolve("values.schema.json"));
    for (String value : found("`(database|tls|migration)\\.([a-zA-Z]+)", Files.readString(GUIDE))) {
      assertThat(values).contains("\"" + value + "\"");
    }
  }

  @Test
  void alertsAreAboutMetricsThatAreDocumented() throws IOException {
    String rules =
        Files.readString(HOME.resolve("deploy/kubernetes/components/monitoring/resources.yaml"));
    String operations = Files.readString(HOME.resolve("docs/OPERATIONS.md"));
    Set<String> metrics = found("(octomil_[a-z_]+)", rules);
    assertThat(metrics).isNotEmpty();
    assertThat(metrics).allMatch(metric -> operations.contains("`" + metric));
    Set<String> alerts = found("alert: (\\w+)", rules);
    assertThat(alerts).hasSizeGreaterThanOrEqualTo(4).allMatch(operations::contains);
  }

  private static Set<String> found(String pattern, String text) {
    Set<String> found = new HashSet<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      for (int i = 1; i <= matcher.groupCount(); i++) {
        if (matcher.group(i) != null) {
          found.add(matcher.group(i));
        }
      }
    }
    return found;
  }

  private static List<String> blocks(String language) throws IOException {
    List<String> blocks = new ArrayList<>();
    Matcher matcher =
        Pattern.compile("```" + language + "\\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(GUIDE));
    while (matcher.find()) {
      blocks.add(matcher.group(1));
    }
    return blocks;
  }
}
