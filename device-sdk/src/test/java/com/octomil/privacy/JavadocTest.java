package com.octomil.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the SDK offers is documented: every parameter, result and exception. */
class JavadocTest {

  @TempDir private Path pages;

  @Test
  void theJavadocIsCompleteAndItsLinksLeadSomewhere() {
    StringWriter output = new StringWriter();
    PrintWriter writer = new PrintWriter(output);
    int code =
        ToolProvider.findFirst("javadoc")
            .orElseThrow()
            .run(
                writer,
                writer,
                "-quiet",
                "-Xdoclint:all",
                "-Werror",
                "-protected",
                "-d",
                pages.toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                "-sourcepath",
                "src/main/java",
                "-subpackages",
                "com.octomil.privacy.device:com.octomil.privacy.federation");
    assertThat(code).as("javadoc says: %s", output).isZero();
    assertThat(pages.resolve("com/octomil/privacy/federation/Federation.html")).exists();
  }
}
