package com.octomil.privacy.deploy;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * Makes the generated files under {@code deploy/kubernetes} from the chart, so that both say the
 * same. What only Helm needs is left out; settings become files for the generators of Kustomize,
 * those of the database one file that all services share.
 */
final class KustomizeBase {

  private static final String HEADER =
      "# Generated from the Helm chart and base/values.yaml; see deploy/README.md for how to renew it.\n";
  private static final String DATABASE = "octomil-database";
  private static final String INGRESS = "components/ingress";

  private KustomizeBase() {}

  /** Contents of the generated files by their paths below {@code deploy/kubernetes}. */
  static Map<String, String> files() {
    Manifests chart =
        Manifests.of(Chart.template(Chart.DEPLOY.resolve("kubernetes/base/values.yaml")).call());
    Map<String, StringBuilder> documents = new LinkedHashMap<>();
    Map<String, String> files = new TreeMap<>();
    Map<String, String> database = new TreeMap<>();
    for (Resource resource : chart.resources()) {
      String component =
          resource.labels().getOrDefault(Labels.COMPONENT, "").replaceFirst("-migration$", "");
      if (component.equals("test")) {
        continue;
      }
      String directory = directory(resource, component);
      if (resource.is("ConfigMap")) {
        Map<String, String> settings = new TreeMap<>();
        Map<String, String> browsers = new TreeMap<>();
        Json.texts(resource.json(), "data")
            .forEach((name, value) ->
                (isDatabase(name) ? database : isOfHosts(name) ? browsers : settings)
                    .put(name, value.replace(".octomil-privacy.svc", "")));
        files.put(directory + "/" + resource.name() + ".env", env(settings));
        if (!browsers.isEmpty()) {
          files.put(INGRESS + "/" + resource.name() + ".env", env(browsers));
        }
      } else {
        clean(resource);
        documents
            .computeIfAbsent(directory, ignored -> new StringBuilder(HEADER))
            .append("---\n")
            .append(yaml(resource.json()));
      }
    }
    documents.forEach(
        (directory, text) -> files.put(directory + "/resources.yaml", text.toString()));
    files.put("base/common/" + DATABASE + ".env", env(database));
    return files;
  }

  private static String directory(Resource resource, String component) {
    return switch (resource.kind()) {
      case "Ingress" -> INGRESS;
      case "ServiceMonitor", "PrometheusRule" -> "components/monitoring";
      default ->
          switch (component) {
            case "network" -> "base/common";
            case "budget" -> "base/budget";
            default -> "base/region";
          };
    };
  }

  private static boolean isDatabase(String setting) {
    return setting.startsWith("OCTOMIL_DATABASE_") || setting.startsWith("QUARKUS_DATASOURCE_");
  }

  /** Names a host of an Ingress, and so belongs beside it. */
  private static boolean isOfHosts(String setting) {
    return setting.startsWith("OCTOMIL_BUDGET_DASHBOARD_")
        || setting.startsWith("QUARKUS_HTTP_CORS_");
  }

  private static void clean(Resource resource) {
    JsonObject metadata = resource.json().getAsJsonObject("metadata");
    metadata.remove("namespace");
    helm(metadata);
    JsonObject template = Json.object(resource.json(), "spec", "template");
    helm(Json.object(template, "metadata"));
    for (JsonObject container : Json.objects(template, "spec", "containers")) {
      JsonArray sources = container.getAsJsonArray("envFrom");
      JsonObject database = new JsonObject();
      JsonObject name = new JsonObject();
      name.addProperty("name", DATABASE);
      database.add("configMapRef", name);
      sources.add(database);
    }
    if (resource.is("ServiceMonitor")) {
      resource.spec().remove("namespaceSelector");
    }
    if (resource.is("NetworkPolicy")) {
      JsonElement ingress = resource.spec().get("ingress");
      if (ingress != null) {
        JsonArray rules = new JsonArray();
        for (JsonObject rule : Json.objects(resource.spec(), "ingress")) {
          boolean test =
              Json.objects(rule, "from").stream()
                  .anyMatch(peer ->
                      Json.text(peer, "podSelector", "matchLabels", Labels.COMPONENT)
                          .filter("test"::equals)
                          .isPresent());
          if (!test) {
            rules.add(rule);
          }
        }
        resource.spec().add("ingress", rules);
      }
    }
  }

  private static void helm(JsonObject metadata) {
    JsonObject labels = Json.object(metadata, "labels");
    labels.remove("helm.sh/chart");
    labels.remove("app.kubernetes.io/managed-by");
    JsonObject annotations = Json.object(metadata, "annotations");
    for (String name : annotations.keySet().toArray(String[]::new)) {
      if (name.startsWith("octomil.test/") || name.equals("checksum/config")) {
        annotations.remove(name);
      }
    }
    if (annotations.isEmpty()) {
      metadata.remove("annotations");
    }
  }

  private static String env(Map<String, String> settings) {
    StringBuilder text = new StringBuilder(HEADER);
    settings.forEach((name, value) -> text.append(name).append('=').append(value).append('\n'));
    return text.toString();
  }

  private static String yaml(JsonObject json) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setIndicatorIndent(2);
    options.setIndentWithIndicator(true);
    options.setWidth(160);
    options.setSplitLines(false);
    return new Yaml(options).dump(plain(json));
  }

  private static Object plain(JsonElement json) {
    if (json.isJsonObject()) {
      Map<String, Object> map = new LinkedHashMap<>();
      json.getAsJsonObject().entrySet().forEach(e -> map.put(e.getKey(), plain(e.getValue())));
      return map;
    }
    if (json.isJsonArray()) {
      return json.getAsJsonArray().asList().stream().map(KustomizeBase::plain).toList();
    }
    return new Gson().fromJson(json, Object.class) instanceof Double number
        ? (Object) number.longValue()
        : new Gson().fromJson(json, Object.class);
  }
}
