package com.octomil.privacy.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Works out, as a network plugin would, which connections the policies allow between all pods and
 * some strangers, and compares them with the arrows of the design.
 */
final class NetworkChecks {

  private static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";
  private static final Set<String> SERVICES = Set.of("budget", "relay", "aggregator");

  /** A pod that may call or be called, with the role that the expectations know it by. */
  private record Endpoint(
      String role,
      String region,
      String namespace,
      Map<String, String> labels,
      Set<Integer> ports) {

    @Override
    public String toString() {
      return (region.isEmpty() ? "" : region + "/") + role + " in " + namespace;
    }
  }

  private final Manifests manifests;
  private final List<Resource> policies;
  private final Map<String, Map<String, String>> namespaceLabels = new HashMap<>();

  private NetworkChecks(Manifests manifests) {
    this.manifests = manifests;
    this.policies = manifests.ofKind("NetworkPolicy");
    for (Resource namespace : manifests.ofKind("Namespace")) {
      Map<String, String> labels = new HashMap<>(namespace.labels());
      labels.put(NAMESPACE_NAME, namespace.name());
      namespaceLabels.put(namespace.name(), labels);
    }
  }

  static List<Violation> of(Manifests manifests) {
    NetworkChecks checks = new NetworkChecks(manifests);
    List<Violation> violations = new ArrayList<>();
    violations.addAll(checks.defaultDeny());
    violations.addAll(checks.arrows());
    violations.addAll(checks.addresses());
    return violations;
  }

  private List<Violation> defaultDeny() {
    List<Violation> violations = new ArrayList<>();
    Set<String> namespaces = new TreeSet<>();
    manifests.pods().forEach(pod -> namespaces.add(pod.namespace()));
    for (String namespace : namespaces) {
      boolean denied =
          policies.stream()
              .anyMatch(policy ->
                  policy.namespace().equals(namespace)
                      && Json.object(policy.spec(), "podSelector").isEmpty()
                      && types(policy).equals(Set.of("Ingress", "Egress"))
                      && Json.elements(policy.spec(), "ingress").isEmpty()
                      && Json.elements(policy.spec(), "egress").isEmpty());
      if (!denied) {
        violations.add(new Violation(Rule.NETWORK, "namespace " + namespace, "no default deny"));
      }
    }
    return violations;
  }

  private List<Violation> arrows() {
    List<Endpoint> endpoints = endpoints();
    List<Violation> violations = new ArrayList<>();
    for (Endpoint from : endpoints) {
      for (Endpoint to : endpoints) {
        for (int port : to.ports()) {
          boolean wanted = wanted(from, to, port);
          // Both sides on their own, so that one of them alone already keeps an arrow shut.
          if (ours(from) && allows("Egress", from, to, protocol(to), port) != wanted) {
            violations.add(arrow(from + " may call " + to + ":" + port, wanted));
          }
          if (ours(to) && allows("Ingress", to, from, protocol(to), port) != wanted) {
            violations.add(arrow(to + ":" + port + " may be called by " + from, wanted));
          }
        }
      }
    }
    return violations;
  }

  private static Violation arrow(String what, boolean wanted) {
    return new Violation(Rule.NETWORK, what, wanted ? "is needed but denied" : "is allowed");
  }

  private static boolean ours(Endpoint endpoint) {
    return endpoint.labels().containsKey(Labels.COMPONENT);
  }

  private static String protocol(Endpoint to) {
    return to.role().equals("dns") ? "UDP" : "TCP";
  }

  private List<Endpoint> endpoints() {
    List<Endpoint> endpoints = new ArrayList<>();
    Set<String> namespaces = new TreeSet<>();
    for (Resource.Pod pod : manifests.pods()) {
      namespaces.add(pod.namespace());
      endpoints.add(
          new Endpoint(
              pod.labels().getOrDefault(Labels.COMPONENT, ""),
              pod.labels().getOrDefault(Labels.REGION, ""),
              pod.namespace(),
              pod.labels(),
              new HashSet<>(pod.ports().values())));
    }
    for (String namespace : namespaces) {
      endpoints.add(outsider("stranger", namespace, Map.of("app", "stranger"), 8443));
    }
    endpoints.add(outsider("stranger", "default", Map.of("app", "stranger"), 8443));
    endpoints.add(outsider("proxy", "ingress-nginx", Map.of("app", "proxy"), 8443));
    endpoints.add(outsider("prometheus", "monitoring", Map.of("app", "prometheus"), 9090));
    endpoints.add(outsider("dns", "kube-system", Map.of("k8s-app", "kube-dns"), 53));
    endpoints.add(outsider("database", "database", Map.of("app", "postgresql"), 5432));
    return endpoints;
  }

  private static Endpoint outsider(
      String role, String namespace, Map<String, String> labels, int port) {
    return new Endpoint(role, "", namespace, labels, Set.of(port));
  }

  /** The arrows of the design, sections 1 and 6, and what running on a cluster adds to them. */
  private boolean wanted(Endpoint from, Endpoint to, int port) {
    boolean usesDatabase = SERVICES.contains(from.role().replaceFirst("-migration$", ""));
    boolean sameRegion = from.region().equals(to.region());
    return switch (to.role()) {
      case "dns" -> ours(from) && !from.role().equals("postgresql");
      case "database" -> usesDatabase && databaseHost(from).endsWith(".database.svc");
      case "postgresql" -> usesDatabase && databaseHost(from).startsWith("octomil-postgresql");
      case "budget" ->
          switch (port) {
            case 9000 -> from.role().equals("relay") || from.role().equals("aggregator");
            case 8443 -> from.role().equals("proxy") || from.role().equals("test");
            default -> from.role().equals("prometheus") || from.role().equals("test");
          };
      case "relay" ->
          switch (port) {
            case 9001 ->
                from.role().equals("proxy") || (from.role().equals("aggregator") && sameRegion);
            case 8443 -> from.role().equals("proxy");
            default -> from.role().equals("prometheus");
          };
      case "aggregator" ->
          port == 9082 ? from.role().equals("prometheus") : from.role().equals("proxy");
      default -> false;
    };
  }

  private String databaseHost(Endpoint from) {
    for (Resource resource : manifests.resources()) {
      Optional<Resource.Pod> pod = resource.pod();
      if (pod.isPresent()
          && pod.get().namespace().equals(from.namespace())
          && pod.get().labels().equals(from.labels())) {
        return manifests.settings(resource).getOrDefault("OCTOMIL_DATABASE_HOST", "");
      }
    }
    return "";
  }

  private boolean allows(String type, Endpoint subject, Endpoint peer, String protocol, int port) {
    boolean selected = false;
    for (Resource policy : policies) {
      if (!policy.namespace().equals(subject.namespace())
          || !types(policy).contains(type)
          || !Labels.selects(Json.object(policy.spec(), "podSelector"), subject.labels())) {
        continue;
      }
      selected = true;
      for (JsonObject rule :
          Json.objects(policy.spec(), type.equals("Egress") ? "egress" : "ingress")) {
        if (portMatches(rule, protocol, port)
            && peerMatches(rule, type.equals("Egress") ? "to" : "from", policy.namespace(), peer)) {
          return true;
        }
      }
    }
    return !selected;
  }

  private static Set<String> types(Resource policy) {
    Set<String> types = new HashSet<>();
    Json.elements(policy.spec(), "policyTypes").stream()
        .map(JsonElement::getAsString)
        .forEach(types::add);
    if (types.isEmpty()) {
      types.add("Ingress");
      if (policy.spec().has("egress")) {
        types.add("Egress");
      }
    }
    return types;
  }

  private static boolean portMatches(JsonObject rule, String protocol, int port) {
    List<JsonObject> ports = Json.objects(rule, "ports");
    return ports.isEmpty()
        || ports.stream()
            .anyMatch(allowed ->
                Json.text(allowed, "protocol").orElse("TCP").equals(protocol)
                    && Json.integer(allowed, "port").map(number -> number == port).orElse(true));
  }

  private boolean peerMatches(JsonObject rule, String side, String namespace, Endpoint peer) {
    List<JsonObject> peers = Json.objects(rule, side);
    if (peers.isEmpty()) {
      return true;
    }
    Map<String, String> labels =
        namespaceLabels.getOrDefault(peer.namespace(), Map.of(NAMESPACE_NAME, peer.namespace()));
    for (JsonObject candidate : peers) {
      if (candidate.has("ipBlock")) {
        continue;
      }
      boolean inNamespace =
          candidate.has("namespaceSelector")
              ? Labels.selects(Json.object(candidate, "namespaceSelector"), labels)
              : namespace.equals(peer.namespace());
      if (inNamespace && Labels.selects(Json.object(candidate, "podSelector"), peer.labels())) {
        return true;
      }
    }
    return false;
  }

  /** Addresses are those of the database of one region, on its port, and never a way in. */
  private List<Violation> addresses() {
    List<Violation> violations = new ArrayList<>();
    Map<String, String> regionOfAddress = new HashMap<>();
    for (Resource policy : policies) {
      for (JsonObject rule : Json.objects(policy.spec(), "ingress")) {
        if (!blocks(rule, "from").isEmpty()) {
          violations.add(new Violation(Rule.NETWORK, policy.toString(), "addresses may come in"));
        }
      }
      for (JsonObject rule : Json.objects(policy.spec(), "egress")) {
        for (String address : blocks(rule, "to")) {
          List<JsonObject> ports = Json.objects(rule, "ports");
          if (ports.size() != 1
              || !Json.integer(ports.getFirst(), "port").equals(Optional.of(5432))) {
            violations.add(
                new Violation(Rule.NETWORK, policy.toString(), address + " beyond the database"));
          }
          String region = policy.labels().getOrDefault(Labels.REGION, "");
          String other = regionOfAddress.putIfAbsent(address, region);
          if (other != null && !other.equals(region)) {
            violations.add(
                new Violation(
                    Rule.NETWORK,
                    policy.toString(),
                    address + " is reached from region '" + region + "' and '" + other + "'"));
          }
        }
      }
    }
    return violations;
  }

  private static List<String> blocks(JsonObject rule, String side) {
    return Json.objects(rule, side).stream()
        .flatMap(peer -> Json.text(peer, "ipBlock", "cidr").stream())
        .toList();
  }
}
