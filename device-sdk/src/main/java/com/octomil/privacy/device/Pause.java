package com.octomil.privacy.device;

import java.time.Duration;

/** How a device waits. */
@FunctionalInterface
interface Pause {
  void sleep(Duration duration) throws InterruptedException;
}
