package com.octomil.privacy.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.kubernetes.client.openapi.JSON;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Members and types by the API's own models; names and labels by its grammar. */
final class StructureChecks {

  private static final Map<String, String> MODELS =
      Map.ofEntries(
          Map.entry("v1 Namespace", "V1Namespace"),
          Map.entry("v1 ServiceAccount", "V1ServiceAccount"),
          Map.entry("v1 ConfigMap", "V1ConfigMap"),
          Map.entry("v1 Secret", "V1Secret"),
          Map.entry("v1 Service", "V1Service"),
          Map.entry("v1 Pod", "V1Pod"),
          Map.entry("v1 ResourceQuota", "V1ResourceQuota"),
          Map.entry("apps/v1 Deployment", "V1Deployment"),
          Map.entry("apps/v1 StatefulSet", "V1StatefulSet"),
          Map.entry("batch/v1 Job", "V1Job"),
          Map.entry("policy/v1 PodDisruptionBudget", "V1PodDisruptionBudget"),
          Map.entry("autoscaling/v2 HorizontalPodAutoscaler", "V2HorizontalPodAutoscaler"),
          Map.entry("networking.k8s.io/v1 NetworkPolicy", "V1NetworkPolicy"),
          Map.entry("networking.k8s.io/v1 Ingress", "V1Ingress"));

  /**
   * Members of the specifications of custom resources that we use, from their published schemas.
   */
  private static final Map<String, Set<String>> CUSTOM =
      Map.of(
          "cert-manager.io/v1 Certificate",
          Set.of(
              "secretName",
              "issuerRef",
              "duration",
              "renewBefore",
              "privateKey",
              "usages",
              "dnsNames",
              "keystores"),
          "monitoring.coreos.com/v1 ServiceMonitor",
          Set.of("namespaceSelector", "selector", "targetLabels", "endpoints"),
          "monitoring.coreos.com/v1 PrometheusRule",
          Set.of("groups"));

  private static final String LABEL_VALUE = "([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?";
  private static final String LABEL_KEY =
      "([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
  private static final String DNS_LABEL = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

  private StructureChecks() {}

  static List<Violation> of(Manifests manifests) {
    List<Violation> violations = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Resource resource : manifests.resources()) {
      if (!seen.add(resource.apiVersion() + resource)) {
        violations.add(new Violation(Rule.DUPLICATE, resource.toString(), "occurs twice"));
      }
      structure(resource, violations);
      names(resource, violations);
    }
    return violations;
  }

  private static void structure(Resource resource, List<Violation> violations) {
    String type = resource.apiVersion() + " " + resource.kind();
    Set<String> custom = CUSTOM.get(type);
    if (custom != null) {
      for (String member : resource.spec().keySet()) {
        if (!custom.contains(member)) {
          violations.add(
              new Violation(Rule.STRUCTURE, resource.toString(), "unknown member spec." + member));
        }
      }
      return;
    }
    String model = MODELS.get(type);
    if (model == null) {
      violations.add(new Violation(Rule.STRUCTURE, resource.toString(), "unknown type " + type));
      return;
    }
    try {
      Class<?> modelClass = Class.forName("io.kubernetes.client.openapi.models." + model);
      modelClass.getMethod("validateJsonElement", JsonElement.class).invoke(null, resource.json());
      Object parsed = JSON.getGson().fromJson(resource.json(), modelClass);
      if (parsed == null) {
        violations.add(new Violation(Rule.STRUCTURE, resource.toString(), "is empty"));
      }
    } catch (InvocationTargetException e) {
      violations.add(
          new Violation(Rule.STRUCTURE, resource.toString(), String.valueOf(e.getCause())));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("no model " + model, e);
    } catch (RuntimeException e) {
      violations.add(new Violation(Rule.STRUCTURE, resource.toString(), e.toString()));
    }
  }

  private static void names(Resource resource, List<Violation> violations) {
    // Shorter than the API asks for Deployments: pods and their hosts add a suffix of their own.
    if (!resource.name().matches(DNS_LABEL) || resource.name().length() > 52) {
      name(resource, "metadata.name '" + resource.name() + "'", violations);
    }
    if (!resource.namespace().isEmpty() && !resource.namespace().matches(DNS_LABEL)) {
      name(resource, "metadata.namespace '" + resource.namespace() + "'", violations);
    }
    labels(resource, resource.labels(), violations);
    resource
        .pod()
        .ifPresent(pod -> {
          labels(resource, pod.labels(), violations);
          Set<String> containers = new HashSet<>();
          for (JsonObject container : pod.containers()) {
            String name = Json.text(container, "name").orElse("");
            if (!name.matches(DNS_LABEL) || !containers.add(name)) {
              name(resource, "container name '" + name + "'", violations);
            }
          }
        });
  }

  private static void labels(
      Resource resource, Map<String, String> labels, List<Violation> violations) {
    labels.forEach((key, value) -> {
      if (!key.matches(LABEL_KEY) || !value.matches(LABEL_VALUE)) {
        name(resource, "label " + key + "=" + value, violations);
      }
    });
  }

  private static void name(Resource resource, String what, List<Violation> violations) {
    violations.add(new Violation(Rule.NAME, resource.toString(), "not a legal name: " + what));
  }
}
