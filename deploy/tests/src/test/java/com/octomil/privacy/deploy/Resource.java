package com.octomil.privacy.deploy;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One object as it would be sent to the API server.
 *
 * @param json the whole object; tests may change it in place
 */
record Resource(JsonObject json) {

  String kind() {
    return Json.text(json, "kind").orElse("");
  }

  String apiVersion() {
    return Json.text(json, "apiVersion").orElse("");
  }

  String name() {
    return Json.text(json, "metadata", "name").orElse("");
  }

  /** Namespace, or the empty string for objects that name none. */
  String namespace() {
    return Json.text(json, "metadata", "namespace").orElse("");
  }

  Map<String, String> labels() {
    return Json.texts(json, "metadata", "labels");
  }

  JsonObject spec() {
    return Json.object(json, "spec");
  }

  boolean is(String kind) {
    return kind().equals(kind);
  }

  /** The pods that this object makes or is. */
  Optional<Pod> pod() {
    return switch (kind()) {
      case "Deployment", "StatefulSet", "DaemonSet", "Job" ->
          Optional.of(
              new Pod(
                  toString(),
                  namespace(),
                  Json.texts(json, "spec", "template", "metadata", "labels"),
                  Json.object(json, "spec", "template", "spec")));
      case "Pod" -> Optional.of(new Pod(toString(), namespace(), labels(), spec()));
      default -> Optional.empty();
    };
  }

  @Override
  public String toString() {
    return kind() + " " + (namespace().isEmpty() ? "" : namespace() + "/") + name();
  }

  /**
   * Pods of one kind.
   *
   * @param owner the object that makes them, for messages
   * @param namespace where they run
   * @param labels their labels
   * @param spec their specification
   */
  record Pod(String owner, String namespace, Map<String, String> labels, JsonObject spec) {

    List<JsonObject> containers() {
      List<JsonObject> all = new java.util.ArrayList<>(Json.objects(spec, "initContainers"));
      all.addAll(Json.objects(spec, "containers"));
      return all;
    }

    /** Numbers of the ports that its containers declare, with their names. */
    Map<String, Integer> ports() {
      Map<String, Integer> ports = new java.util.TreeMap<>();
      for (JsonObject container : containers()) {
        for (JsonObject port : Json.objects(container, "ports")) {
          Json.integer(port, "containerPort")
              .ifPresent(number -> ports.put(Json.text(port, "name").orElse("" + number), number));
        }
      }
      return ports;
    }
  }
}
