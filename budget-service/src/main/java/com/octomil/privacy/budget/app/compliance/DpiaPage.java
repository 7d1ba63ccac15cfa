package com.octomil.privacy.budget.app.compliance;

import com.octomil.privacy.budget.domain.Accountant;
import com.octomil.privacy.budget.domain.AdaptiveClippingTerms;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import com.octomil.privacy.budget.domain.DifferentialPrivacy;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.Meaning;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.SecureAggregation;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.budget.domain.compliance.ComplianceStore.ServiceSettings;
import com.octomil.privacy.budget.domain.compliance.Finding;
import com.octomil.privacy.dp.accounting.Adjacency;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The half of a DPIA bundle that people read: one page, to be printed. */
final class DpiaPage {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("d MMM uuuu, HH:mm 'UTC'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private static final String STYLE =
      """
      :root { color-scheme: light }
      body { font: 10.5pt/1.45 Georgia, 'Times New Roman', serif; color: #161616; background: #fff;
        max-width: 48em; margin: 3em auto; padding: 0 1.5em }
      h1 { font-size: 1.7em; margin: 0 } h2 { font-size: 1.15em; margin: 2em 0 .5em; border-bottom: 1px solid #161616 }
      .sub { color: #444; margin: .3em 0 0 } p { max-width: 42em }
      table { border-collapse: collapse; width: 100%; font-size: .92em; margin: .6em 0 1em }
      th, td { text-align: left; padding: .28em .9em .28em 0; border-bottom: 1px solid #c8c8c8; vertical-align: top }
      th[scope=row] { width: 34%; font-weight: normal; color: #444 } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
      code { font: .82em ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
      .yes::before { content: '\\2713\\00a0' } .no { font-weight: bold } .no::before { content: '\\2717\\00a0' }
      svg { width: 100%; height: auto }
      @page { size: A4; margin: 18mm 16mm }
      @media print { body { margin: 0; max-width: none; padding: 0 } h2 { break-after: avoid } tr, svg { break-inside: avoid } }
      """;

  private final StringBuilder page = new StringBuilder();
  private final DpiaFacts facts;

  private DpiaPage(DpiaFacts facts) {
    this.facts = facts;
  }

  static String html(DpiaFacts facts) {
    return new DpiaPage(facts).write();
  }

  private String write() {
    VersionAccount account = facts.version().account();
    page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
        .append(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">")
        .append("<title>DPIA evidence: ")
        .append(text(facts.federation().value()))
        .append("</title><style>")
        .append(STYLE)
        .append("</style></head><body><h1>Data protection impact assessment: evidence</h1>")
        .append("<p class=\"sub\">Federation <b>")
        .append(text(facts.federation().value()))
        .append("</b>, version ")
        .append(account.version())
        .append(", configuration ")
        .append(account.configuration())
        .append(". Made ")
        .append(time(facts.at()))
        .append(" by <code>")
        .append(text(facts.by()))
        .append("</code>.</p>");
    compliance();
    mechanisms();
    guarantee();
    rounds();
    where();
    changes();
    auditLog();
    return page.append("</body></html>\n").toString();
  }

  private void heading(String title) {
    page.append("<h2>").append(text(title)).append("</h2>");
  }

  private void row(String name, @Nullable Object value) {
    if (value != null) {
      page.append("<tr><th scope=\"row\">")
          .append(text(name))
          .append("</th><td>")
          .append(
              text(
                  value instanceof BigDecimal decimal ? decimal.toPlainString() : value.toString()))
          .append("</td></tr>");
    }
  }

  private void compliance() {
    heading("Compliance profile");
    page.append("<p>Profile <b>")
        .append(lower(facts.report().profile()))
        .append("</b>: ")
        .append(
            facts.report().complies()
                ? "all clauses that apply hold."
                : "<b>not all clauses that apply hold.</b>")
        .append("</p><table><thead><tr><th>Clause</th><th>Evidence</th></tr></thead><tbody>");
    for (Finding finding : facts.report().findings()) {
      if (!finding.applies()) {
        continue;
      }
      page.append("<tr><td class=\"")
          .append(finding.holds() ? "yes" : "no")
          .append("\">")
          .append(text(finding.clause().requirement()))
          .append("<br><small>")
          .append(text(finding.clause().reference()))
          .append("</small></td><td>")
          .append(text(finding.evidence()))
          .append("</td></tr>");
    }
    page.append("</tbody></table>");
  }

  private void mechanisms() {
    PrivacyConfiguration configuration = facts.version().configuration();
    DifferentialPrivacy dp = configuration.differentialPrivacy();
    SecureAggregation sa = configuration.secureAggregation();
    Meaning meaning = DpiaJson.meaning(facts);
    heading("Mechanisms");
    page.append("<table><tbody>");
    row("Differential privacy", dp.enabled() ? "on" : "off");
    if (dp.enabled()) {
      row("Budget epsilon", dp.epsilon());
      row("delta", dp.delta());
      row("Noise multiplier", dp.noiseMultiplier());
      AdaptiveClippingTerms adaptive = dp.adaptiveClipping();
      row(
          adaptive == null ? "Clipping norm (L2)" : "Clipping norm (L2) of the first round",
          dp.maxGradNorm());
      if (adaptive != null) {
        row("Share of unclipped updates that the norm follows", adaptive.targetQuantile());
      }
      row(
          "Adjacency",
          dp.adjacency() == Adjacency.ADD_REMOVE
              ? "add or remove one device"
              : "replace the data of one device");
      row("Who adds the noise", lower(dp.noisePlacement()));
      row("Sampling rate", dp.samplingRate());
    }
    row("Secure aggregation", sa.enabled() ? "on" : "off");
    if (sa.enabled()) {
      row("Least number of devices in a sum", sa.minParticipatingClients());
      row("Reconstruction threshold", sa.reconstructionThreshold());
      row("Adversary", lower(sa.adversary()).replace('_', '-'));
      row("Assumed colluding devices", sa.corruptFraction());
      row("Assumed drop-out", sa.dropoutFraction());
      row("Privacy fails with probability at most", "2^-" + sa.securityBits());
      row("Neighbours of a device", meaning.neighbourDegree().orElse(null));
      row("Shares that rebuild a secret", meaning.threshold().orElse(null));
    }
    row("Expected cohort", configuration.expectedCohort());
    page.append("</tbody></table>");
  }

  private void guarantee() {
    VersionAccount account = facts.version().account();
    Meaning meaning = DpiaJson.meaning(facts);
    heading("Guarantee");
    page.append("<table><tbody>");
    row("Theorem", meaning.accountant().map(Accountant::id).orElse(null));
    row("Why this one", meaning.accountant().map(Accountant::reason).orElse(null));
    row("Epsilon of one round", meaning.epsilonPerRound().map(Epsilon::toString).orElse(null));
    row("Epsilon spent in this version", account.spent());
    row("Epsilon spent or reserved", account.spentOrReserved());
    row(
        "Epsilon spent in all versions together",
        facts.version().spentInAllVersions().map(Epsilon::toString).orElse(null));
    row("Further rounds that the budget affords", meaning.roundsAffordable().orElse(null));
    page.append("</tbody></table>");
    if (!meaning.warnings().isEmpty()) {
      page.append("<p>To be considered:</p><ul>");
      meaning
          .warnings()
          .forEach(warning -> page.append("<li>").append(text(warning.message())).append("</li>"));
      page.append("</ul>");
    }
  }

  private void rounds() {
    List<Reservation> committed = facts.committed();
    heading("Rounds and cohorts");
    if (committed.isEmpty()) {
      page.append("<p>No round of this version has been committed yet.</p>");
      return;
    }
    page.append("<table><tbody>");
    row("Rounds committed", committed.size());
    DpiaJson.statistics(facts, Reservation.Committed::cohort)
        .ifPresent(found -> row("Devices on the roster", range(found)));
    DpiaJson.statistics(facts, Reservation.Committed::survivors)
        .ifPresent(found -> row("Devices in the sum", range(found)));
    page.append("</tbody></table>");
    chart(committed);
    page.append(
        "<table><thead><tr><th class=\"n\">Round</th><th>Committed</th><th class=\"n\">Roster</th><th class=\"n\">In the sum</th>"
            + "<th class=\"n\">Epsilon added</th><th class=\"n\">Epsilon spent</th></tr></thead><tbody>");
    int number = 0;
    for (Reservation reservation : committed) {
      Reservation.Committed end = DpiaFacts.end(reservation);
      page.append("<tr><td class=\"n\">")
          .append(++number)
          .append("</td><td>")
          .append(time(end.at()))
          .append("</td><td class=\"n\">")
          .append(end.cohort())
          .append("</td><td class=\"n\">")
          .append(end.survivors())
          .append("</td><td class=\"n\">")
          .append(end.epsilonAdded())
          .append("</td><td class=\"n\">")
          .append(end.epsilonSpent())
          .append("</td></tr>");
    }
    page.append("</tbody></table>");
  }

  private static String range(IntSummaryStatistics found) {
    return String.format(
        Locale.ROOT,
        "%d to %d, %.1f on average",
        found.getMin(),
        found.getMax(),
        found.getAverage());
  }

  /** Epsilon spent after each round, against the budget. */
  private void chart(List<Reservation> committed) {
    double budget =
        facts
            .version()
            .account()
            .budget()
            .map(b -> b.epsilon().decimal().doubleValue())
            .orElse(0.0);
    if (budget <= 0) {
      return;
    }
    double top =
        Math.max(budget, DpiaFacts.end(committed.getLast()).epsilonSpent().decimal().doubleValue());
    StringBuilder line = new StringBuilder("M40 130");
    for (int i = 0; i < committed.size(); i++) {
      double spent = DpiaFacts.end(committed.get(i)).epsilonSpent().decimal().doubleValue();
      line.append(
          String.format(
              Locale.ROOT,
              " L%.1f %.1f",
              40 + 550.0 * (i + 1) / committed.size(),
              130 - 110 * spent / top));
    }
    double limit = 130 - 110 * budget / top;
    page.append(
            "<svg viewBox=\"0 0 600 160\" role=\"img\" aria-label=\"Epsilon spent after each round\">")
        .append("<path d=\"M40 10V130H590\" fill=\"none\" stroke=\"#161616\"/>")
        .append(
            String.format(
                Locale.ROOT,
                "<path d=\"M40 %.1fH590\" stroke=\"#a33\" stroke-dasharray=\"5 4\"/><text x=\"590\" y=\"%.1f\" text-anchor=\"end\" font-size=\"11\" fill=\"#a33\">budget %s</text>",
                limit,
                limit - 4,
                text(Double.toString(budget))))
        .append("<path d=\"")
        .append(line)
        .append("\" fill=\"none\" stroke=\"#1a4d8f\" stroke-width=\"2\"/>")
        .append(
            "<text x=\"40\" y=\"148\" font-size=\"11\">0</text><text x=\"590\" y=\"148\" text-anchor=\"end\" font-size=\"11\">")
        .append(committed.size())
        .append(" rounds</text></svg>");
  }

  private void where() {
    heading("Regions, services and retention");
    List<String> regions = facts.version().configuration().regions();
    page.append("<p>")
        .append(
            regions.isEmpty()
                ? "Not pinned: services and devices of any region may take part."
                : "Pinned to " + text(String.join(", ", regions)) + ".")
        .append("</p>");
    if (facts.settings().isEmpty()) {
      return;
    }
    page.append(
        "<table><thead><tr><th>Service</th><th>Region</th><th>As reported at its start</th></tr></thead><tbody>");
    for (ServiceSettings each : facts.settings()) {
      page.append("<tr><td>")
          .append(text(each.service()))
          .append("<br><small>")
          .append(time(each.at()))
          .append("</small></td><td>")
          .append(text(each.region().orElse("none")))
          .append("</td><td>");
      new TreeMap<>(each.settings())
          .forEach((name, value) ->
              page.append(text(name)).append(": ").append(text(value)).append("<br>"));
      page.append("</td></tr>");
    }
    page.append("</tbody></table>");
  }

  private void changes() {
    heading("Who changed what");
    page.append(
        "<table><thead><tr><th class=\"n\">Version</th><th class=\"n\">Configuration</th><th>When</th><th>API key</th></tr></thead><tbody>");
    for (ConfigurationRecord entry : facts.history()) {
      page.append("<tr><td class=\"n\">")
          .append(entry.tag().version())
          .append("</td><td class=\"n\">")
          .append(entry.tag().number())
          .append("</td><td>")
          .append(time(entry.change().at()))
          .append("</td><td><code>")
          .append(text(entry.change().by()))
          .append("</code></td></tr>");
    }
    page.append("</tbody></table>");
  }

  private void auditLog() {
    heading("Audit log");
    page.append("<p>The log of this federation had ")
        .append(facts.checkpoint().sequence())
        .append(
            " entries when this was made. Whoever keeps this page can later have it shown, with <code>octomil audit"
                + " verify</code>, that none of them was altered or removed.</p><table><tbody>");
    page.append("<tr><th scope=\"row\">Checkpoint</th><td><code>")
        .append(text(facts.checkpoint().statement()))
        .append("</code></td></tr><tr><th scope=\"row\">Signature (Ed25519)</th><td><code>")
        .append(Base64.getEncoder().encodeToString(facts.checkpoint().signature()))
        .append("</code></td></tr></tbody></table>");
  }

  private static String time(Instant at) {
    return TIME.format(at);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static String text(String raw) {
    return raw.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
