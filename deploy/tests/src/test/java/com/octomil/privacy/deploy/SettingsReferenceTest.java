package com.octomil.privacy.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.deploy.Settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The reference of settings is what the source says, and nothing else is read or set. With {@code
 * -Doctomil.deploy.update=true} it is renewed.
 */
class SettingsReferenceTest {

  private static final Path HOME = Path.of(System.getProperty("octomil.home")).normalize();
  private static final Path REFERENCE = HOME.resolve("docs/CONFIGURATION.md");
  private static final Path NAMES =
      HOME.resolve("service-kit/src/main/resources/META-INF/octomil-settings.txt");
  private static final String BEGIN = "<!-- generated: begin -->\n";
  private static final String END = "<!-- generated: end -->\n";
  private static final List<Setting> SETTINGS = Settings.read(HOME);

  @BeforeAll
  static void renewIfAsked() throws IOException {
    if (Boolean.getBoolean("octomil.deploy.update")) {
      String document = Files.readString(REFERENCE);
      Files.writeString(
          REFERENCE,
          document.substring(0, document.indexOf(BEGIN) + BEGIN.length())
              + tables()
              + document.substring(document.indexOf(END)));
      Files.writeString(NAMES, names());
    }
  }

  @Test
  void everySettingSaysWhatItIsFor() {
    assertThat(SETTINGS).hasSizeGreaterThan(20);
    assertThat(SETTINGS).filteredOn(setting -> setting.meaning().length() < 10).isEmpty();
  }

  @Test
  void referenceIsWhatTheSourceSays() throws IOException {
    assertThat(Files.readString(REFERENCE)).contains(BEGIN + tables() + END);
    assertThat(NAMES).content().isEqualTo(names());
  }

  /** A value that is injected past the mappings would not be in the reference. */
  @Test
  void nothingElseIsInjected() throws IOException {
    Pattern injected = Pattern.compile("@ConfigProperty\\(\\s*name\\s*=\\s*\"(octomil\\.[^\"]+)\"");
    Set<String> found = new HashSet<>();
    for (String module : Settings.MODULES.keySet()) {
      try (Stream<Path> files = Files.walk(HOME.resolve(module).resolve("src/main"))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Matcher matcher = injected.matcher(Files.readString(file));
          while (matcher.find()) {
            found.add(matcher.group(1));
          }
        }
      }
    }
    assertThat(found).isNotEmpty();
    assertThat(SETTINGS.stream().map(Setting::name)).containsAll(found);
  }

  /** What manifests set is there to be set. */
  @Test
  void manifestsSetOnlyWhatThereIs() {
    Set<String> variables = SETTINGS.stream().map(Setting::variable).collect(Collectors.toSet());
    Manifests manifests = Chart.render("regions");
    for (Resource deployment : manifests.ofKind("Deployment")) {
      Set<String> own =
          manifests.settings(deployment).keySet().stream()
              .filter(name -> name.startsWith("OCTOMIL_"))
              .collect(Collectors.toSet());
      assertThat(own).as(deployment.toString()).isNotEmpty();
      assertThat(variables).as(deployment.toString()).containsAll(own);
    }
  }

  /** Secrets are in no default that an image would carry. */
  @Test
  void noSecretInTheDefaults() throws IOException {
    for (String module : Settings.MODULES.keySet()) {
      for (String file :
          List.of("application.properties", "META-INF/microprofile-config.properties")) {
        Path path = HOME.resolve(module).resolve("src/main/resources").resolve(file);
        if (Files.exists(path)) {
          assertThat(Files.readAllLines(path))
              .as(path.toString())
              .noneMatch(line ->
                  line.matches(
                      "(?i)[^#]*(password|secret|token|api-key|private)[^=]*=(?!\\$\\{[^}]*:?}$).+"));
        }
      }
    }
    assertThat(SETTINGS)
        .filteredOn(setting -> setting.name().matches(".*(password|secret|token|key)(-file)?"))
        .isNotEmpty()
        .allSatisfy(setting -> assertThat(setting.standard()).as(setting.name()).isEmpty());
  }

  private static String names() {
    return SETTINGS.stream()
        .map(setting -> setting.service() + " " + setting.name() + "\n")
        .collect(Collectors.joining());
  }

  private static String tables() {
    StringBuilder text = new StringBuilder();
    String service = "";
    for (Setting setting : SETTINGS) {
      if (!setting.service().equals(service)) {
        service = setting.service();
        text.append("\n### ")
            .append(service.equals("all") ? "All services" : service)
            .append("\n\n| setting | value | default | meaning |\n|---|---|---|---|\n");
      }
      String accepted =
          setting.bounds().isEmpty() ? setting.type() : setting.type() + ", " + setting.bounds();
      text.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  setting.name(),
                  accepted,
                  setting.standard().isEmpty() ? "" : "`" + setting.standard() + "`",
                  setting.meaning()));
    }
    return text.append("\n").toString();
  }
}
