package com.octomil.privacy.budget.app.compliance;

import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.budget.app.FederationConfigurations;
import com.octomil.privacy.budget.app.audit.AuditKeys;
import com.octomil.privacy.budget.app.audit.AuditTrail;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.LedgerEntry;
import com.octomil.privacy.budget.domain.compliance.ComplianceReport;
import com.octomil.privacy.budget.domain.compliance.ComplianceStore;
import com.octomil.privacy.budget.domain.compliance.DpiaBundle;
import com.octomil.privacy.budget.domain.compliance.Evidence;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/** Reports on compliance profiles and DPIA bundles. Thread-safe; blocking. */
@ApplicationScoped
public class Compliance {

  private static final int PAGE = 1000;

  private final FederationConfigurations configurations;
  private final ComplianceStore store;
  private final AuditTrail trail;
  private final AuditKeys keys;
  private final Clock clock;

  Compliance(
      FederationConfigurations configurations,
      ComplianceStore store,
      AuditTrail trail,
      AuditKeys keys,
      Clock clock) {
    this.configurations = configurations;
    this.store = store;
    this.trail = trail;
    this.keys = keys;
    this.clock = clock;
  }

  /**
   * What holds of the profiles for the current version.
   *
   * @throws ServiceException {@code NOT_FOUND}
   */
  public ComplianceReport report(FederationName federation) {
    return report(federation, configurations.current(federation));
  }

  private ComplianceReport report(FederationName federation, ConfiguredVersion version) {
    int number = version.account().version();
    return ComplianceReport.of(
        version,
        new Evidence(
            keys.outsideDatabase(),
            trail.lastCheckpoint(federation.value()).map(Checkpoint::at),
            store.firstRound(federation, number),
            store.firstBundle(federation, number),
            store.deviceReports(federation)));
  }

  /**
   * Makes and keeps a DPIA bundle of the current version as it is now.
   *
   * @param by identifier of the API key
   * @throws ServiceException {@code NOT_FOUND}, or {@code CONFLICT} if the audit log does not hold
   */
  public DpiaBundle generate(FederationName federation, String by) {
    ConfiguredVersion version = configurations.current(federation);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    Checkpoint checkpoint = trail.checkpoint(federation.value());
    byte[] content =
        DpiaArchive.of(
            new DpiaFacts(
                federation,
                now,
                by,
                version,
                configurations.history(federation),
                configurations.allocations(federation),
                rounds(federation, version.account().version()),
                report(federation, version),
                store.serviceSettings(),
                checkpoint,
                trail.publicKeyPem(checkpoint.keyId()).orElseThrow()));
    DpiaBundle bundle =
        new DpiaBundle(
            UUID.randomUUID(),
            version.account().version(),
            version.account().configuration(),
            sha256(content),
            content.length,
            now,
            by);
    store.add(federation, bundle, content);
    return bundle;
  }

  private List<LedgerEntry> rounds(FederationName federation, int version) {
    List<LedgerEntry> rounds = new ArrayList<>();
    while (true) {
      long after = rounds.isEmpty() ? 0 : rounds.getLast().sequence();
      List<LedgerEntry> page = configurations.rounds(federation, version, after, PAGE);
      rounds.addAll(page);
      if (page.size() < PAGE) {
        return rounds;
      }
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Bundles of a federation, newest first. */
  public List<DpiaBundle> bundles(FederationName federation) {
    var unused = configurations.federation(federation);
    return store.bundles(federation);
  }

  /**
   * The archive of a bundle.
   *
   * @throws ServiceException {@code NOT_FOUND}
   */
  public byte[] content(FederationName federation, UUID bundle) {
    return store
        .content(federation, bundle)
        .orElseThrow(() ->
            new ServiceException(
                ErrorCode.NOT_FOUND,
                "The federation '" + federation + "' has no DPIA bundle " + bundle + "."));
  }
}
