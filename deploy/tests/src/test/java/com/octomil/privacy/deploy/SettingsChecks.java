package com.octomil.privacy.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Settings of the services: encrypted, free of secrets, with the right images and files. */
final class SettingsChecks {

  private static final Map<String, String> IMAGES =
      Map.of(
          "budget", "budget-service",
          "relay", "secagg-relay-service",
          "aggregator", "aggregator-service");
  private static final Map<String, String> CLIENT_AUTHENTICATION =
      Map.of("budget", "REQUIRED", "relay", "REQUEST", "aggregator", "NONE");
  private static final Set<String> TLS_FILES = Set.of("tls.crt", "tls.key", "ca.crt");
  private static final Pattern SECRET_NAME =
      Pattern.compile("(?i).*(PASSWORD|SECRET|TOKEN|API_KEY|PRIVATE).*");
  private static final Pattern SECRET_VALUE =
      Pattern.compile("(?s).*(edg_[A-Za-z0-9_-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY).*");

  private final Manifests manifests;
  private final List<Violation> violations = new ArrayList<>();

  private SettingsChecks(Manifests manifests) {
    this.manifests = manifests;
  }

  static List<Violation> of(Manifests manifests) {
    SettingsChecks checks = new SettingsChecks(manifests);
    for (Resource map : manifests.ofKind("ConfigMap")) {
      Json.texts(map.json(), "data").forEach((name, value) -> checks.setting(map, name, value));
    }
    for (Resource secret : manifests.ofKind("Secret")) {
      checks.report(Rule.SECRET, secret, "a Secret belongs to the operator, not into a manifest");
    }
    for (Resource resource : manifests.resources()) {
      resource.pod().ifPresent(pod -> checks.pod(resource, pod));
    }
    for (Resource deployment : manifests.ofKind("Deployment")) {
      checks.encryption(deployment);
      checks.ports(deployment);
      checks.files(deployment);
    }
    return checks.violations;
  }

  private void report(Rule rule, Resource where, String message) {
    violations.add(new Violation(rule, where.toString(), message));
  }

  private void setting(Resource where, String name, String value) {
    boolean path = value.startsWith("/etc/octomil/");
    if ((SECRET_NAME.matcher(name).matches() && !path) || SECRET_VALUE.matcher(value).matches()) {
      report(Rule.SECRET, where, name + " looks like a secret in clear");
    }
    if (name.startsWith("OCTOMIL_INSECURE")) {
      report(Rule.TLS, where, name + " is set");
    }
  }

  private void pod(Resource owner, Resource.Pod pod) {
    for (JsonObject container : pod.containers()) {
      for (JsonObject variable : Json.objects(container, "env")) {
        setting(
            owner,
            Json.text(variable, "name").orElse(""),
            Json.text(variable, "value").orElse("/etc/octomil/"));
      }
      for (String arguments : List.of("args", "command")) {
        for (JsonElement argument : Json.elements(container, arguments)) {
          if (SECRET_VALUE.matcher(argument.getAsString()).matches()
              || argument.getAsString().matches("(?i).*(password|secret|token)=.*")) {
            report(Rule.SECRET, owner, "a secret among the arguments");
          }
        }
      }
      image(owner, Json.text(container, "image").orElse(""));
    }
  }

  private void image(Resource owner, String image) {
    boolean digest = image.matches("[^@]+@sha256:[0-9a-f]{64}");
    boolean tag = image.matches("[^@]+:[A-Za-z0-9_][A-Za-z0-9_.-]*") && !image.endsWith(":latest");
    if (!digest && !tag) {
      report(Rule.IMAGE, owner, "'" + image + "' has neither a digest nor a fixed tag");
    }
    String component =
        owner.labels().getOrDefault(Labels.COMPONENT, "").replaceFirst("-migration$", "");
    String service = IMAGES.get(component);
    if (service != null && !image.matches("(.*/)?" + service + "[:@].*")) {
      report(Rule.IMAGE, owner, "'" + image + "' is no image of " + service);
    }
  }

  private void encryption(Resource deployment) {
    Map<String, String> settings = manifests.settings(deployment);
    // Keys of maps stand between double underscores, or the service does not find them.
    String name = settings.getOrDefault("QUARKUS_HTTP_TLS_CONFIGURATION_NAME", "").toUpperCase();
    if (!settings.containsKey("QUARKUS_TLS__" + name + "__KEY_STORE_PEM__0__CERT")
        || !settings.containsKey("QUARKUS_TLS__" + name + "__KEY_STORE_PEM__0__KEY")
        || !"disabled".equals(settings.get("QUARKUS_HTTP_INSECURE_REQUESTS"))) {
      report(Rule.TLS, deployment, "REST is not encrypted, or not only encrypted");
    }
    if (!"false".equals(settings.get("QUARKUS_GRPC_SERVER_PLAIN_TEXT"))) {
      report(Rule.TLS, deployment, "gRPC is not encrypted");
    }
    // The listener and all connections to other services take these files, and renew from them.
    for (String file : List.of("CERTIFICATE", "KEY", "CA")) {
      if (!settings.containsKey("OCTOMIL_TLS_" + file + "_FILE")) {
        report(Rule.TLS, deployment, "OCTOMIL_TLS_" + file + "_FILE is missing");
      }
    }
    for (String setting : settings.keySet()) {
      if (setting.matches("QUARKUS_GRPC_(SERVER|CLIENTS_[A-Z]+)_(SSL|TLS)_(?!CLIENT_AUTH).*")) {
        report(Rule.TLS, deployment, setting + " is read once, or not at all");
      }
    }
    String component = deployment.labels().getOrDefault(Labels.COMPONENT, "");
    String wanted = CLIENT_AUTHENTICATION.getOrDefault(component, "");
    String authentication = settings.getOrDefault("QUARKUS_GRPC_SERVER_SSL_CLIENT_AUTH", "NONE");
    if (!authentication.equals(wanted)) {
      report(Rule.TLS, deployment, "client certificates: " + authentication + ", not " + wanted);
    }
  }

  private void ports(Resource deployment) {
    Map<String, String> settings = manifests.settings(deployment);
    Map<String, Integer> ports = deployment.pod().orElseThrow().ports();
    Map<String, String> wanted = new HashMap<>();
    wanted.put("https", settings.getOrDefault("QUARKUS_HTTP_SSL_PORT", ""));
    wanted.put("grpc", settings.getOrDefault("QUARKUS_GRPC_SERVER_PORT", ""));
    wanted.put("management", settings.getOrDefault("QUARKUS_MANAGEMENT_PORT", ""));
    Map<String, String> declared = new HashMap<>();
    ports.forEach((name, number) -> declared.put(name, number.toString()));
    if (!declared.equals(wanted)) {
      report(Rule.PORT, deployment, "declares " + declared + " but listens on " + wanted);
    }
  }

  /** Every file that the settings name is mounted. */
  private void files(Resource deployment) {
    JsonObject pod = Json.object(deployment.spec(), "template", "spec");
    Map<String, Set<String>> files = new HashMap<>();
    for (JsonObject volume : Json.objects(pod, "volumes")) {
      if (volume.has("secret")) {
        Set<String> names = new HashSet<>();
        Json.objects(volume, "secret", "items")
            .forEach(item -> names.add(Json.text(item, "path").orElse("")));
        files.put(Json.text(volume, "name").orElse(""), names.isEmpty() ? TLS_FILES : names);
      }
    }
    Set<String> mounted = new HashSet<>();
    for (JsonObject container : Json.objects(pod, "containers")) {
      for (JsonObject mount : Json.objects(container, "volumeMounts")) {
        String path = Json.text(mount, "mountPath").orElse("");
        files
            .getOrDefault(Json.text(mount, "name").orElse(""), Set.of())
            .forEach(file -> mounted.add(path + "/" + file));
      }
    }
    manifests
        .settings(deployment)
        .forEach((name, value) -> {
          if (value.startsWith("/") && !mounted.contains(value)) {
            report(Rule.MOUNT, deployment, name + ": nothing is mounted at " + value);
          }
        });
  }
}
