package com.octomil.privacy.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever is done to the lines of an export between its keys and its end is noticed. */
class TamperingPropertyTest {

  private static final int HEADER_AND_KEY = 2;

  @Property(tries = 1000)
  void aChangedCharacterOfAnEntryOrCheckpointIsNoticed(
      @ForAll @IntRange(min = 0, max = 1_000_000) int where,
      @ForAll @IntRange(min = 1, max = 90) int by)
      throws Exception {
    List<String> lines = Exports.lines("clinic", 6, 2);
    int line = HEADER_AND_KEY + where % (lines.size() - HEADER_AND_KEY);
    StringBuilder text = new StringBuilder(lines.get(line));
    int at = where % text.length();
    char changed = (char) (' ' + (text.charAt(at) - ' ' + by) % 95);
    if (changed == text.charAt(at)) {
      return;
    }
    text.setCharAt(at, changed);
    lines.set(line, text.toString());
    assertThat(Exports.verify(lines).defect())
        .as("character %d of %s", at, lines.get(line))
        .isPresent();
  }

  @Property(tries = 100)
  void aRemovedRepeatedOrMovedEntryIsNoticed(
      @ForAll @IntRange(min = 1, max = 6) int entry, @ForAll @IntRange(min = 1, max = 6) int other)
      throws Exception {
    List<String> lines = Exports.lines("clinic", 6, 6);
    int at = HEADER_AND_KEY + entry - 1;
    List<String> removed = new ArrayList<>(lines);
    removed.remove(at);
    assertThat(Exports.verify(removed).defect()).isPresent();
    List<String> repeated = new ArrayList<>(lines);
    repeated.add(HEADER_AND_KEY + other - 1, lines.get(at));
    assertThat(Exports.verify(repeated).defect()).isPresent();
    if (entry != other) {
      List<String> swapped = new ArrayList<>(lines);
      Collections.swap(swapped, at, HEADER_AND_KEY + other - 1);
      assertThat(Exports.verify(swapped).defect()).isPresent();
    }
  }
}
