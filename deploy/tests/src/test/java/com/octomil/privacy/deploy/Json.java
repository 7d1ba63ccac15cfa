package com.octomil.privacy.deploy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads JSON by paths whose steps are names of members and indices of elements. */
final class Json {

  private Json() {}

  static Optional<JsonElement> at(JsonElement start, Object... path) {
    JsonElement here = start;
    for (Object step : path) {
      JsonElement next = null;
      if (step instanceof String name && here.isJsonObject()) {
        next = here.getAsJsonObject().get(name);
      } else if (step instanceof Integer index && here.isJsonArray()) {
        JsonArray array = here.getAsJsonArray();
        next = index < array.size() ? array.get(index) : null;
      }
      if (next == null || next.isJsonNull()) {
        return Optional.empty();
      }
      here = next;
    }
    return Optional.of(here);
  }

  /** The object at a path, or an empty one. */
  static JsonObject object(JsonElement start, Object... path) {
    return at(start, path)
        .filter(JsonElement::isJsonObject)
        .map(JsonElement::getAsJsonObject)
        .orElseGet(JsonObject::new);
  }

  /** The elements of the array at a path, or none. */
  static List<JsonElement> elements(JsonElement start, Object... path) {
    List<JsonElement> found = new ArrayList<>();
    at(start, path)
        .filter(JsonElement::isJsonArray)
        .ifPresent(array -> array.getAsJsonArray().forEach(found::add));
    return found;
  }

  /** The objects of the array at a path, or none. */
  static List<JsonObject> objects(JsonElement start, Object... path) {
    return elements(start, path).stream()
        .filter(JsonElement::isJsonObject)
        .map(JsonElement::getAsJsonObject)
        .toList();
  }

  static Optional<String> text(JsonElement start, Object... path) {
    return at(start, path)
        .filter(JsonElement::isJsonPrimitive)
        .map(value -> value.getAsJsonPrimitive().getAsString());
  }

  static Optional<Integer> integer(JsonElement start, Object... path) {
    return text(start, path).filter(text -> text.matches("-?[0-9]{1,9}")).map(Integer::valueOf);
  }

  static boolean isTrue(JsonElement start, Object... path) {
    return text(start, path).equals(Optional.of("true"));
  }

  static boolean isFalse(JsonElement start, Object... path) {
    return text(start, path).equals(Optional.of("false"));
  }

  /** The members of the object at a path that are text or numbers. */
  static Map<String, String> texts(JsonElement start, Object... path) {
    Map<String, String> texts = new TreeMap<>();
    for (Map.Entry<String, JsonElement> member : object(start, path).entrySet()) {
      if (member.getValue().isJsonPrimitive()) {
        texts.put(member.getKey(), member.getValue().getAsString());
      }
    }
    return texts;
  }
}
