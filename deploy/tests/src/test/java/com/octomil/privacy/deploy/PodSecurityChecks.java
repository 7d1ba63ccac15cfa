package com.octomil.privacy.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The restricted pod security standard, a read-only root, no token, and nothing of the host. */
final class PodSecurityChecks {

  private static final Set<String> VOLUME_TYPES =
      Set.of("configMap", "emptyDir", "secret", "persistentVolumeClaim", "projected");

  private PodSecurityChecks() {}

  static List<Violation> of(Manifests manifests) {
    List<Violation> violations = new ArrayList<>();
    for (Resource account : manifests.ofKind("ServiceAccount")) {
      if (!Json.isFalse(account.json(), "automountServiceAccountToken")) {
        violations.add(new Violation(Rule.TOKEN, account.toString(), "mounts a token"));
      }
    }
    for (Resource namespace : manifests.ofKind("Namespace")) {
      if (!"restricted".equals(namespace.labels().get("pod-security.kubernetes.io/enforce"))) {
        violations.add(
            new Violation(Rule.POD_SECURITY, namespace.toString(), "does not enforce restricted"));
      }
    }
    for (Resource.Pod pod : manifests.pods()) {
      pod(pod, violations);
    }
    return violations;
  }

  private static void pod(Resource.Pod pod, List<Violation> violations) {
    if (!Json.isFalse(pod.spec(), "automountServiceAccountToken")) {
      violations.add(new Violation(Rule.TOKEN, pod.owner(), "the pod mounts a token"));
    }
    for (String host : List.of("hostNetwork", "hostPID", "hostIPC")) {
      if (Json.isTrue(pod.spec(), host)) {
        report(pod, host, violations);
      }
    }
    JsonObject podContext = Json.object(pod.spec(), "securityContext");
    for (JsonObject volume : Json.objects(pod.spec(), "volumes")) {
      for (String member : volume.keySet()) {
        if (!member.equals("name") && !VOLUME_TYPES.contains(member)) {
          report(pod, "volume of type " + member, violations);
        }
      }
    }
    for (JsonObject container : pod.containers()) {
      JsonObject context = Json.object(container, "securityContext");
      String name = Json.text(container, "name").orElse("") + ": ";
      if (!Json.isFalse(context, "allowPrivilegeEscalation")) {
        report(pod, name + "allowPrivilegeEscalation is not false", violations);
      }
      if (Json.isTrue(context, "privileged")) {
        report(pod, name + "privileged", violations);
      }
      if (!Json.isTrue(context, "readOnlyRootFilesystem")) {
        report(pod, name + "the root file system is writable", violations);
      }
      if (!inherited(context, podContext, "runAsNonRoot").equals(Optional.of("true"))) {
        report(pod, name + "runAsNonRoot is not true", violations);
      }
      Optional<String> user = inherited(context, podContext, "runAsUser");
      if (user.isEmpty() || user.get().equals("0")) {
        report(pod, name + "runs as user " + user.orElse("of the image"), violations);
      }
      String seccomp =
          Json.text(context, "seccompProfile", "type")
              .or(() -> Json.text(podContext, "seccompProfile", "type"))
              .orElse("none");
      if (!seccomp.equals("RuntimeDefault")) {
        report(pod, name + "seccomp profile " + seccomp, violations);
      }
      List<String> dropped =
          Json.elements(context, "capabilities", "drop").stream()
              .map(JsonElement::getAsString)
              .toList();
      if (!dropped.equals(List.of("ALL"))
          || !Json.elements(context, "capabilities", "add").isEmpty()) {
        report(pod, name + "capabilities are not all dropped", violations);
      }
      for (JsonObject port : Json.objects(container, "ports")) {
        if (port.has("hostPort")) {
          report(pod, name + "takes a port of the host", violations);
        }
      }
    }
  }

  private static Optional<String> inherited(JsonObject context, JsonObject pod, String member) {
    return Json.text(context, member).or(() -> Json.text(pod, member));
  }

  private static void report(Resource.Pod pod, String message, List<Violation> violations) {
    violations.add(new Violation(Rule.POD_SECURITY, pod.owner(), message));
  }
}
