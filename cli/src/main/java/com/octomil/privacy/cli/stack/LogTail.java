package com.octomil.privacy.cli.stack;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The last lines of a log file.
 *
 * @param file the log
 * @param lines its last lines, oldest first; empty if it cannot be read
 */
record LogTail(Path file, List<String> lines) {

  private static final Charset LENIENT = StandardCharsets.ISO_8859_1;

  LogTail {
    lines = List.copyOf(lines);
  }

  /**
   * Reads the end of a log.
   *
   * @param file the log
   * @param count most lines to take
   * @return its tail
   */
  static LogTail of(Path file, int count) {
    try {
      List<String> all = Files.readAllLines(file, LENIENT);
      return new LogTail(file, all.subList(Math.max(0, all.size() - count), all.size()));
    } catch (IOException unreadable) {
      return new LogTail(file, List.of());
    }
  }

  /**
   * For the end of a message.
   *
   * @return where the log is and its lines, starting with a line break
   */
  String forMessage() {
    if (lines.isEmpty()) {
      return "\nLog: " + file + " (empty)";
    }
    return "\nLog: " + file + ", which ends:\n  " + String.join("\n  ", lines);
  }
}
