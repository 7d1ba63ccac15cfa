package com.octomil.privacy.deploy;

import com.github.javaparser.ParserConfiguration.LanguageLevel;
import com.github.javaparser.StaticJavaParser;
import com.github.javaparser.ast.body.ClassOrInterfaceDeclaration;
import com.github.javaparser.ast.body.MethodDeclaration;
import com.github.javaparser.ast.expr.AnnotationExpr;
import com.github.javaparser.ast.expr.Expression;
import com.github.javaparser.javadoc.description.JavadocDescription;
import com.github.javaparser.javadoc.description.JavadocInlineTag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The settings of the services, read from the mappings in their source. */
final class Settings {

  /** Modules with mappings, and the service that has the settings. */
  static final Map<String, String> MODULES =
      Map.of(
          "service-kit", "all",
          "budget-service", "budget-service",
          "secagg-relay-service", "secagg-relay-service",
          "aggregator-service", "aggregator-service");

  /**
   * One setting.
   *
   * @param service the service that has it, or {@code all}
   * @param name as a property
   * @param type as people write it
   * @param standard default; empty: none
   * @param bounds what is accepted beside the type; may be empty
   * @param meaning from its documentation; empty if there is none
   */
  record Setting(
      String service, String name, String type, String standard, String bounds, String meaning) {

    /** The environment variable. */
    String variable() {
      return name.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }
  }

  private Settings() {}

  /** All of them, by service and name. */
  static List<Setting> read(Path home) {
    StaticJavaParser.getParserConfiguration().setLanguageLevel(LanguageLevel.JAVA_21);
    List<Setting> settings = new ArrayList<>();
    MODULES.forEach((module, service) -> {
      try (Stream<Path> files = Files.walk(home.resolve(module).resolve("src/main/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          String text = Files.readString(file);
          if (text.contains("@ConfigMapping(")) {
            for (var type :
                StaticJavaParser.parse(text).findAll(ClassOrInterfaceDeclaration.class)) {
              type.getAnnotationByName("ConfigMapping")
                  .ifPresent(mapping ->
                      group(service, value(mapping, "prefix").orElseThrow(), type, settings));
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
    settings.sort(
        Comparator.comparing((Setting setting) -> !setting.service().equals("all"))
            .thenComparing(Setting::service)
            .thenComparing(Setting::name));
    return settings;
  }

  private static void group(
      String service, String prefix, ClassOrInterfaceDeclaration type, List<Setting> settings) {
    for (MethodDeclaration method : type.getMethods()) {
      String name = prefix + "." + kebab(method.getNameAsString());
      String kind = method.getTypeAsString();
      Optional<ClassOrInterfaceDeclaration> nested =
          type.getMembers().stream()
              .filter(ClassOrInterfaceDeclaration.class::isInstance)
              .map(ClassOrInterfaceDeclaration.class::cast)
              .filter(member -> member.getNameAsString().equals(kind))
              .findFirst();
      if (nested.isPresent()) {
        group(service, name, nested.get(), settings);
      } else {
        settings.add(
            new Setting(
                service,
                name,
                type(kind),
                method
                    .getAnnotationByName("WithDefault")
                    .flatMap(with -> value(with, "value"))
                    .orElse(""),
                bounds(method),
                meaning(method)));
      }
    }
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  private static String type(String java) {
    String kind = java.replaceAll("Optional<(.*)>", "$1");
    return switch (kind) {
      case "int", "long" -> "integer";
      case "double" -> "number";
      case "boolean" -> "`true` or `false`";
      case "String" -> "text";
      case "Path" -> "file";
      case "Duration" -> "duration";
      case "List<URI>" -> "addresses, separated by commas";
      default -> throw new IllegalStateException("say how people write a " + java);
    };
  }

  private static String bounds(MethodDeclaration method) {
    String least = bound(method, "Min");
    String most = bound(method, "Max");
    if (!least.isEmpty() && !most.isEmpty()) {
      return least + " to " + most;
    }
    return least.isEmpty() ? most.isEmpty() ? "" : "up to " + most : "from " + least;
  }

  private static String bound(MethodDeclaration method, String annotation) {
    return method
        .getAnnotationByName(annotation)
        .flatMap(bound -> value(bound, "value"))
        .orElse("");
  }

  private static Optional<String> value(AnnotationExpr annotation, String member) {
    Optional<Expression> expression =
        annotation.isSingleMemberAnnotationExpr()
            ? Optional.of(annotation.asSingleMemberAnnotationExpr().getMemberValue())
            : annotation.asNormalAnnotationExpr().getPairs().stream()
                .filter(pair -> pair.getNameAsString().equals(member))
                .map(pair -> pair.getValue())
                .findFirst();
    return expression.map(text ->
        text.isStringLiteralExpr() ? text.asStringLiteralExpr().asString() : text.toString());
  }

  private static String meaning(MethodDeclaration method) {
    return method
        .getJavadoc()
        .map(javadoc -> text(javadoc.getDescription()))
        .orElse("")
        .replaceAll("\\s+", " ")
        .strip();
  }

  private static String text(JavadocDescription description) {
    return description.getElements().stream()
        .map(element ->
            element instanceof JavadocInlineTag tag ? "`" + code(tag) + "`" : element.toText())
        .collect(Collectors.joining());
  }

  private static String code(JavadocInlineTag tag) {
    String content = tag.getContent().strip();
    return content.startsWith("#") ? kebab(content.substring(1)) : content;
  }
}
