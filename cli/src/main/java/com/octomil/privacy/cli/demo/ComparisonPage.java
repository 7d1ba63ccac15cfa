package com.octomil.privacy.cli.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The comparison as one HTML page with plots; needs no network and no script. */
final class ComparisonPage {

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --rule: #c9c9c9 }
      @media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #161616; --rule: #4a4a4a } }
      body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 56rem; margin: 2rem auto; padding: 0 1rem }
      table { border-collapse: collapse; width: 100% } th, td { text-align: right; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule) }
      th:first-child, td:first-child { text-align: left } svg { width: 100%; height: auto } svg text { fill: var(--ink); font-size: 12px }
      .axis { stroke: var(--ink); fill: none } figure { margin: 1.5rem 0 } .wide { overflow-x: auto }
      """;

  /** Told apart also without colour, by dashes. */
  private static final List<String> COLOURS =
      List.of("#5b6b7a", "#1f77b4", "#b5651d", "#9467bd", "#2a8f5b", "#c03a5b", "#7a7a1f");

  private static final List<String> DASHES =
      List.of("", "8 3", "2 3", "10 3 2 3", "4 4", "1 3", "12 6");
  private static final double WIDTH = 640;
  private static final double HEIGHT = 300;
  private static final double LEFT = 52;
  private static final double RIGHT = 620;
  private static final double TOP = 16;
  private static final double BOTTOM = 258;

  private final StringBuilder page = new StringBuilder();

  private ComparisonPage() {}

  private record Point(double x, double y) {}

  private record Line(String name, List<Point> points) {}

  static String html(DemoOptions options, List<Comparison.Way> ways) {
    return new ComparisonPage().write(options, ways);
  }

  private String write(DemoOptions options, List<Comparison.Way> ways) {
    page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .append(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
        .append("<title>What privacy costs</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>What privacy costs</h1><p>")
        .append(options.rounds())
        .append(" rounds over ")
        .append(options.devices())
        .append(" devices with the data set ")
        .append(options.source())
        .append(", ")
        .append(Math.round(100 * options.dropout()))
        .append(
            " % of the devices dropping out of each round; delta 1e-5. Each line is one training through the real services.</p>");
    table(ways);
    accuracyAgainstEpsilon(ways);
    accuracyPerRound(ways);
    costPerRound(ways);
    return page.append("</body></html>\n").toString();
  }

  private void table(List<Comparison.Way> ways) {
    page.append(
        "<div class=\"wide\"><table><thead><tr><th>Training</th><th>Test accuracy</th><th>Epsilon spent</th><th>Noise multiplier</th><th>Seconds a round</th></tr></thead><tbody>");
    for (Comparison.Way way : ways) {
      page.append("<tr><td>")
          .append(way.name())
          .append("</td><td>")
          .append(number("%.1f %%", 100 * way.report().testAccuracy()))
          .append("</td><td>")
          .append(way.report().budget().map(b -> number("%.3f", b.spent())).orElse("-"))
          .append("</td><td>")
          .append(way.report().budget().map(b -> number("%.3f", b.noiseMultiplier())).orElse("-"))
          .append("</td><td>")
          .append(number("%.2f", way.secondsPerRound()))
          .append("</td></tr>");
    }
    page.append("</tbody></table></div>");
  }

  private void accuracyAgainstEpsilon(List<Comparison.Way> ways) {
    List<Point> both = new ArrayList<>();
    for (Comparison.Way way : ways) {
      if (way.secureAggregation() && way.epsilon().isPresent()) {
        both.add(new Point(way.epsilon().get(), 100 * way.report().testAccuracy()));
      }
    }
    double most = both.stream().mapToDouble(Point::x).max().orElse(1);
    List<Line> lines = new ArrayList<>();
    lines.add(new Line("both mechanisms", both));
    ways.stream()
        .filter(way -> way.epsilon().isEmpty() && !way.secureAggregation())
        .findFirst()
        .ifPresent(way ->
            lines.add(
                new Line(
                    way.name(),
                    List.of(
                        new Point(0, 100 * way.report().testAccuracy()),
                        new Point(most, 100 * way.report().testAccuracy())))));
    plot(
        "Accuracy against epsilon",
        "epsilon of the whole training",
        "test accuracy, %",
        lines,
        false);
  }

  private void accuracyPerRound(List<Comparison.Way> ways) {
    List<Line> lines = new ArrayList<>();
    for (Comparison.Way way : ways) {
      List<Point> points = new ArrayList<>();
      for (DemoReport.Round round : way.report().rounds()) {
        points.add(new Point(points.size() + 1, 100 * round.accuracy()));
      }
      lines.add(new Line(way.name(), points));
    }
    plot("Accuracy per round", "round", "test accuracy, %", lines, false);
  }

  private void costPerRound(List<Comparison.Way> ways) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < ways.size(); i++) {
      lines.add(
          new Line(
              ways.get(i).name(),
              List.of(new Point(i, 0), new Point(i, ways.get(i).secondsPerRound()))));
    }
    plot("Cost per round", "", "seconds of wall time", lines, true);
  }

  /** A plot of lines; with {@code fromZero} of bars, whose axis begins at zero. */
  private void plot(String title, String across, String up, List<Line> lines, boolean fromZero) {
    double minX = bound(lines, true, false).orElse(0.0);
    double maxX = bound(lines, true, true).orElse(1.0);
    double minY = fromZero ? 0 : Math.floor(bound(lines, false, false).orElse(0.0) / 5) * 5;
    double maxY =
        fromZero
            ? 1.1 * bound(lines, false, true).orElse(1.0)
            : Math.ceil(bound(lines, false, true).orElse(100.0) / 5) * 5;
    if (maxX <= minX) {
      maxX = minX + 1;
    }
    if (maxY <= minY) {
      maxY = minY + 5;
    }
    if (fromZero) {
      minX -= 0.6;
      maxX += 0.6;
    }
    double legend = HEIGHT + 18.0 * lines.size();
    page.append("<figure><figcaption><h2>")
        .append(title)
        .append("</h2></figcaption><svg viewBox=\"0 0 ")
        .append(number("%.0f %.0f", WIDTH, legend))
        .append("\" role=\"img\" aria-label=\"")
        .append(title)
        .append("\"><path class=\"axis\" d=\"")
        .append(number("M%.0f %.0fV%.0fH%.0f", LEFT, TOP, BOTTOM, RIGHT))
        .append("\"/>");
    for (int i = 0; i <= 4; i++) {
      double value = minY + i * (maxY - minY) / 4;
      double y = y(value, minY, maxY);
      page.append(
          number(
              "<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%.1f</text>",
              LEFT - 6, y + 4, value));
    }
    if (!fromZero) {
      for (int i = 0; i <= 4; i++) {
        double value = minX + i * (maxX - minX) / 4;
        page.append(
            number(
                "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.1f</text>",
                x(value, minX, maxX), BOTTOM + 16, value));
      }
    }
    page.append(
        number(
            "<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%s</text><text x=\"%.0f\" y=\"12\">%s</text>",
            (LEFT + RIGHT) / 2, BOTTOM + 34, across, LEFT + 6, up));
    for (int i = 0; i < lines.size(); i++) {
      line(lines.get(i), i, minX, maxX, minY, maxY, fromZero);
    }
    page.append("</svg></figure>");
  }

  private void line(
      Line line, int index, double minX, double maxX, double minY, double maxY, boolean bar) {
    StringBuilder path = new StringBuilder();
    for (Point point : line.points()) {
      path.append(path.isEmpty() ? "M" : " L")
          .append(number("%.1f %.1f", x(point.x(), minX, maxX), y(point.y(), minY, maxY)));
    }
    String stroke =
        "stroke=\""
            + COLOURS.get(index % COLOURS.size())
            + "\" fill=\"none\" stroke-width=\""
            + (bar ? 36 : 2)
            + "\""
            + (bar || DASHES.get(index % DASHES.size()).isEmpty()
                ? ""
                : " stroke-dasharray=\"" + DASHES.get(index % DASHES.size()) + "\"");
    page.append("<path d=\"").append(path).append("\" ").append(stroke).append("/>");
    double y = HEIGHT + 6 + 18.0 * index;
    page.append(number("<path d=\"M%.0f %.1fh30\" ", LEFT, y))
        .append(stroke.replace("stroke-width=\"36\"", "stroke-width=\"8\""))
        .append(number("/><text x=\"%.0f\" y=\"%.1f\">%s</text>", LEFT + 38, y + 4, line.name()));
  }

  private static Optional<Double> bound(List<Line> lines, boolean across, boolean most) {
    var values =
        lines.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(point -> across ? point.x() : point.y())
            .summaryStatistics();
    return values.getCount() == 0
        ? Optional.empty()
        : Optional.of(most ? values.getMax() : values.getMin());
  }

  private static double x(double value, double min, double max) {
    return LEFT + (RIGHT - LEFT) * (value - min) / (max - min);
  }

  private static double y(double value, double min, double max) {
    return BOTTOM - (BOTTOM - TOP) * (value - min) / (max - min);
  }

  private static String number(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
