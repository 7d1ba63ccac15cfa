package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.Bytes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Remembers for some seconds which tokens were good, under their hashes, so that a waiting fleet
 * that asks for work again and again does not read the same rows again and again. It is only good
 * for saying that there is no work: an admission always reads the token. Thread-safe.
 */
@Singleton
class KnownTokens {

  private static final Duration MEMORY = Duration.ofSeconds(5);
  private static final int MAX_TOKENS = 100_000;

  private final Clock clock;
  private final ConcurrentMap<Bytes, Instant> until = new ConcurrentHashMap<>();

  KnownTokens(Clock clock) {
    this.clock = clock;
  }

  /** Whether the token was good a few seconds ago. */
  boolean contains(Bytes tokenHash) {
    Instant end = until.get(tokenHash);
    return end != null && clock.instant().isBefore(end);
  }

  /** Remembers a token that is good until {@code expiresAt}. */
  void add(Bytes tokenHash, Instant expiresAt) {
    Instant now = clock.instant();
    if (until.size() >= MAX_TOKENS) {
      until.values().removeIf(end -> !now.isBefore(end));
    }
    if (until.size() < MAX_TOKENS) {
      Instant end = now.plus(MEMORY);
      until.put(tokenHash, end.isBefore(expiresAt) ? end : expiresAt);
    }
  }
}
