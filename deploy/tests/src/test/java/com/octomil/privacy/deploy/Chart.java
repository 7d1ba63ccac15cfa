package com.octomil.privacy.deploy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The Helm chart, rendered without a cluster. */
final class Chart {

  static final Path DEPLOY =
      Path.of(System.getProperty("octomil.deploy.directory", "..")).normalize();
  static final Path DIRECTORY = DEPLOY.resolve("helm/octomil-privacy");

  private Chart() {}

  static Path values(String name) {
    return DIRECTORY.resolve("ci/" + name + "-values.yaml");
  }

  private static final String HOOK = "helm.sh/hook";

  /**
   * A copy of the chart whose hooks are ordinary objects: the library leaves hooks out of what it
   * renders. Their annotations become {@code octomil.test/hook...}.
   */
  private static final Path WITHOUT_HOOKS = copyWithoutHooks();

  private static Path copyWithoutHooks() {
    Path copy = Path.of(System.getProperty("octomil.deploy.tools", "target/tools"), "chart");
    try (Stream<Path> files = Files.walk(DIRECTORY)) {
      deleteTree(copy);
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(DIRECTORY.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.writeString(target, Files.readString(file).replace(HOOK, "octomil.test/hook"));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return copy;
  }

  private static void deleteTree(Path root) throws IOException {
    if (Files.exists(root)) {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  static TemplateCommand template() {
    return new Helm(WITHOUT_HOOKS)
        .template()
        .withName("octomil")
        .withNamespace("octomil-privacy")
        .withKubeVersion("1.35.0");
  }

  static TemplateCommand template(Path values) {
    return template().withValuesFile(values);
  }

  static Manifests render(String values) {
    return Manifests.of(template(values(values)).call());
  }

  /** Renders the least values, changed by more of them. */
  static String renderWith(String yaml) {
    try {
      Path values = Files.createTempFile("values", ".yaml");
      try {
        Files.writeString(values, Files.readString(values("default")) + "\n" + yaml);
        return template(values).call();
      } finally {
        Files.delete(values);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The Secrets that the chart asks its operator for when cert-manager issues certificates. */
  static final Set<String> SUPPLIED =
      Set.of(
          "octomil-database",
          "octomil-database-ca",
          "octomil-service-token",
          "octomil-bootstrap-key",
          "octomil-audit-signing-key");

  /** The same, with the Secrets that take the place of cert-manager. */
  static Set<String> suppliedWithCertificates(List<String> units) {
    Set<String> names = new java.util.HashSet<>(SUPPLIED);
    units.forEach(unit -> names.add(unit + "-tls"));
    return names;
  }
}
