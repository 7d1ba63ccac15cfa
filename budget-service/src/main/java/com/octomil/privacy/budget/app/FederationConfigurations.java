package com.octomil.privacy.budget.app;

import com.octomil.privacy.budget.app.audit.AuditKeys;
import com.octomil.privacy.budget.domain.Allocation;
import com.octomil.privacy.budget.domain.Clause;
import com.octomil.privacy.budget.domain.ComplianceProfile;
import com.octomil.privacy.budget.domain.ConfigurationCheck;
import com.octomil.privacy.budget.domain.ConfigurationDraft;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import com.octomil.privacy.budget.domain.ConfigurationRules;
import com.octomil.privacy.budget.domain.ConfigurationTag;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.Federation;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.Federations;
import com.octomil.privacy.budget.domain.LedgerEntry;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.SaveOutcome;
import com.octomil.privacy.budget.domain.Violation;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.kit.validation.Names;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Federations, their versions and their privacy configurations. Thread-safe; blocking. */
@ApplicationScoped
public class FederationConfigurations {

  /** A configuration put in force, and whether that created its federation. */
  public record Put(ConfiguredVersion version, boolean created) {}

  private record ConfigurationKey(FederationName federation, int version, int number) {}

  private static final int MOST_KEPT = 1024;

  private final Federations federations;
  private final AuditKeys auditKeys;
  private final ServiceRegion region;
  private final Clock clock;

  /** Configurations are never altered: those asked for last are kept. */
  private final Map<ConfigurationKey, PrivacyConfiguration> unchanging =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(
                Map.Entry<ConfigurationKey, PrivacyConfiguration> eldest) {
              return size() > MOST_KEPT;
            }
          });

  FederationConfigurations(
      Federations federations, AuditKeys auditKeys, Clock clock, ServiceRegion region) {
    this.federations = federations;
    this.auditKeys = auditKeys;
    this.region = region;
    this.clock = clock;
  }

  /** A federation's name. */
  public static FederationName name(String field, String text) {
    return new FederationName(Names.requireDnsLabel(field, text));
  }

  /**
   * Checks a draft and puts it in force in the current version, creating the federation if needed.
   *
   * @param precondition what must hold for the configuration in force; empty: there is none
   * @param by identifier of the API key
   * @throws ServiceException if the draft is not acceptable, contradicts what the version has run,
   *     or the precondition does not hold; nothing is changed
   */
  public Put put(
      FederationName name,
      ConfigurationDraft draft,
      Predicate<Optional<ConfigurationTag>> precondition,
      String by) {
    PrivacyConfiguration configuration = acceptable(name, draft);
    return saved(name, federations.configure(name, configuration, precondition, change(by)));
  }

  /**
   * What {@link #put} would answer now; changes nothing.
   *
   * @param precondition as there
   * @param by identifier of the API key
   * @throws ServiceException as there
   */
  public Put preview(
      FederationName name,
      ConfigurationDraft draft,
      Predicate<Optional<ConfigurationTag>> precondition,
      String by) {
    PrivacyConfiguration configuration = acceptable(name, draft);
    return saved(name, federations.preview(name, configuration, precondition, change(by)));
  }

  private PrivacyConfiguration acceptable(FederationName name, ConfigurationDraft draft) {
    PrivacyConfiguration configuration =
        switch (ConfigurationRules.check(draft)) {
          case ConfigurationCheck.Accepted(PrivacyConfiguration accepted) -> accepted;
          case ConfigurationCheck.Refused(List<Violation> violations) -> throw refusal(violations);
        };
    requireHere(name, configuration);
    if (configuration.complianceProfile() == ComplianceProfile.HIPAA
        && !auditKeys.outsideDatabase()) {
      throw refusal(
          List.of(
              new Violation(
                  Violation.Kind.OUT_OF_RANGE,
                  "compliance_profile",
                  "hipaa",
                  "must be another while octomil.budget.audit.key-in-database is on: the audit log must be signed"
                      + " with a key outside the database (clause "
                      + Clause.HIPAA_AUDIT.id()
                      + ")")));
    }
    find(name);
    return configuration;
  }

  /**
   * Adds to the budget of the current version.
   *
   * @param epsilon how much
   * @param reason for the record
   * @throws ServiceException as {@link #put}
   */
  public ConfiguredVersion allocate(
      FederationName name,
      BigDecimal epsilon,
      String reason,
      Predicate<Optional<ConfigurationTag>> precondition,
      String by) {
    Optional<Violation> violation = ConfigurationRules.checkAllocation(epsilon);
    if (violation.isPresent()) {
      throw refusal(List.of(violation.get()));
    }
    find(name);
    return saved(name, federations.allocate(name, epsilon, reason, precondition, change(by)))
        .version();
  }

  private Put saved(FederationName name, SaveOutcome outcome) {
    return switch (outcome) {
      case SaveOutcome.Created(ConfiguredVersion saved) -> new Put(saved, true);
      case SaveOutcome.InForce(ConfiguredVersion saved) -> new Put(saved, false);
      case SaveOutcome.Stale stale ->
          throw new ServiceException(
              ErrorCode.PRECONDITION_FAILED,
              "Another configuration of '"
                  + name
                  + "' is in force than If-Match or If-None-Match allows. GET it, and try again"
                  + " with its ETag.");
      case SaveOutcome.Unknown unknown -> throw notConfigured(name);
      case SaveOutcome.Refused(Violation violation) ->
          throw new ServiceException(
              ErrorCode.CONFLICT,
              violation.field() + ": " + violation.message(),
              List.of(toField(violation)));
    };
  }

  /** Everything that was ever in force, oldest first. */
  public List<ConfigurationRecord> history(FederationName name) {
    return federations.history(name);
  }

  /** Everything that was ever added to a budget, oldest first. */
  public List<Allocation> allocations(FederationName name) {
    return federations.allocations(name);
  }

  /**
   * The current version with configuration and account.
   *
   * @throws ServiceException {@code NOT_FOUND}, or {@code REGION_REFUSED} as {@link #find}
   */
  public ConfiguredVersion current(FederationName name) {
    return find(name).orElseThrow(() -> notConfigured(name));
  }

  private ServiceException notConfigured(FederationName name) {
    return federations.find(name).isEmpty()
        ? unknown(name)
        : new ServiceException(
            ErrorCode.NOT_FOUND,
            "The federation '"
                + name
                + "' has no privacy configuration yet: PUT /api/v1/federations/"
                + name
                + "/privacy.");
  }

  /**
   * The current version, or empty if there is no such federation or it is not configured.
   *
   * @throws ServiceException {@code REGION_REFUSED} if it is pinned to regions and this service is
   *     in another
   */
  public Optional<ConfiguredVersion> find(FederationName name) {
    Optional<ConfiguredVersion> current = federations.current(name);
    current.ifPresent(found -> requireHere(name, found.configuration()));
    return current;
  }

  // A budget service without a region serves all of them: it sees neither devices nor updates (ADR
  // 0065).
  private void requireHere(FederationName name, PrivacyConfiguration configuration) {
    if (region.name().isPresent()) {
      region.requireWithin(name.value(), configuration.regions());
    }
  }

  /**
   * A configuration that a reservation was computed from; it exists for as long as the reservation
   * does.
   */
  public PrivacyConfiguration configuration(FederationName name, int version, int number) {
    ConfigurationKey key = new ConfigurationKey(name, version, number);
    PrivacyConfiguration known = unchanging.get(key);
    if (known != null) {
      return known;
    }
    PrivacyConfiguration found =
        federations
            .configuration(name, version, number)
            .orElseThrow(() ->
                new IllegalStateException(
                    "no configuration " + number + " of version " + version + " of " + name));
    unchanging.put(key, found);
    return found;
  }

  /**
   * Creates a federation without a configuration.
   *
   * @throws ServiceException {@code CONFLICT} if it exists
   */
  public Federation create(FederationName name, String by) {
    return federations
        .create(name, change(by))
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.CONFLICT,
                "The federation '" + name + "' exists already.",
                List.of(new FieldViolation("name", name.value(), "exists already"))));
  }

  /**
   * A federation.
   *
   * @throws ServiceException {@code NOT_FOUND}
   */
  public Federation federation(FederationName name) {
    return federations.find(name).orElseThrow(() -> unknown(name));
  }

  /** All federations that this service may serve. */
  public List<Federation> all() {
    List<Federation> all = federations.all();
    return region.name().isEmpty() ? all : all.stream().filter(this::isHere).toList();
  }

  private boolean isHere(Federation federation) {
    return federations
        .current(federation.name())
        .map(found -> ServiceRegion.admits(found.configuration().regions(), region.name()))
        .orElse(true);
  }

  /**
   * Opens the next version with a copy of the present configuration and nothing spent.
   *
   * @param reason for the record
   * @throws ServiceException {@code NOT_FOUND}
   */
  public Federation openVersion(FederationName name, String reason, String by) {
    return federations.openVersion(name, reason, change(by)).orElseThrow(() -> unknown(name));
  }

  /** Rounds of a version in the order of the ledger. */
  public List<LedgerEntry> rounds(FederationName name, int version, long after, int limit) {
    return federations.rounds(name, version, after, limit);
  }

  private Change change(String by) {
    return new Change(by, clock.instant().truncatedTo(ChronoUnit.MICROS));
  }

  private static ServiceException unknown(FederationName name) {
    return new ServiceException(ErrorCode.NOT_FOUND, "There is no federation '" + name + "'.");
  }

  private static ServiceException refusal(List<Violation> violations) {
    boolean incomplete =
        violations.stream().anyMatch(violation -> violation.kind() == Violation.Kind.MISSING);
    Violation first = violations.getFirst();
    String value = first.value() == null ? "" : " is '" + first.value() + "'";
    String more = violations.size() == 1 ? "" : " (and " + (violations.size() - 1) + " more)";
    return new ServiceException(
        incomplete ? ErrorCode.INVALID_REQUEST : ErrorCode.INVALID_VALUE,
        first.field() + value + ": " + first.message() + more,
        violations.stream().map(FederationConfigurations::toField).toList());
  }

  private static FieldViolation toField(Violation violation) {
    return new FieldViolation(violation.field(), violation.value(), violation.message());
  }
}
