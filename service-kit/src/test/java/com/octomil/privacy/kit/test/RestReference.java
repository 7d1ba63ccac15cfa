package com.octomil.privacy.kit.test;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.docs.GeneratedDocument;
import io.restassured.RestAssured;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes the OpenAPI document of a running service as Markdown. What fields mean comes from the
 * document or, where it does not say, from the comments of the records behind them.
 */
public final class RestReference {

  private static final List<String> METHODS = List.of("get", "put", "post", "patch", "delete");
  private static final String SCHEMAS = "#/components/schemas/";
  private static final Pattern RECORD =
      Pattern.compile(
          "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:@\\w+(?:\\([^)]*\\))?\\s*)*(?:public |private )?record (\\w+)",
          Pattern.DOTALL);
  private static final Pattern PARAMETER =
      Pattern.compile("@param (\\w+) ((?:(?!@param).)*)", Pattern.DOTALL);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonNode document;
  private final Map<String, Map<String, String>> meanings = new HashMap<>();
  private final StringBuilder text = new StringBuilder();
  private final TreeSet<String> used = new TreeSet<>();

  private RestReference(JsonNode document) throws IOException {
    this.document = document;
    readComments(Path.of("src/main/java"));
  }

  /**
   * Checks the reference of the service that this test runs, or writes it if that was asked for.
   *
   * @param service name of the module without {@code -service}
   * @param test the calling test
   * @throws IOException if the document cannot be read or written
   */
  public static void check(String service, Class<?> test) throws IOException {
    JsonNode document =
        JSON.readTree(
            RestAssured.given()
                .get("/q/openapi?format=json")
                .then()
                .statusCode(200)
                .extract()
                .asString());
    String module = Path.of("").toAbsolutePath().getFileName() + "";
    new GeneratedDocument("docs/reference/rest-" + service + ".md", module, test)
        .check("REST reference: " + service, new RestReference(document).write());
  }

  private String write() {
    text.append(
        """
        From the service's OpenAPI document, which is at `/q/openapi` of each installation. Authentication, scopes and errors:
        [rest.md](rest.md). Calls ready to run: [REST.md](../REST.md).

        | call | scope | |
        |---|---|---|
        """);
    Map<String, List<Operation>> byTag = new TreeMap<>();
    for (Operation operation : operations()) {
      String summary = operation.summary();
      assertThat(summary).as("summary of %s", operation.title()).isNotEmpty();
      byTag.computeIfAbsent(operation.tag(), tag -> new ArrayList<>()).add(operation);
      text.append(
          "| [`%s`](#%s) | %s | %s |\n"
              .formatted(
                  operation.title(),
                  anchor(operation.title()),
                  operation.scope(),
                  GeneratedDocument.cell(summary)));
    }
    assertThat(byTag).isNotEmpty();
    byTag.forEach((tag, operations) -> {
      text.append("\n## ").append(tag).append("\n");
      operations.forEach(this::write);
    });
    writeTypes();
    return text.toString();
  }

  private record Operation(String path, String method, JsonNode node) {
    String title() {
      return method.toUpperCase(Locale.ROOT) + " " + path;
    }

    String summary() {
      return node.path("summary").asText().replaceAll("\\.$", "");
    }

    String tag() {
      return node.path("tags").path(0).asText("Other");
    }

    String scope() {
      JsonNode scope = node.path("security").path(0).path("api_key").path(0);
      return scope.isMissingNode() ? "no key" : "`" + scope.asText() + "`";
    }
  }

  private List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : sorted(document.path("paths")).entrySet()) {
      for (String method : METHODS) {
        if (path.getValue().has(method)) {
          operations.add(new Operation(path.getKey(), method, path.getValue().path(method)));
        }
      }
    }
    return operations;
  }

  private void write(Operation operation) {
    JsonNode node = operation.node();
    text.append("\n### `").append(operation.title()).append("`\n\n");
    text.append(operation.summary()).append(".");
    if (node.hasNonNull("description")) {
      text.append(" ").append(node.path("description").asText().strip());
    }
    text.append(" Scope: ").append(operation.scope()).append(".\n");
    writeParameters(node.path("parameters"));
    JsonNode body = node.path("requestBody");
    if (!body.isMissingNode()) {
      text.append("\nRequest: ").append(content(body.path("content"))).append(".\n");
      writeExamples(body.path("content"));
    }
    text.append("\n| answer | |\n|---|---|\n");
    List<JsonNode> shown = new ArrayList<>();
    sorted(node.path("responses"))
        .forEach((status, stated) -> {
          JsonNode response = resolve(stated);
          JsonNode content = response.path("content");
          String meaning = response.path("description").asText();
          if (status.startsWith("2") && !content.isEmpty()) {
            meaning = meaning + " " + capital(content(content)) + ".";
            shown.add(content);
          } else {
            meaning = linked(meaning);
          }
          text.append("| %s | %s |\n".formatted(status, GeneratedDocument.cell(meaning)));
        });
    shown.forEach(this::writeExamples);
  }

  private void writeParameters(JsonNode parameters) {
    if (parameters.isEmpty()) {
      return;
    }
    text.append("\n| parameter | in | type | |\n|---|---|---|---|\n");
    for (JsonNode each : parameters) {
      JsonNode parameter = resolve(each);
      String meaning = parameter.path("description").asText();
      assertThat(meaning).as("description of parameter %s", parameter.path("name")).isNotEmpty();
      text.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  parameter.path("name").asText(),
                  parameter.path("in").asText(),
                  type(parameter.path("schema")),
                  GeneratedDocument.cell(meaning)));
    }
  }

  private void writeExamples(JsonNode content) {
    for (JsonNode media : content) {
      List<JsonNode> examples = new ArrayList<>();
      if (media.has("example")) {
        examples.add(media.path("example"));
      }
      for (JsonNode example : media.path("examples")) {
        examples.add(example.path("value"));
      }
      for (JsonNode example : examples) {
        boolean json = example.isContainerNode();
        text.append("\n```").append(json ? "json" : "text").append("\n");
        text.append(json ? pretty(example) : example.asText().strip()).append("\n```\n");
      }
    }
  }

  private static String pretty(JsonNode value) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree is JSON", e);
    }
  }

  private String content(JsonNode content) {
    List<String> forms = new ArrayList<>();
    sorted(content)
        .forEach((media, node) -> {
          String type = type(node.path("schema"));
          forms.add("`" + media + "`" + (type.isEmpty() ? "" : ", " + type));
        });
    return String.join("; or ", forms);
  }

  private static String capital(String words) {
    return words.isEmpty() ? words : Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }

  /** Problem types become links. */
  private static String linked(String description) {
    return Pattern.compile("urn:octomil:problem:([a-z-]+)")
        .matcher(description)
        .replaceAll(type -> "[%s](problem-types.md#%s)".formatted(type.group(1), type.group(1)));
  }

  private void writeTypes() {
    text.append("\n## Types\n");
    TreeSet<String> all = new TreeSet<>();
    used.forEach(name -> collect(name, all));
    for (String name : all) {
      writeType(name);
    }
  }

  private void collect(String name, TreeSet<String> into) {
    if (into.add(name)) {
      for (JsonNode reference :
          document.path("components").path("schemas").path(name).findValues("$ref")) {
        collect(reference.asText().replace(SCHEMAS, ""), into);
      }
    }
  }

  private void writeType(String name) {
    JsonNode schema = document.path("components").path("schemas").path(name);
    text.append("\n### ").append(name).append("\n\n");
    if (schema.hasNonNull("description")) {
      text.append(schema.path("description").asText().strip()).append("\n\n");
    }
    if (schema.has("enum")) {
      List<String> values = new ArrayList<>();
      schema.path("enum").forEach(value -> values.add("`" + value.asText() + "`"));
      text.append("One of ").append(String.join(", ", values)).append(".\n");
      return;
    }
    if (schema.path("properties").isEmpty()) {
      text.append(capital(type(schema))).append(".\n");
      return;
    }
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(field -> required.add(field.asText()));
    text.append("| field | type | |\n|---|---|---|\n");
    Map<String, String> comments = meanings.getOrDefault(name, Map.of());
    schema
        .path("properties")
        .fields()
        .forEachRemaining(field -> {
          String meaning = field.getValue().path("description").asText();
          if (meaning.isEmpty()) {
            meaning = comments.getOrDefault(field.getKey(), "");
          }
          text.append(
              "| `%s` | %s%s | %s |\n"
                  .formatted(
                      field.getKey(),
                      type(field.getValue()),
                      required.contains(field.getKey()) ? ", required" : "",
                      GeneratedDocument.cell(meaning)));
        });
  }

  /** A type as words; named ones are links and will be written. */
  private String type(JsonNode schema) {
    String reference = schema.path("$ref").asText();
    if (reference.startsWith(SCHEMAS)) {
      String name = reference.substring(SCHEMAS.length());
      used.add(name);
      return "[%s](#%s)".formatted(name, name.toLowerCase(Locale.ROOT));
    }
    for (String choice : List.of("anyOf", "oneOf", "allOf")) {
      if (schema.has(choice)) {
        List<String> types = new ArrayList<>();
        for (JsonNode each : schema.path(choice)) {
          String type = type(each);
          if (!type.isEmpty() && !type.equals("null")) {
            types.add(type);
          }
        }
        return String.join(" or ", types);
      }
    }
    if (schema.has("items")) {
      return "list of " + type(schema.path("items"));
    }
    if (schema.path("additionalProperties").isObject()) {
      return "map to " + type(schema.path("additionalProperties"));
    }
    JsonNode stated = schema.path("type");
    String type = stated.asText();
    for (JsonNode each : stated) {
      if (!each.asText().equals("null")) {
        type = each.asText();
      }
    }
    List<String> words = new ArrayList<>(List.of(type));
    if (schema.hasNonNull("format")) {
      words.add(schema.path("format").asText());
    }
    for (Map.Entry<String, String> bound :
        Map.of("minimum", "at least", "maximum", "at most").entrySet()) {
      if (schema.has(bound.getKey())) {
        words.add(bound.getValue() + " " + schema.path(bound.getKey()).asText());
      }
    }
    return String.join(", ", words.stream().sorted(RestReference::boundsLast).toList());
  }

  private static int boundsLast(String left, String right) {
    return Boolean.compare(left.startsWith("at "), right.startsWith("at ")) != 0
        ? Boolean.compare(left.startsWith("at "), right.startsWith("at "))
        : left.startsWith("at ") ? left.compareTo(right) : 0;
  }

  private JsonNode resolve(JsonNode node) {
    String reference = node.path("$ref").asText();
    return reference.isEmpty() ? node : document.at(reference.substring(1));
  }

  private static Map<String, JsonNode> sorted(JsonNode object) {
    Map<String, JsonNode> sorted = new TreeMap<>();
    object.fields().forEachRemaining(field -> sorted.put(field.getKey(), field.getValue()));
    return sorted;
  }

  /** As GitHub makes them from a heading. */
  private static String anchor(String title) {
    return title.toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", "").replace(' ', '-');
  }

  private void readComments(Path sources) throws IOException {
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher found = RECORD.matcher(Files.readString(file));
        while (found.find()) {
          String comment = found.group(1).replaceAll("(?m)^\\s*\\*", " ");
          Matcher parameter = PARAMETER.matcher(comment);
          Map<String, String> fields =
              meanings.computeIfAbsent(found.group(2), name -> new HashMap<>());
          while (parameter.find()) {
            fields.put(snake(parameter.group(1)), markdown(parameter.group(2)));
          }
        }
      }
    }
  }

  private static String snake(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private static String markdown(String javadoc) {
    return javadoc.replaceAll("\\{@(?:code|link) ([^}]*)}", "`$1`").replaceAll("\\s+", " ").strip();
  }
}
