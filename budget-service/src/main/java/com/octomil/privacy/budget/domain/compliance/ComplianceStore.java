package com.octomil.privacy.budget.domain.compliance;

import com.octomil.privacy.budget.domain.FederationName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Where DPIA bundles are kept, and what reports are made from. */
public interface ComplianceStore {

  /** Keeps a bundle. */
  void add(FederationName federation, DpiaBundle bundle, byte[] content);

  /** Bundles of a federation, newest first. */
  List<DpiaBundle> bundles(FederationName federation);

  /** The archive of a bundle. */
  Optional<byte[]> content(FederationName federation, UUID bundle);

  /** When the first bundle of a version was made. */
  Optional<Instant> firstBundle(FederationName federation, int version);

  /** When the first round of a version was reserved. */
  Optional<Instant> firstRound(FederationName federation, int version);

  /** How many reports about devices of the federation are in the audit log. */
  long deviceReports(FederationName federation);

  /** What each service last said of its settings when it started, by service and region. */
  List<ServiceSettings> serviceSettings();

  /** What a service said when it started. */
  record ServiceSettings(
      String service, Optional<String> region, Instant at, Map<String, String> settings) {
    /** Copies the settings. */
    public ServiceSettings {
      settings = Map.copyOf(settings);
    }
  }
}
