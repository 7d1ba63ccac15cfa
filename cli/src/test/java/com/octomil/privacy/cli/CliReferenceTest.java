package com.octomil.privacy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.docs.GeneratedDocument;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/reference/cli.md is what the commands say of themselves. */
class CliReferenceTest {

  private static final GeneratedDocument DOCUMENT =
      new GeneratedDocument("docs/reference/cli.md", "cli", CliReferenceTest.class);

  @Test
  void theReferenceIsWhatTheCommandsSay() throws IOException {
    DOCUMENT.check("Command line reference", new CliReference(Octomil.commandLine()).write());
  }

  @Test
  void everythingIsExplained() {
    CliReference reference = new CliReference(Octomil.commandLine());
    assertThat(reference.write()).contains("octomil train start", "--min-updates");
    assertThat(reference.unexplained()).isEmpty();
  }
}
