package com.octomil.privacy.dp;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.Mechanism;
import com.octomil.privacy.dp.accounting.Planner;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.RenyiAccountant;
import com.octomil.privacy.dp.accounting.Sampling;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Recomputes the worked examples of docs/PRIVACY_ACCOUNTING.md. */
class DocumentationTest {
  private static final Pattern EXAMPLE = Pattern.compile("^\\| ([A-Z]) \\| .* \\| ([0-9.]+) \\|$");

  @Test
  void theWorkedExamplesAreWhatTheCodeAnswers()
      throws IOException, UnsupportedCompositionException {
    Map<String, String> written = new LinkedHashMap<>();
    for (String line : Files.readAllLines(page())) {
      Matcher example = EXAMPLE.matcher(line);
      if (example.matches()) {
        written.put(example.group(1), example.group(2));
      }
    }
    Planner planner = new Planner();
    double delta = 1e-5;
    Composition none = Composition.empty(Adjacency.ADD_REMOVE);
    Composition sampled = none.plus(PrivacyEvent.sampledGaussian(1, 0.01), 1000);
    Map<String, String> computed = new LinkedHashMap<>();
    computed.put("A", text(planner.epsilon(none.plus(PrivacyEvent.gaussian(1), 1), delta)));
    computed.put(
        "B",
        text(
            planner.epsilon(
                Composition.of(PrivacyEvent.gaussian(2), 10, Adjacency.REPLACE_ONE), delta)));
    computed.put("C", text(planner.epsilon(sampled, delta)));
    computed.put("D", text(RenyiAccountant.standard().epsilon(sampled, delta)));
    computed.put(
        "E",
        text(
            planner.noiseMultiplier(
                1, delta, 1000, Adjacency.ADD_REMOVE, z -> PrivacyEvent.sampledGaussian(z, 0.01))));
    computed.put("F", Long.toString(planner.rounds(4, delta, PrivacyEvent.gaussian(1.1), none)));
    computed.put("G", Long.toString(planner.rounds(4, delta, PrivacyEvent.gaussian(10), none)));
    computed.put(
        "H",
        text(
            planner.epsilon(
                Composition.of(PrivacyEvent.sampledGaussian(1, 0.01), 1000, Adjacency.REPLACE_ONE),
                delta)));
    computed.put(
        "I",
        text(
            planner.epsilon(
                none.plus(
                    new PrivacyEvent(new Mechanism.ZeroConcentrated(0.1), new Sampling.None()), 1),
                delta)));
    computed.put(
        "J",
        text(
            planner.epsilon(
                none.plus(
                    new PrivacyEvent(
                        new Mechanism.Gaussian(1),
                        new Sampling.TruncatedPoisson(0.01, 10_000, 120)),
                    200),
                delta)));
    assertThat(written).isEqualTo(computed);
  }

  private static String text(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static Path page() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("docs/PRIVACY_ACCOUNTING.md"))) {
      directory = directory.getParent();
      assertThat(directory).as("the repository's root").isNotNull();
    }
    return directory.resolve("docs/PRIVACY_ACCOUNTING.md");
  }
}
