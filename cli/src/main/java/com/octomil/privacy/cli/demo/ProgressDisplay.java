package com.octomil.privacy.cli.demo;

import com.octomil.privacy.cli.console.Console;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar for somebody who watches a terminal; nothing at all otherwise. Not thread-safe.
 */
final class ProgressDisplay implements AutoCloseable {

  private static final int UPDATE_MILLIS = 200;

  private final @Nullable ProgressBar bar;

  private ProgressDisplay(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  static ProgressDisplay of(Console console, int rounds) {
    if (!console.interactive()) {
      return new ProgressDisplay(null);
    }
    return new ProgressDisplay(
        new ProgressBarBuilder()
            .setTaskName("Training")
            .setInitialMax(rounds)
            .setUnit(" rounds", 1)
            .setUpdateIntervalMillis(UPDATE_MILLIS)
            .setStyle(ProgressBarStyle.ASCII)
            .build());
  }

  /** Shows how far the training is. */
  void show(int roundsCompleted, String what) {
    if (bar != null) {
      bar.stepTo(roundsCompleted);
      bar.setExtraMessage(what);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
