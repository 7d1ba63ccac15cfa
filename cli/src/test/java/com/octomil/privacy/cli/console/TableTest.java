package com.octomil.privacy.cli.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TableTest {

  @Test
  void wordsGoLeftAndNumbersRight() {
    Table table = new Table("what", "n").row("a", "100").row("longer", "7");

    assertThat(table.lines()).containsExactly("what      n", "a       100", "longer    7");
  }

  @Test
  void everyRowHasAllColumns() {
    Table table = new Table("a", "b");

    assertThatThrownBy(() -> table.row("only one"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("1 cells for 2 columns");
  }
}
