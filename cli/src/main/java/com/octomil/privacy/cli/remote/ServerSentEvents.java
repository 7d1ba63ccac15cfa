package com.octomil.privacy.cli.remote;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads a stream of server-sent events (HTML Living Standard, section 9.2), as far as names and
 * data go. For one thread at a time.
 */
final class ServerSentEvents implements AutoCloseable {

  /** One event. */
  record Event(String name, String data) {}

  private final InputStream stream;
  private final BufferedReader lines;
  private final Thread watch;
  private volatile long heardAt = System.nanoTime();

  /**
   * Reads from {@code stream}, which is closed with this one.
   *
   * @param silence a stream that says nothing for longer, not even a comment, is closed
   */
  ServerSentEvents(InputStream stream, Duration silence) {
    this.stream = stream;
    this.lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
    this.watch = Thread.ofVirtual().name("event-watch").start(() -> watch(silence));
  }

  private void watch(Duration silence) {
    try {
      long left = silence.toNanos();
      while (left > 0) {
        Thread.sleep(Duration.ofNanos(left));
        left = silence.toNanos() - (System.nanoTime() - heardAt);
      }
      stream.close();
    } catch (InterruptedException e) {
      // Closed in time.
    } catch (IOException e) {
      // The reader hears of it.
    }
  }

  /** The next event; empty at the end of the stream. */
  Optional<Event> next() throws IOException {
    String name = "message";
    StringBuilder data = new StringBuilder();
    while (true) {
      String line = lines.readLine();
      heardAt = System.nanoTime();
      if (line == null) {
        return Optional.empty();
      }
      if (line.isEmpty()) {
        if (!data.isEmpty()) {
          return Optional.of(new Event(name, data.substring(1)));
        }
        name = "message";
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1);
      value = value.startsWith(" ") ? value.substring(1) : value;
      switch (field) {
        case "event" -> name = value;
        case "data" -> data.append('\n').append(value);
        default -> {}
      }
    }
  }

  @Override
  public void close() throws IOException {
    watch.interrupt();
    stream.close();
  }
}
