package com.octomil.privacy.budget.app.compliance;

import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.budget.domain.Allocation;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.LedgerEntry;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.compliance.ComplianceReport;
import com.octomil.privacy.budget.domain.compliance.ComplianceStore.ServiceSettings;
import java.time.Instant;
import java.util.List;

/**
 * All that a DPIA bundle says.
 *
 * @param rounds of the version, oldest first
 * @param settings of services, as they reported them
 * @param checkpoint of the audit log, made for this bundle
 * @param publicKeyPem that verifies it
 */
record DpiaFacts(
    FederationName federation,
    Instant at,
    String by,
    ConfiguredVersion version,
    List<ConfigurationRecord> history,
    List<Allocation> allocations,
    List<LedgerEntry> rounds,
    ComplianceReport report,
    List<ServiceSettings> settings,
    Checkpoint checkpoint,
    String publicKeyPem) {

  /** Rounds that ran, oldest first. */
  List<Reservation> committed() {
    return rounds.stream()
        .map(LedgerEntry::reservation)
        .filter(reservation -> reservation.state() instanceof Reservation.Committed)
        .toList();
  }

  static Reservation.Committed end(Reservation reservation) {
    return (Reservation.Committed) reservation.state();
  }
}
