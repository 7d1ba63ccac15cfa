package com.octomil.privacy.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;

/** Names of labels, and selection by labels as the API server does it. */
final class Labels {

  static final String COMPONENT = "app.kubernetes.io/component";
  static final String REGION = "octomil.com/region";
  static final String NODE_REGION = "topology.kubernetes.io/region";

  private Labels() {}

  /** Whether a label selector selects labels; an empty selector selects all. */
  static boolean selects(JsonObject selector, Map<String, String> labels) {
    for (Map.Entry<String, String> wanted : Json.texts(selector, "matchLabels").entrySet()) {
      if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
        return false;
      }
    }
    for (JsonObject expression : Json.objects(selector, "matchExpressions")) {
      String key = Json.text(expression, "key").orElse("");
      List<String> values =
          Json.elements(expression, "values").stream().map(JsonElement::getAsString).toList();
      boolean holds =
          switch (Json.text(expression, "operator").orElse("")) {
            case "In" -> labels.containsKey(key) && values.contains(labels.get(key));
            case "NotIn" -> !labels.containsKey(key) || !values.contains(labels.get(key));
            case "Exists" -> labels.containsKey(key);
            case "DoesNotExist" -> !labels.containsKey(key);
            default -> false;
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }
}
