package com.octomil.privacy.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A document that a test makes from what it describes. The test fails when the document says
 * something else; with {@code -Ddocs.update=true} it writes it anew.
 */
public final class GeneratedDocument {

  /**
   * Not below {@code octomil.}: the services refuse to start with settings that they do not know.
   */
  private static final String UPDATE = "docs.update";

  private final String path;
  private final String module;
  private final String test;

  /**
   * Names a document.
   *
   * @param path of the document within the project
   * @param module folder of the module whose test makes it
   * @param test the test
   */
  public GeneratedDocument(String path, String module, Class<?> test) {
    this.path = path;
    this.module = module;
    this.test = test.getSimpleName();
  }

  /**
   * The command that writes the document anew.
   *
   * @return a shell command for the folder of the project
   */
  public String command() {
    return "mvn -pl "
        + module
        + " -am test -Dtest="
        + test
        + " -Dsurefire.failIfNoSpecifiedTests=false -D"
        + UPDATE
        + "=true";
  }

  /**
   * Compares the document with what it should be, or writes it if that was asked for.
   *
   * @param heading first line, without its mark
   * @param body everything after the heading and the note that the document is generated
   * @throws IOException if the document cannot be read or written
   */
  public void check(String heading, String body) throws IOException {
    Path file = home().resolve(path);
    String content =
        "# "
            + heading
            + "\n\n<!-- Generated, do not edit. Renew with: "
            + command()
            + " -->\n\n"
            + body.strip()
            + "\n";
    if (Boolean.getBoolean(UPDATE)) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
    assertThat(file).as("%s; make it with: %s", path, command()).exists();
    assertThat(Files.readString(file))
        .as("%s is out of date; renew it with: %s", path, command())
        .isEqualTo(content);
  }

  /**
   * Text as a cell of a table.
   *
   * @param text any text
   * @return one line without bars that would end the cell
   */
  public static String cell(String text) {
    return text.strip().replaceAll("\\s+", " ").replace("|", "\\|");
  }

  private static Path home() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve(".mvn"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException(
            "there is no folder of the project above " + Path.of("").toAbsolutePath());
      }
      folder = parent;
    }
    return folder;
  }
}
