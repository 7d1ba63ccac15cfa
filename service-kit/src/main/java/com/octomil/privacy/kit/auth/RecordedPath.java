package com.octomil.privacy.kit.auth;

import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.UriInfo;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request as the audit log shows it: only parameters that are known to identify no
 * device have their values; of all others the name is left.
 */
final class RecordedPath {

  private static final Set<String> SHOWN =
      Set.of(
          "federation",
          "model",
          "version",
          "id",
          "number",
          "round_id",
          "key",
          "revision",
          "bundle");
  private static final Pattern PARAMETER = Pattern.compile("\\{\\s*(\\w+)[^}]*}");
  private static final int MAX_VALUE = 128;

  private RecordedPath() {}

  static String of(ResourceInfo resource, UriInfo uri) {
    String template =
        join(
            resource.getResourceClass().getAnnotation(Path.class),
            resource.getResourceMethod().getAnnotation(Path.class));
    Matcher matcher = PARAMETER.matcher(template);
    StringBuilder path = new StringBuilder();
    while (matcher.find()) {
      String name = matcher.group(1);
      String value = uri.getPathParameters().getFirst(name);
      String shown =
          value == null || !SHOWN.contains(name) || value.length() > MAX_VALUE
              ? "{" + name + "}"
              : value;
      matcher.appendReplacement(path, Matcher.quoteReplacement(shown));
    }
    return matcher.appendTail(path).toString();
  }

  private static String join(@Nullable Path type, @Nullable Path method) {
    String first = type == null ? "" : type.value();
    String second = method == null ? "" : method.value();
    if (second.isEmpty()) {
      return first;
    }
    return first + (first.endsWith("/") || second.startsWith("/") ? "" : "/") + second;
  }
}
