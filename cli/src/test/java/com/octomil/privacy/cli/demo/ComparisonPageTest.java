package com.octomil.privacy.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.NodeList;

class ComparisonPageTest {

  private static Comparison.Way way(String name, Optional<Double> epsilon, boolean masked) {
    return new Comparison.Way(
        name,
        epsilon,
        masked,
        new DemoReport(
            Source.BREAST_CANCER,
            masked,
            57,
            9,
            List.of(
                new DemoReport.Round(54, 50, 0.3, 0.90, epsilon),
                new DemoReport.Round(54, 51, 0.2, 0.95, epsilon)),
            0.95,
            0.96,
            0.63,
            epsilon.map(e -> new DemoReport.Budget(e, 1e-5, e, 3.4)),
            20),
        2.5);
  }

  private static final List<Comparison.Way> WAYS =
      List.of(
          way("no privacy", Optional.empty(), false),
          way("secure aggregation", Optional.empty(), true),
          way("both, epsilon 1.0", Optional.of(1.0), true),
          way("both, epsilon 8.0", Optional.of(8.0), true));

  @Test
  void thePlotsAreWellFormedAndComplete() throws Exception {
    String html =
        ComparisonPage.html(
            new DemoOptions(
                Source.BREAST_CANCER, 2, 57, 0.15, Optional.of(4.0), Optional.empty(), true, 1),
            WAYS);
    assertThat(html).doesNotContain("<script").doesNotContain("http://").doesNotContain("NaN");
    int from = 0;
    int plots = 0;
    while ((from = html.indexOf("<svg", from)) >= 0) {
      int to = html.indexOf("</svg>", from) + 6;
      NodeList paths =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(
                  new ByteArrayInputStream(
                      html.substring(from, to).getBytes(StandardCharsets.UTF_8)))
              .getElementsByTagName("path");
      assertThat(paths.getLength()).isGreaterThan(2);
      from = to;
      plots++;
    }
    assertThat(plots).isEqualTo(3);
    assertThat(html).contains("95.0 %", "3.400", "2.50");
  }

  @Test
  void peopleGetATable() {
    assertThat(Comparison.table(WAYS).toString()).contains("both, epsilon 8.0", "95.0 %", "50");
  }
}
