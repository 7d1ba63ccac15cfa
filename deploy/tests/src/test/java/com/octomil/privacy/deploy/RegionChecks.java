package com.octomil.privacy.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Pods of a region run on nodes of that region and nowhere else. */
final class RegionChecks {

  /**
   * How regions are pinned.
   *
   * @param nodeRegions for the value of the region label, or the empty string for pods without it:
   *     the values of {@code topology.kubernetes.io/region}; absent for pods that may run anywhere
   */
  record Pins(Map<String, Set<String>> nodeRegions) {

    static Pins none() {
      return new Pins(Map.of());
    }
  }

  private RegionChecks() {}

  static List<Violation> of(Manifests manifests, Pins pins) {
    List<Violation> violations = new ArrayList<>();
    Set<String> regions = new HashSet<>();
    for (Resource.Pod pod : manifests.pods()) {
      String region = pod.labels().getOrDefault(Labels.REGION, "");
      regions.add(region);
      Set<String> expected = pins.nodeRegions().getOrDefault(region, Set.of());
      List<JsonObject> terms =
          Json.objects(
              pod.spec(),
              "affinity",
              "nodeAffinity",
              "requiredDuringSchedulingIgnoredDuringExecution",
              "nodeSelectorTerms");
      if (expected.isEmpty() != terms.isEmpty()) {
        report(pod, "required node affinity " + terms + " instead of " + expected, violations);
      }
      // The terms are alternatives: each of them must pin.
      for (JsonObject term : terms) {
        if (!allowed(term).equals(Optional.of(expected))) {
          report(pod, "term " + term + " does not pin to " + expected, violations);
        }
      }
    }
    for (String region : pins.nodeRegions().keySet()) {
      if (!regions.contains(region)) {
        violations.add(new Violation(Rule.REGION, "region '" + region + "'", "has no pods"));
      }
    }
    for (Resource deployment : manifests.ofKind("Deployment")) {
      String label =
          Json.text(deployment.spec(), "template", "metadata", "labels", Labels.REGION).orElse("");
      String configured = manifests.settings(deployment).getOrDefault("OCTOMIL_REGION", "");
      if (!label.equals(configured)) {
        violations.add(
            new Violation(
                Rule.REGION,
                deployment.toString(),
                "labelled '" + label + "' but configured as '" + configured + "'"));
      }
    }
    return violations;
  }

  private static Optional<Set<String>> allowed(JsonObject term) {
    for (JsonObject expression : Json.objects(term, "matchExpressions")) {
      if (Json.text(expression, "key").equals(Optional.of(Labels.NODE_REGION))
          && Json.text(expression, "operator").equals(Optional.of("In"))) {
        Set<String> values = new HashSet<>();
        Json.elements(expression, "values").stream()
            .map(JsonElement::getAsString)
            .forEach(values::add);
        return Optional.of(values);
      }
    }
    return Optional.empty();
  }

  private static void report(Resource.Pod pod, String message, List<Violation> violations) {
    violations.add(new Violation(Rule.REGION, pod.owner(), message));
  }
}
