package com.octomil.privacy.deploy;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * A set of objects that are applied together.
 *
 * @param resources the objects; tests may change the list and the objects
 */
record Manifests(List<Resource> resources) {

  /** Reads a stream of YAML documents; a key that occurs twice is refused. */
  static Manifests of(String yaml) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setCodePointLimit(50_000_000);
    options.setMaxAliasesForCollections(1000);
    List<Resource> resources = new ArrayList<>();
    Gson gson = new Gson();
    for (Object document : new Yaml(new SafeConstructor(options)).loadAll(yaml)) {
      if (document != null) {
        JsonElement json = gson.toJsonTree(document);
        if (!json.isJsonObject()) {
          throw new IllegalArgumentException("not an object: " + json);
        }
        resources.add(new Resource(json.getAsJsonObject()));
      }
    }
    return new Manifests(resources);
  }

  Manifests copy() {
    List<Resource> copies = new ArrayList<>();
    resources.forEach(resource -> copies.add(new Resource(resource.json().deepCopy())));
    return new Manifests(copies);
  }

  List<Resource> ofKind(String kind) {
    return resources.stream().filter(resource -> resource.is(kind)).toList();
  }

  Optional<Resource> find(String kind, String namespace, String name) {
    return resources.stream()
        .filter(resource ->
            resource.is(kind)
                && resource.namespace().equals(namespace)
                && resource.name().equals(name))
        .findFirst();
  }

  /** The first object of a kind whose component label is the given one. */
  Resource component(String kind, String component) {
    return resources.stream()
        .filter(resource ->
            resource.is(kind) && component.equals(resource.labels().get(Labels.COMPONENT)))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no " + kind + " of " + component));
  }

  List<Resource.Pod> pods() {
    return resources.stream().flatMap(resource -> resource.pod().stream()).toList();
  }

  /** The settings that a Deployment's container gets from ConfigMaps. */
  Map<String, String> settings(Resource deployment) {
    Map<String, String> settings = new java.util.TreeMap<>();
    for (JsonObject container : Json.objects(deployment.spec(), "template", "spec", "containers")) {
      for (JsonObject source : Json.objects(container, "envFrom")) {
        Json.text(source, "configMapRef", "name")
            .flatMap(name -> find("ConfigMap", deployment.namespace(), name))
            .ifPresent(map -> settings.putAll(Json.texts(map.json(), "data")));
      }
    }
    return settings;
  }
}
