package com.octomil.privacy.deploy;

import com.google.gson.JsonObject;
import io.kubernetes.client.custom.Quantity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Selectors, resources, ports, probes, volumes, autoscaling, disruption and termination. */
final class WorkloadChecks {

  private static final Set<String> HANDLERS = Set.of("httpGet", "grpc", "tcpSocket", "exec");
  private static final int PHASE_SECONDS = 60;

  private final Manifests manifests;
  private final List<Violation> violations = new ArrayList<>();

  private WorkloadChecks(Manifests manifests) {
    this.manifests = manifests;
  }

  static List<Violation> of(Manifests manifests) {
    WorkloadChecks checks = new WorkloadChecks(manifests);
    for (Resource resource : manifests.resources()) {
      resource.pod().ifPresent(pod -> checks.pod(resource, pod));
      switch (resource.kind()) {
        case "Deployment", "StatefulSet" -> checks.controller(resource);
        case "Service" -> checks.service(resource);
        case "PodDisruptionBudget" -> checks.disruptionBudget(resource);
        case "HorizontalPodAutoscaler" -> checks.autoscaler(resource);
        case "ResourceQuota" -> checks.quota(resource);
        default -> {
          // Other kinds have no rule here.
        }
      }
    }
    return checks.violations;
  }

  private void report(Rule rule, Object where, String message) {
    violations.add(new Violation(rule, where.toString(), message));
  }

  private void controller(Resource controller) {
    JsonObject selector = Json.object(controller.spec(), "selector");
    Map<String, String> labels = Json.texts(controller.spec(), "template", "metadata", "labels");
    if (Json.texts(selector, "matchLabels").isEmpty() || !Labels.selects(selector, labels)) {
      report(Rule.SELECTOR, controller, "the selector does not select the pods of the template");
    }
    for (Resource.Pod other : manifests.pods()) {
      if (!other.owner().equals(controller.toString())
          && other.namespace().equals(controller.namespace())
          && Labels.selects(selector, other.labels())) {
        report(Rule.SELECTOR, controller, "the selector also selects the pods of " + other.owner());
      }
    }
    for (JsonObject spread :
        Json.objects(controller.spec(), "template", "spec", "topologySpreadConstraints")) {
      if (!Labels.selects(Json.object(spread, "labelSelector"), labels)) {
        report(Rule.SELECTOR, controller, "the spread does not select the pods themselves");
      }
    }
    if (controller.is("Deployment")) {
      deployment(controller, labels);
    }
  }

  private void deployment(Resource deployment, Map<String, String> labels) {
    long budgets =
        manifests.ofKind("PodDisruptionBudget").stream()
            .filter(budget -> budget.namespace().equals(deployment.namespace()))
            .filter(budget -> Labels.selects(Json.object(budget.spec(), "selector"), labels))
            .count();
    if (budgets != 1) {
      report(Rule.DISRUPTION, deployment, budgets + " disruption budgets instead of one");
    }
    List<JsonObject> constraints =
        Json.objects(deployment.spec(), "template", "spec", "topologySpreadConstraints");
    if (constraints.stream()
        .noneMatch(spread ->
            Json.text(spread, "topologyKey").equals(Optional.of("topology.kubernetes.io/zone")))) {
      report(Rule.SELECTOR, deployment, "the pods are not spread over zones");
    }
    boolean scaled =
        manifests.ofKind("HorizontalPodAutoscaler").stream()
            .anyMatch(scaler ->
                scaler.namespace().equals(deployment.namespace())
                    && Json.text(scaler.spec(), "scaleTargetRef", "name")
                        .equals(Optional.of(deployment.name())));
    boolean fixed = Json.at(deployment.spec(), "replicas").isPresent();
    if (scaled == fixed) {
      report(
          Rule.AUTOSCALING,
          deployment,
          scaled ? "replicas would reset the autoscaler" : "neither replicas nor an autoscaler");
    }
    JsonObject pod = Json.object(deployment.spec(), "template", "spec");
    for (JsonObject container : Json.objects(pod, "containers")) {
      probe(deployment, pod, container, "startupProbe");
      probe(deployment, pod, container, "readinessProbe");
      probe(deployment, pod, container, "livenessProbe");
      termination(deployment, pod, container);
    }
  }

  private void termination(Resource deployment, JsonObject pod, JsonObject container) {
    int grace = Json.integer(pod, "terminationGracePeriodSeconds").orElse(30);
    int delay = Json.integer(container, "lifecycle", "preStop", "sleep", "seconds").orElse(0);
    int shutdown =
        Optional.ofNullable(manifests.settings(deployment).get("QUARKUS_SHUTDOWN_TIMEOUT"))
            .filter(text -> text.matches("[0-9]+s"))
            .map(text -> Integer.valueOf(text.substring(0, text.length() - 1)))
            .orElse(0);
    if (delay < 1 || shutdown < 1 || delay + shutdown >= grace) {
      report(
          Rule.TERMINATION,
          deployment,
          "delay " + delay + " s and shutdown " + shutdown + " s do not fit into " + grace + " s");
    }
    String component = deployment.labels().getOrDefault(Labels.COMPONENT, "");
    if (!component.equals("budget") && grace <= PHASE_SECONDS) {
      report(Rule.TERMINATION, deployment, "grace of " + grace + " s is shorter than a phase");
    }
  }

  private void probe(Resource deployment, JsonObject pod, JsonObject container, String name) {
    JsonObject probe = Json.object(container, name);
    Set<String> handlers = new HashSet<>(probe.keySet());
    handlers.retainAll(HANDLERS);
    if (handlers.size() != 1) {
      report(Rule.PROBE, deployment, name + " has " + handlers.size() + " handlers");
    }
    Map<String, Integer> ports = new Resource.Pod("", "", Map.of(), pod).ports();
    for (String handler : handlers) {
      String port = Json.text(probe, handler, "port").orElse("");
      if (!handler.equals("exec")
          && !ports.containsKey(port)
          && !ports.containsValue(number(port))) {
        report(Rule.PROBE, deployment, name + " asks on port '" + port + "', which does not exist");
      }
    }
  }

  private static int number(String text) {
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
  }

  private void pod(Resource owner, Resource.Pod pod) {
    Set<String> volumes = new HashSet<>();
    for (JsonObject volume : Json.objects(pod.spec(), "volumes")) {
      String name = Json.text(volume, "name").orElse("");
      if (!volumes.add(name) || volume.size() != 2) {
        report(
            Rule.MOUNT, owner, "volume '" + name + "' occurs twice or has not exactly one source");
      }
    }
    for (JsonObject claim : Json.objects(owner.spec(), "volumeClaimTemplates")) {
      volumes.add(Json.text(claim, "metadata", "name").orElse(""));
    }
    Set<String> used = new HashSet<>();
    Set<String> portNames = new HashSet<>();
    Set<Integer> portNumbers = new HashSet<>();
    for (JsonObject container : pod.containers()) {
      Set<String> paths = new HashSet<>();
      for (JsonObject mount : Json.objects(container, "volumeMounts")) {
        String name = Json.text(mount, "name").orElse("");
        used.add(name);
        if (!volumes.contains(name)) {
          report(Rule.MOUNT, owner, "mount of '" + name + "', which is no volume");
        }
        if (!paths.add(Json.text(mount, "mountPath").orElse(""))) {
          report(Rule.MOUNT, owner, "two mounts at one path");
        }
      }
      for (JsonObject port : Json.objects(container, "ports")) {
        String name = Json.text(port, "name").orElse("");
        int number = Json.integer(port, "containerPort").orElse(-1);
        // A port below 1024 could not be bound by a user that is not root.
        if (number < 1024 || number > 65535 || !portNumbers.add(number)) {
          report(Rule.PORT, owner, "container port " + number);
        }
        if (!name.matches("(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
            || !portNames.add(name)) {
          report(Rule.PORT, owner, "name of container port '" + name + "'");
        }
      }
      resources(owner, container);
    }
    for (String volume : volumes) {
      if (!used.contains(volume)) {
        report(Rule.MOUNT, owner, "volume '" + volume + "' is not mounted");
      }
    }
  }

  private void resources(Resource owner, JsonObject container) {
    for (String resource : List.of("cpu", "memory")) {
      Optional<Quantity> request = quantity(owner, container, "requests", resource);
      Optional<Quantity> limit = quantity(owner, container, "limits", resource);
      if (request.isEmpty() || limit.isEmpty()) {
        report(Rule.RESOURCES, owner, resource + " lacks a request or a limit");
      } else if (request.get().getNumber().compareTo(limit.get().getNumber()) > 0
          || request.get().getNumber().signum() <= 0) {
        report(Rule.RESOURCES, owner, resource + " request is not between zero and the limit");
      }
    }
  }

  private Optional<Quantity> quantity(
      Resource owner, JsonObject container, String list, String resource) {
    Optional<String> text = Json.text(container, "resources", list, resource);
    try {
      return text.map(Quantity::fromString);
    } catch (RuntimeException e) {
      report(Rule.RESOURCES, owner, list + "." + resource + " is no quantity: " + text.orElse(""));
      return Optional.empty();
    }
  }

  private void quota(Resource quota) {
    Json.texts(quota.spec(), "hard")
        .forEach((name, amount) -> {
          try {
            Quantity.fromString(amount);
          } catch (RuntimeException e) {
            report(Rule.RESOURCES, quota, name + " is no quantity: " + amount);
          }
        });
  }

  private void service(Resource service) {
    Map<String, String> selector = Json.texts(service.spec(), "selector");
    List<Resource.Pod> selected =
        manifests.pods().stream()
            .filter(pod -> pod.namespace().equals(service.namespace()))
            .filter(pod -> pod.labels().entrySet().containsAll(selector.entrySet()))
            .toList();
    if (selector.isEmpty() || selected.size() != 1) {
      report(
          Rule.SELECTOR,
          service,
          "selects "
              + selected.stream().map(Resource.Pod::owner).toList()
              + " instead of one kind of pods");
      return;
    }
    Map<String, Integer> ports = selected.getFirst().ports();
    Set<String> names = new HashSet<>();
    for (JsonObject port : Json.objects(service.spec(), "ports")) {
      int number = Json.integer(port, "port").orElse(-1);
      String target = Json.text(port, "targetPort").orElse("");
      String name = Json.text(port, "name").orElse("");
      if (number < 1 || number > 65535 || !names.add(name)) {
        report(Rule.PORT, service, "port " + number + " named '" + name + "'");
      }
      if (!ports.containsKey(target) && !ports.containsValue(number(target))) {
        report(Rule.PORT, service, "target port '" + target + "' is none of " + ports);
      }
    }
  }

  private void disruptionBudget(Resource budget) {
    boolean min = Json.at(budget.spec(), "minAvailable").isPresent();
    boolean max = Json.at(budget.spec(), "maxUnavailable").isPresent();
    if (min == max) {
      report(Rule.DISRUPTION, budget, "needs exactly one of minAvailable and maxUnavailable");
    }
    if (manifests.ofKind("Deployment").stream()
        .noneMatch(deployment ->
            deployment.namespace().equals(budget.namespace())
                && Labels.selects(
                    Json.object(budget.spec(), "selector"),
                    Json.texts(deployment.spec(), "template", "metadata", "labels")))) {
      report(Rule.DISRUPTION, budget, "selects no Deployment");
    }
  }

  private void autoscaler(Resource scaler) {
    int min = Json.integer(scaler.spec(), "minReplicas").orElse(1);
    int max = Json.integer(scaler.spec(), "maxReplicas").orElse(-1);
    if (min < 1 || max < min) {
      report(Rule.AUTOSCALING, scaler, "range " + min + " to " + max);
    }
    String target = Json.text(scaler.spec(), "scaleTargetRef", "name").orElse("");
    if (manifests.find("Deployment", scaler.namespace(), target).isEmpty()) {
      report(Rule.AUTOSCALING, scaler, "scales '" + target + "', which does not exist");
    }
  }
}
