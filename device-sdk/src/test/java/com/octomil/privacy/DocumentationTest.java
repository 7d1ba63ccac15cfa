package com.octomil.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.DocumentationTool;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API of the device SDK has a comment everywhere, without broken references or markup. */
class DocumentationTest {

  /** Where the first sentence says it all. */
  private static final List<String> OPTIONAL_TAGS =
      List.of("no @param", "no @return", "no @throws");

  @TempDir Path folder;

  @Test
  void everythingPublicHasAComment() throws Exception {
    DocumentationTool javadoc = ToolProvider.getSystemDocumentationTool();
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    boolean succeeded;
    try (StandardJavaFileManager files =
            javadoc.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8);
        Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      List<Path> classes =
          sources
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> !file.endsWith("package-info.java"))
              .toList();
      assertThat(classes).hasSizeGreaterThan(50);
      succeeded =
          javadoc
              .getTask(
                  null,
                  files,
                  found,
                  null,
                  List.of(
                      "-quiet",
                      "-Xdoclint:all",
                      "-Xmaxwarns",
                      "10000",
                      "-d",
                      folder.toString(),
                      "-classpath",
                      System.getProperty("java.class.path")),
                  files.getJavaFileObjectsFromPaths(classes))
              .call();
    }
    assertThat(found.getDiagnostics().stream().filter(DocumentationTest::counts).map(this::shown))
        .isEmpty();
    assertThat(succeeded).isTrue();
  }

  private static boolean counts(Diagnostic<? extends JavaFileObject> diagnostic) {
    String message = diagnostic.getMessage(Locale.ROOT);
    return diagnostic.getSource() != null
        && OPTIONAL_TAGS.stream().noneMatch(message::startsWith)
        && !line(diagnostic).startsWith("private ");
  }

  private String shown(Diagnostic<? extends JavaFileObject> diagnostic) {
    return diagnostic.getSource().getName()
        + ":"
        + diagnostic.getLineNumber()
        + " "
        + diagnostic.getMessage(Locale.ROOT)
        + ": "
        + line(diagnostic);
  }

  /** The documented line; the form in which exceptions are serialized is nobody's API. */
  private static String line(Diagnostic<? extends JavaFileObject> diagnostic) {
    try {
      return diagnostic
          .getSource()
          .getCharContent(true)
          .toString()
          .lines()
          .skip(diagnostic.getLineNumber() - 1)
          .findFirst()
          .orElse("")
          .strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
