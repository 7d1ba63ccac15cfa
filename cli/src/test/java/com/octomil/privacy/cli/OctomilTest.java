package com.octomil.privacy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.cli.console.ExitCodes;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class OctomilTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CommandLine command =
      Octomil.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

  @Test
  void helpListsCommandsAndExitCodes() {
    assertThat(command.execute("--help")).isEqualTo(ExitCodes.OK);
    assertThat(out.toString())
        .contains("demo", "up", "Exit codes", "the privacy budget ended before the training did");
  }

  @Test
  void versionIsPrinted() {
    assertThat(command.execute("--version")).isEqualTo(ExitCodes.OK);
    assertThat(out.toString()).startsWith("octomil ");
  }

  @Test
  void noCommandIsAUsageError() {
    assertThat(command.execute()).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("a command is missing");
  }

  @Test
  void theProfileMayStandBeforeOrAfterTheCommand() {
    for (String line :
        new String[] {"--profile No! federations list", "federations list --profile No!"}) {
      err.getBuffer().setLength(0);
      assertThat(command.execute(line.split(" ", -1))).isEqualTo(ExitCodes.FAILED);
      assertThat(err.toString()).contains("profile 'No!': must be");
    }
    err.getBuffer().setLength(0);
    assertThat(command.execute("--profile", "no-such-profile-0", "audit", "export"))
        .isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("no profile 'no-such-profile-0'", "octomil up");
  }

  @Test
  void aGroupNamesItsCommands() {
    assertThat(command.execute("models")).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).contains("one of download, list, show, upload is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "demo --rounds 0",
        "demo --rounds -3",
        "demo --rounds ten",
        "demo --devices 1",
        "demo --dropout 1",
        "demo --dropout NaN",
        "demo --epsilon 0",
        "demo --epsilon Infinity",
        "demo --noise-multiplier -1",
        "demo --dataset iris",
        "demo --no-dp --epsilon 2",
        "demo --no-dp --noise-multiplier 1",
        "up --jsn"
      })
  void badCommandLinesAreUsageErrors(String line) {
    assertThat(command.execute(line.split(" ", -1))).isEqualTo(ExitCodes.USAGE);
    assertThat(err.toString()).isNotBlank();
  }
}
