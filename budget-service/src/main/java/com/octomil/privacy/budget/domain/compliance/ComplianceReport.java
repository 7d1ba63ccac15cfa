package com.octomil.privacy.budget.domain.compliance;

import com.octomil.privacy.budget.domain.Clause;
import com.octomil.privacy.budget.domain.ComplianceProfile;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.DifferentialPrivacy;
import com.octomil.privacy.budget.domain.GaussianBudget;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * For a federation, what holds of the compliance profiles and what does not. It reports on all
 * profiles, so that an officer sees what a stricter one would ask for; only the federation's own
 * decides whether it complies.
 *
 * @param profile of the federation
 * @param findings one for each clause
 */
public record ComplianceReport(ComplianceProfile profile, List<Finding> findings) {

  private static final BigDecimal HIPAA_EPSILON = BigDecimal.valueOf(4);

  /** Copies the list. */
  public ComplianceReport {
    findings = List.copyOf(findings);
  }

  /** Whether all clauses hold that apply. */
  public boolean complies() {
    return findings.stream().filter(Finding::applies).allMatch(Finding::holds);
  }

  /** The report on a version as it is now. */
  public static ComplianceReport of(ConfiguredVersion version, Evidence evidence) {
    ComplianceProfile profile = version.configuration().complianceProfile();
    List<Finding> findings = new ArrayList<>();
    for (Clause clause : Clause.values()) {
      boolean applies = clause.profile() == ComplianceProfile.NONE || clause.profile() == profile;
      findings.add(finding(clause, applies, version, evidence));
    }
    return new ComplianceReport(profile, findings);
  }

  private static Finding finding(
      Clause clause, boolean applies, ConfiguredVersion version, Evidence evidence) {
    PrivacyConfiguration configuration = version.configuration();
    DifferentialPrivacy dp = configuration.differentialPrivacy();
    return switch (clause) {
      case HIPAA_DIFFERENTIAL_PRIVACY ->
          new Finding(
              clause,
              applies,
              dp.enabled(),
              "differential_privacy.enabled is " + dp.enabled() + ".");
      case HIPAA_EPSILON -> {
        Optional<GaussianBudget> budget = configuration.budget();
        yield new Finding(
            clause,
            applies,
            budget
                .filter(terms -> terms.epsilon().decimal().compareTo(HIPAA_EPSILON) <= 0)
                .isPresent(),
            budget
                .map(terms -> "The total budget is epsilon " + terms.epsilon() + ".")
                .orElse("There is no budget: differential privacy is off."));
      }
      case HIPAA_SECURE_AGGREGATION ->
          new Finding(
              clause,
              applies,
              configuration.secureAggregation().enabled(),
              "secure_aggregation.enabled is " + configuration.secureAggregation().enabled() + ".");
      case HIPAA_AUDIT, GDPR_ACCOUNTABILITY ->
          new Finding(
              clause,
              applies,
              evidence.keyOutsideDatabase(),
              (evidence.keyOutsideDatabase()
                      ? "The log is always on; its key is in a file."
                      : "The log is always on, but its key is in the database, whose administrator could forge it.")
                  + evidence
                      .lastCheckpoint()
                      .map(at -> " It was last signed at " + at + ".")
                      .orElse(" It has not been signed yet."));
      case HIPAA_PSEUDONYMS, GDPR_PSEUDONYMS ->
          new Finding(
              clause,
              applies,
              true,
              "By construction: the relay reports devices by the HMAC of their identifier under a key of the federation"
                  + " that does not leave it. The log has "
                  + evidence.pseudonymousReports()
                  + " such reports.");
      case GDPR_REGIONS ->
          new Finding(
              clause,
              applies,
              !configuration.regions().isEmpty(),
              configuration.regions().isEmpty()
                  ? "No region is named: any may process."
                  : "Pinned to " + configuration.regions() + ".");
      case GDPR_DPIA -> dpia(clause, applies, evidence);
      case GDPR_ERASURE ->
          new Finding(
              clause,
              applies,
              true,
              "By construction: POST /api/v1/federations/{federation}/erasures at the aggregator.");
      case BUDGET_KEPT ->
          new Finding(
              clause,
              applies,
              configuration
                  .budget()
                  .map(terms -> !version.account().spent().exceeds(terms.epsilon()))
                  .orElse(true),
              configuration
                  .budget()
                  .map(terms ->
                      "Spent epsilon " + version.account().spent() + " of " + terms.epsilon() + ".")
                  .orElse("There is no budget: differential privacy is off."));
    };
  }

  private static Finding dpia(Clause clause, boolean applies, Evidence evidence) {
    if (evidence.dpiaBundle().isEmpty()) {
      return new Finding(
          clause,
          applies,
          false,
          evidence.firstRound().isEmpty()
              ? "There is no bundle of this version yet; its first round will be refused until there is."
              : "There is no bundle of this version, and it has run rounds since "
                  + evidence.firstRound().get()
                  + " under another profile.");
    }
    boolean inTime =
        evidence
            .firstRound()
            .map(first -> !evidence.dpiaBundle().get().isAfter(first))
            .orElse(true);
    return new Finding(
        clause,
        applies,
        inTime,
        "The first bundle of this version was made at "
            + evidence.dpiaBundle().get()
            + evidence
                .firstRound()
                .map(first -> ", its first round was reserved at " + first + ".")
                .orElse("; there was no round yet."));
  }
}
