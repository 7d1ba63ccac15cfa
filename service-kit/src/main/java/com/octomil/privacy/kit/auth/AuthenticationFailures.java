package com.octomil.privacy.kit.auth;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * Slows down whoever sends wrong API keys: each source address has a bucket of failures that
 * refills with time. While it is empty, requests from there are refused before their key is looked
 * up; only keys that were good a short while ago are still looked up, so that nobody can lock out
 * the others behind a shared address. IPv6 addresses count by their /64 network.
 *
 * <p>A key of 256 random bits cannot be guessed at any rate: this protects the database and the
 * log. Memory is bounded; when there are too many addresses, the one that failed longest ago is
 * forgotten. Thread-safe.
 */
@ApplicationScoped
public class AuthenticationFailures {

  static final int MAX_SOURCES = 10_000;
  static final int MAX_GOOD_KEYS = 10_000;
  static final Duration GOOD_FOR = Duration.ofMinutes(10);

  private static final String UNKNOWN_SOURCE = "unknown";
  private static final int NETWORK_BYTES = 8;

  /** How many failures are left, as of an instant. */
  private record Bucket(double left, Instant asOf) {}

  private final Clock clock;
  private final MeterRegistry metrics;
  private final int burst;
  private final double perSecond;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Bucket> sources = new Bounded<>(MAX_SOURCES);
  private final Map<String, Instant> goodKeys = new Bounded<>(MAX_GOOD_KEYS);

  private static final class Bounded<V> extends LinkedHashMap<String, V> {
    private static final long serialVersionUID = 1L;
    private final int most;

    Bounded(int most) {
      super(16, 0.75f, true);
      this.most = most;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
      return size() > most;
    }
  }

  AuthenticationFailures(
      Clock clock,
      MeterRegistry metrics,
      @ConfigProperty(name = "octomil.auth.failures.burst") int burst,
      @ConfigProperty(name = "octomil.auth.failures.per-minute") int perMinute) {
    if (burst < 1 || perMinute < 1) {
      throw new IllegalStateException(
          "octomil.auth.failures.burst is "
              + burst
              + " and octomil.auth.failures.per-minute is "
              + perMinute
              + "; both must be at least 1");
    }
    this.clock = clock;
    this.metrics = metrics;
    this.burst = burst;
    this.perSecond = perMinute / 60.0;
  }

  /**
   * How long a request must wait; empty: it may be looked at now.
   *
   * @param address source address; may be anything
   * @param key the key as sent, or empty if there is none
   */
  Optional<Duration> wait(String address, Optional<String> key) {
    Instant now = clock.instant();
    lock.lock();
    try {
      double left = left(sources.get(source(address)), now);
      if (left >= 1 || key.map(sent -> isGood(hash(sent), now)).orElse(false)) {
        return Optional.empty();
      }
      metrics.counter("octomil.auth.failures", "outcome", "limited").increment();
      return Optional.of(Duration.ofSeconds((long) Math.ceil((1 - left) / perSecond)));
    } finally {
      lock.unlock();
    }
  }

  /** A request with a wrong key, or with none. */
  void failed(String address) {
    Instant now = clock.instant();
    String source = source(address);
    metrics.counter("octomil.auth.failures", "outcome", "refused").increment();
    lock.lock();
    try {
      sources.put(source, new Bucket(Math.max(0, left(sources.get(source), now) - 1), now));
    } finally {
      lock.unlock();
    }
  }

  /** A request with a good key. */
  void succeeded(String key) {
    Instant until = clock.instant().plus(GOOD_FOR);
    String hash = hash(key);
    lock.lock();
    try {
      goodKeys.put(hash, until);
    } finally {
      lock.unlock();
    }
  }

  private boolean isGood(String hash, Instant now) {
    Instant until = goodKeys.get(hash);
    return until != null && now.isBefore(until);
  }

  private double left(@Nullable Bucket bucket, Instant now) {
    if (bucket == null) {
      return burst;
    }
    double seconds = Math.max(0, Duration.between(bucket.asOf(), now).toMillis()) / 1000.0;
    return Math.min(burst, bucket.left() + seconds * perSecond);
  }

  /** What an address counts as: whoever holds an IPv6 network holds 2^64 addresses of it. */
  static String source(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      // No look-up: a text with a colon is an address or nothing.
      InetAddress parsed = InetAddress.getByName(address);
      return parsed instanceof Inet6Address
          ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), NETWORK_BYTES)) + "/64"
          : String.valueOf(parsed.getHostAddress());
    } catch (UnknownHostException e) {
      return UNKNOWN_SOURCE;
    }
  }

  private static String hash(String key) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
