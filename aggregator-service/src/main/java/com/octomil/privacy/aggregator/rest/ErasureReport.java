package com.octomil.privacy.aggregator.rest;

import com.octomil.privacy.aggregator.domain.Erasure;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** A page for the data subject: what was done and what was not, in plain words. */
final class ErasureReport {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("d MMMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private static final String STYLE =
      """
      body { font: 11pt/1.45 Georgia, serif; color: #111; background: #fff; max-width: 44em; margin: 3em auto; padding: 0 1.5em }
      h1 { font-size: 1.5em } h2 { font-size: 1.1em; margin-top: 1.8em }
      table { border-collapse: collapse; width: 100%; font-size: .92em }
      th, td { text-align: left; padding: .3em .8em .3em 0; border-bottom: 1px solid #bbb; vertical-align: top }
      code { font-size: .85em; overflow-wrap: anywhere }
      @media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
      """;

  private ErasureReport() {}

  static String html(Erasure erasure, Duration retention) {
    long inModel = erasure.rounds().stream().filter(Erasure.Attended::inModel).count();
    StringBuilder page = new StringBuilder();
    page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .append("<title>Report on an erasure</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>Report on an erasure</h1>")
        .append("<p>Your device has been excluded from the federation <b>")
        .append(escape(erasure.federation().value()))
        .append("</b>. The request was recorded on ")
        .append(TIME.format(erasure.requestedAt()))
        .append(". Its access stopped at once, and it cannot come back.</p>")
        .append("<table><tr><th scope=\"row\">Reference</th><td><code>")
        .append(erasure.id())
        .append("</code></td></tr><tr><th scope=\"row\">Pseudonym of the device</th><td><code>")
        .append(erasure.pseudonym())
        .append("</code></td></tr><tr><th scope=\"row\">Reason on record</th><td>")
        .append(escape(erasure.reason()))
        .append("</td></tr></table><h2>Where your device took part</h2>");
    if (erasure.rounds().isEmpty()) {
      page.append("<p>In no round of training.</p>");
    } else {
      page.append("<p>It was admitted to ")
          .append(erasure.rounds().size())
          .append(" rounds of training; in ")
          .append(inModel)
          .append(
              " of them its update is part of a sum that made a version of a model. The service only ever had sums"
                  + " over many devices, or updates that it did not keep.</p>")
          .append(
              "<table><thead><tr><th>Time</th><th>Model</th><th>Round</th><th>Your update</th></tr></thead><tbody>");
      erasure.rounds().forEach(attended -> row(page, attended));
      page.append("</tbody></table>");
    }
    page.append("<h2>What was done with the models</h2>");
    if (erasure.rebuilds().isEmpty()) {
      page.append("<p>No model was rebuilt.")
          .append(
              inModel == 0
                  ? " None contains your update.</p>"
                  : " It was not asked for with this request.</p>");
    } else {
      page.append("<ul>");
      erasure.rebuilds().forEach(rebuild -> item(page, rebuild));
      page.append("</ul><p>").append(escape(ErasureViews.REBUILD_LIMITS)).append("</p>");
    }
    return page.append("<p>Sums of rounds are kept for ")
        .append(retention.toDays())
        .append(
            " days; what is older cannot be rebuilt from. The privacy budget that was spent on your participation is"
                + " not given back: what a released model may say about your data cannot be made unsaid, only"
                + " bounded, and the bound stays as it was.</p>")
        .append(
            "<p>Every step is in the audit log of the federation under the reference and the pseudonym above.</p>")
        .append("</body></html>\n")
        .toString();
  }

  private static void row(StringBuilder page, Erasure.Attended attended) {
    page.append("<tr><td>").append(TIME.format(attended.admittedAt())).append("</td><td>");
    attended
        .round()
        .ifPresentOrElse(
            round ->
                page.append(escape(round.model().value()))
                    .append("</td><td>")
                    .append(round.number()),
            () -> page.append("not known here</td><td>"));
    page.append("</td><td>")
        .append(
            attended.inModel()
                ? "in the sum that made version "
                    + attended.round().orElseThrow().publishedVersion().orElseThrow()
                : attended.counted()
                    ? "in a sum that was never released"
                    : "not received or not counted")
        .append("</td></tr>");
  }

  private static void item(StringBuilder page, Erasure.Rebuild rebuild) {
    page.append("<li><b>").append(escape(rebuild.model().value())).append("</b>: ");
    switch (rebuild.outcome()) {
      case Erasure.RebuildOutcome.Made(int version, int replayed) ->
          page.append("version ")
              .append(version)
              .append(" takes the place of version ")
              .append(rebuild.fromVersion())
              .append(", without ")
              .append(rebuild.excluded().size())
              .append(" rounds; ")
              .append(replayed)
              .append(" later rounds were applied again.");
      case Erasure.RebuildOutcome.Impossible(String problem) ->
          page.append("could not be rebuilt. ").append(escape(problem));
    }
    page.append("</li>");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
