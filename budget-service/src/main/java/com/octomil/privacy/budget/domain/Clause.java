package com.octomil.privacy.budget.domain;

import java.util.Locale;

/**
 * A rule of a compliance profile, under a stable identifier that refusals and reports name.
 *
 * <p>References: GDPR is Regulation (EU) 2016/679; 45 CFR is Title 45 of the Code of Federal
 * Regulations, Part 164 of which holds the HIPAA Security and Privacy Rules.
 */
public enum Clause {
  HIPAA_DIFFERENTIAL_PRIVACY(
      ComplianceProfile.HIPAA,
      "Differential privacy is on.",
      "45 CFR 164.514(b)(1): the risk of identification is very small, and how that was determined is documented"),
  HIPAA_EPSILON(
      ComplianceProfile.HIPAA,
      "The total budget is an epsilon of at most 4.",
      "45 CFR 164.514(b)(1)"),
  HIPAA_SECURE_AGGREGATION(
      ComplianceProfile.HIPAA,
      "Secure aggregation is on: the service learns only sums.",
      "45 CFR 164.502(b), minimum necessary; 164.312(a)(1), access control"),
  HIPAA_AUDIT(
      ComplianceProfile.HIPAA,
      "The audit log is on, and its signing key lies outside the database.",
      "45 CFR 164.312(b), audit controls; 164.312(c)(1), integrity"),
  HIPAA_PSEUDONYMS(
      ComplianceProfile.HIPAA,
      "Devices appear outside the relay only under pseudonyms.",
      "45 CFR 164.514(c), codes that are not derived from information about the individual"),
  GDPR_REGIONS(
      ComplianceProfile.GDPR,
      "Processing is pinned to named regions.",
      "GDPR Articles 44 to 46, transfers"),
  GDPR_DPIA(
      ComplianceProfile.GDPR,
      "A DPIA bundle of the version was made before its first round.",
      "GDPR Article 35, data protection impact assessment"),
  GDPR_ACCOUNTABILITY(
      ComplianceProfile.GDPR,
      "The audit log is on, and its signing key lies outside the database.",
      "GDPR Articles 5(2) and 30, accountability and records of processing"),
  GDPR_PSEUDONYMS(
      ComplianceProfile.GDPR,
      "Devices appear outside the relay only under pseudonyms.",
      "GDPR Articles 4(5), 25 and 32(1)(a), pseudonymisation"),
  GDPR_ERASURE(
      ComplianceProfile.GDPR,
      "A device can be excluded, and models be rebuilt without its rounds.",
      "GDPR Article 17, right to erasure"),
  BUDGET_KEPT(
      ComplianceProfile.NONE,
      "What was spent is within the budget.",
      "The guarantee that the configuration states");

  private final ComplianceProfile profile;
  private final String requirement;
  private final String reference;

  Clause(ComplianceProfile profile, String requirement, String reference) {
    this.profile = profile;
    this.requirement = requirement;
    this.reference = reference;
  }

  /** Stable identifier, for example {@code hipaa-epsilon}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The profile it belongs to; {@code NONE}: it holds for every federation. */
  public ComplianceProfile profile() {
    return profile;
  }

  /** What must be true. */
  public String requirement() {
    return requirement;
  }

  /** Where it comes from. */
  public String reference() {
    return reference;
  }
}
