package com.octomil.privacy.deploy;

import java.util.ArrayList;
import java.util.List;

/** All rules at once. */
final class Checks {

  private Checks() {}

  /**
   * Checks a set of objects.
   *
   * @param manifests the objects
   * @param suppliedSecrets names of the Secrets that the operator makes
   * @param nodeRegions how regions are pinned
   * @return what is wrong, empty if nothing
   */
  static List<Violation> of(
      Manifests manifests, java.util.Set<String> suppliedSecrets, RegionChecks.Pins nodeRegions) {
    List<Violation> violations = new ArrayList<>();
    violations.addAll(StructureChecks.of(manifests));
    violations.addAll(WorkloadChecks.of(manifests));
    violations.addAll(ReferenceChecks.of(manifests, suppliedSecrets));
    violations.addAll(PodSecurityChecks.of(manifests));
    violations.addAll(RegionChecks.of(manifests, nodeRegions));
    violations.addAll(SettingsChecks.of(manifests));
    violations.addAll(NetworkChecks.of(manifests));
    return violations;
  }
}
