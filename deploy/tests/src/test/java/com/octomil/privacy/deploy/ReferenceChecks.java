package com.octomil.privacy.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What one object says of another is true. */
final class ReferenceChecks {

  private static final Pattern CLIENT_HOST = Pattern.compile("QUARKUS_GRPC_CLIENTS_([A-Z]+)_HOST");
  private static final Pattern SERVICE_HOST = Pattern.compile("([^.]+)(?:\\.([^.]+)\\.svc)?");

  private final Manifests manifests;
  private final Set<String> suppliedSecrets;
  private final List<Violation> violations = new ArrayList<>();

  private ReferenceChecks(Manifests manifests, Set<String> suppliedSecrets) {
    this.manifests = manifests;
    this.suppliedSecrets = suppliedSecrets;
  }

  static List<Violation> of(Manifests manifests, Set<String> suppliedSecrets) {
    ReferenceChecks checks = new ReferenceChecks(manifests, suppliedSecrets);
    for (Resource resource : manifests.resources()) {
      resource.pod().ifPresent(pod -> checks.pod(resource, pod));
      switch (resource.kind()) {
        case "Ingress" -> checks.ingress(resource);
        case "Deployment" -> checks.peers(resource);
        case "StatefulSet" -> checks.governingService(resource);
        case "ServiceMonitor" -> checks.serviceMonitor(resource);
        default -> {
          // Other kinds refer to nothing, or another rule looks at it.
        }
      }
    }
    return checks.violations;
  }

  private void report(Resource where, String message) {
    violations.add(new Violation(Rule.REFERENCE, where.toString(), message));
  }

  private void pod(Resource owner, Resource.Pod pod) {
    Json.text(pod.spec(), "serviceAccountName")
        .filter(name -> manifests.find("ServiceAccount", owner.namespace(), name).isEmpty())
        .ifPresent(name -> report(owner, "no ServiceAccount '" + name + "'"));
    for (JsonObject volume : Json.objects(pod.spec(), "volumes")) {
      Json.text(volume, "secret", "secretName").ifPresent(name -> secret(owner, name));
      Json.text(volume, "configMap", "name").ifPresent(name -> configMap(owner, name));
    }
    for (JsonObject container : pod.containers()) {
      for (JsonObject source : Json.objects(container, "envFrom")) {
        Json.text(source, "configMapRef", "name").ifPresent(name -> configMap(owner, name));
        Json.text(source, "secretRef", "name").ifPresent(name -> secret(owner, name));
      }
      for (JsonObject variable : Json.objects(container, "env")) {
        Json.text(variable, "valueFrom", "secretKeyRef", "name")
            .ifPresent(name -> secret(owner, name));
      }
    }
  }

  private void configMap(Resource owner, String name) {
    if (manifests.find("ConfigMap", owner.namespace(), name).isEmpty()) {
      report(owner, "no ConfigMap '" + name + "' in namespace '" + owner.namespace() + "'");
    }
  }

  private void secret(Resource owner, String name) {
    boolean issued =
        manifests.ofKind("Certificate").stream()
            .anyMatch(certificate ->
                certificate.namespace().equals(owner.namespace())
                    && Json.text(certificate.spec(), "secretName").equals(Optional.of(name)));
    if (!issued && !suppliedSecrets.contains(name)) {
      report(owner, "nobody makes the Secret '" + name + "'");
    }
  }

  private Optional<JsonObject> servicePort(String namespace, String service, String port) {
    return manifests
        .find("Service", namespace, service)
        .flatMap(found ->
            Json.objects(found.spec(), "ports").stream()
                .filter(candidate ->
                    Json.text(candidate, "name").equals(Optional.of(port))
                        || Json.text(candidate, "port").equals(Optional.of(port)))
                .findFirst());
  }

  private void ingress(Resource ingress) {
    if (Json.text(ingress.spec(), "ingressClassName").orElse("").isEmpty()) {
      report(ingress, "no class");
    }
    Set<String> encrypted = new TreeSet<>();
    for (JsonObject tls : Json.objects(ingress.spec(), "tls")) {
      Json.elements(tls, "hosts").stream().map(JsonElement::getAsString).forEach(encrypted::add);
    }
    for (JsonObject rule : Json.objects(ingress.spec(), "rules")) {
      String host = Json.text(rule, "host").orElse("");
      if (!encrypted.contains(host)) {
        report(ingress, "no TLS for host '" + host + "'");
      }
      for (JsonObject path : Json.objects(rule, "http", "paths")) {
        String service = Json.text(path, "backend", "service", "name").orElse("");
        String port =
            Json.text(path, "backend", "service", "port", "name")
                .or(() -> Json.text(path, "backend", "service", "port", "number"))
                .orElse("");
        if (servicePort(ingress.namespace(), service, port).isEmpty()) {
          report(ingress, "no port '" + port + "' at Service '" + service + "'");
        }
      }
    }
  }

  /** The hosts by which a service calls the others are headless Services with that port. */
  private void peers(Resource deployment) {
    Map<String, String> settings = manifests.settings(deployment);
    Set<String> called = new HashSet<>();
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      Matcher client = CLIENT_HOST.matcher(setting.getKey());
      if (!client.matches()) {
        continue;
      }
      called.add(client.group(1));
      Matcher host = SERVICE_HOST.matcher(setting.getValue());
      String port = settings.getOrDefault("QUARKUS_GRPC_CLIENTS_" + client.group(1) + "_PORT", "");
      if (!host.matches()) {
        report(deployment, setting.getKey() + "=" + setting.getValue() + " is no Service");
        continue;
      }
      String name = host.group(1);
      String namespace = host.group(2) == null ? deployment.namespace() : host.group(2);
      if (servicePort(namespace, name, port).isEmpty()) {
        report(deployment, "no port '" + port + "' at " + setting.getValue());
      }
      boolean headless =
          manifests
              .find("Service", namespace, name)
              .flatMap(service -> Json.text(service.spec(), "clusterIP"))
              .equals(Optional.of("None"));
      if (!headless) {
        report(deployment, setting.getValue() + " is not headless: calls would not be balanced");
      }
      certificateNames(deployment, namespace, name, setting.getValue());
    }
    Set<String> expected =
        switch (deployment.labels().getOrDefault(Labels.COMPONENT, "")) {
          case "relay" -> Set.of("BUDGET");
          case "aggregator" -> Set.of("BUDGET", "RELAY");
          default -> Set.of();
        };
    if (!called.equals(expected)) {
      report(deployment, "calls " + called + " instead of " + expected);
    }
  }

  private void certificateNames(
      Resource deployment, String namespace, String service, String host) {
    if (manifests.ofKind("Certificate").isEmpty()) {
      return;
    }
    String unit = service.replaceFirst("-grpc$", "");
    boolean named =
        manifests
            .find("Certificate", namespace, unit)
            .map(certificate ->
                Json.elements(certificate.spec(), "dnsNames").stream()
                    .map(JsonElement::getAsString)
                    .anyMatch(host::equals))
            .orElse(false);
    if (!named) {
      report(deployment, "the certificate of " + unit + " does not name " + host);
    }
  }

  private void governingService(Resource set) {
    String name = Json.text(set.spec(), "serviceName").orElse("");
    if (manifests.find("Service", set.namespace(), name).isEmpty()) {
      report(set, "no Service '" + name + "'");
    }
  }

  private void serviceMonitor(Resource monitor) {
    JsonObject selector = Json.object(monitor.spec(), "selector");
    List<String> namespaces =
        Json.elements(monitor.spec(), "namespaceSelector", "matchNames").stream()
            .map(JsonElement::getAsString)
            .toList();
    if (namespaces.isEmpty()) {
      namespaces = List.of(monitor.namespace());
    }
    Set<String> components = new TreeSet<>();
    for (Resource service : manifests.ofKind("Service")) {
      boolean reached =
          namespaces.contains(service.namespace()) && Labels.selects(selector, service.labels());
      if (reached) {
        components.add(service.labels().getOrDefault(Labels.COMPONENT, ""));
        for (JsonObject endpoint : Json.objects(monitor.spec(), "endpoints")) {
          String port = Json.text(endpoint, "port").orElse("");
          if (servicePort(service.namespace(), service.name(), port).isEmpty()) {
            report(monitor, "no port '" + port + "' at " + service);
          }
        }
      }
    }
    if (!components.equals(Set.of("budget", "relay", "aggregator"))) {
      report(monitor, "reaches " + components);
    }
  }
}
