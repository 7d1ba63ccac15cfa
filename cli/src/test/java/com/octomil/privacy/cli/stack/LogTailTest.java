package com.octomil.privacy.cli.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {

  @TempDir private Path directory;

  @Test
  void keepsTheLastLines() throws Exception {
    Path log = directory.resolve("a.log");
    Files.write(log, List.of("one", "two", "three"));

    LogTail tail = LogTail.of(log, 2);

    assertThat(tail.lines()).containsExactly("two", "three");
    assertThat(tail.forMessage()).contains(log.toString(), "  two\n  three");
  }

  @Test
  void aMissingLogIsEmpty() {
    assertThat(LogTail.of(directory.resolve("none"), 5).lines()).isEmpty();
  }
}
