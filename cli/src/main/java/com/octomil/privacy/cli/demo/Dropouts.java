package com.octomil.privacy.cli.demo;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Who dropped out of which round, counted once each. Thread-safe. */
final class Dropouts {

  private final Set<Dropout> all = ConcurrentHashMap.newKeySet();

  /** One device that vanished during one round. */
  private record Dropout(int device, int round) {}

  void add(int device, int round) {
    all.add(new Dropout(device, round));
  }

  /** Drop-outs of the rounds up to and with {@code round}. */
  int countUpTo(int round) {
    return (int) all.stream().filter(dropout -> dropout.round() <= round).count();
  }
}
