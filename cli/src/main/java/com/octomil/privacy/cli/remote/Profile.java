package com.octomil.privacy.cli.remote;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where an installation is and which key to use: a properties file in {@code
 * $XDG_CONFIG_HOME/octomil} or {@code ~/.config/octomil}. It names the file with the API key, never
 * the key.
 */
public final class Profile {

  /** Settings that a profile can have. */
  static final List<String> SETTINGS = List.of("budget", "relay", "aggregator", "api-key-file");

  private static final List<String> ADDRESSES = List.of("budget", "relay", "aggregator");
  private static final String KEY_FILE = "api-key-file";
  private static final String KEY_SUFFIX = ".key";
  private static final Pattern LOOPBACK =
      Pattern.compile("https?://(127(\\.\\d+){3}|localhost|\\[::1])(:\\d+)?(/|$)");

  private static final Set<PosixFilePermission> OWNER_FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final String SUFFIX = ".properties";

  private Profile() {}

  private static Path directory() {
    String configured = System.getenv("XDG_CONFIG_HOME");
    Path base =
        configured == null || configured.isBlank()
            ? Path.of(System.getProperty("user.home"), ".config")
            : Path.of(configured);
    return base.resolve("octomil");
  }

  private static Path file(Path directory, String name) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new IOException(
          "profile '" + name + "': must be lower-case letters, digits and dashes");
    }
    return directory.resolve(name + SUFFIX);
  }

  /** The settings of a profile; empty if there is none of this name. */
  static Optional<Map<String, String>> load(String name) throws IOException {
    return load(directory(), name);
  }

  private static Optional<Map<String, String>> load(Path directory, String name)
      throws IOException {
    Path file = file(directory, name);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is damaged: " + e.getMessage(), e);
    }
    Map<String, String> settings = new TreeMap<>();
    for (String key : properties.stringPropertyNames()) {
      if (!SETTINGS.contains(key)) {
        throw new IOException(
            file + ": '" + key + "' is no setting; accepted: " + String.join(", ", SETTINGS));
      }
      settings.put(key, properties.getProperty(key));
    }
    return Optional.of(settings);
  }

  /** Writes a profile, in the place of one that there may be. */
  static Path save(String name, Map<String, String> settings) throws IOException {
    return save(directory(), name, settings);
  }

  private static Path save(Path directory, String name, Map<String, String> settings)
      throws IOException {
    Path file = file(directory, name);
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_FOLDER));
    Properties properties = new Properties();
    properties.putAll(settings);
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    return file;
  }

  /** What {@link #saveLocal} did. */
  public enum Saved {
    /** There was no such profile. */
    CREATED,
    /** It was there and says the same. */
    SAME,
    /** It pointed to another installation on this computer, which is no longer known by it. */
    REPLACED,
    /** It belongs to an installation elsewhere and was left alone. */
    OF_ANOTHER
  }

  /**
   * Stores an installation that runs on this computer, with its key in a file beside the profile
   * that only the owner can read.
   *
   * @param name of the profile
   * @param addresses URLs by setting
   * @param apiKey the key
   * @return what happened to a profile of this name that there may have been
   * @throws IOException if the name is not good for a profile, or a file cannot be written
   */
  public static Saved saveLocal(String name, Map<String, String> addresses, String apiKey)
      throws IOException {
    return saveLocal(directory(), name, addresses, apiKey);
  }

  static Saved saveLocal(Path directory, String name, Map<String, String> addresses, String apiKey)
      throws IOException {
    Path key = file(directory, name).resolveSibling(name + KEY_SUFFIX);
    Map<String, String> settings = new TreeMap<>(addresses);
    settings.put(KEY_FILE, key.toString());
    Optional<Map<String, String>> present = load(directory, name);
    if (present.isPresent() && !onThisComputer(present.get())) {
      return Saved.OF_ANOTHER;
    }
    boolean sameKey =
        Files.exists(key)
            && Files.readString(key, StandardCharsets.US_ASCII).strip().equals(apiKey);
    if (present.equals(Optional.of(settings)) && sameKey) {
      return Saved.SAME;
    }
    Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(OWNER_FOLDER));
    if (!sameKey) {
      writeKey(key, apiKey);
    }
    save(directory, name, settings);
    return present.isPresent() ? Saved.REPLACED : Saved.CREATED;
  }

  private static boolean onThisComputer(Map<String, String> settings) {
    return ADDRESSES.stream()
        .map(settings::get)
        .filter(Objects::nonNull)
        .allMatch(url -> LOOPBACK.matcher(url).lookingAt());
  }

  private static void writeKey(Path file, String apiKey) throws IOException {
    // A new file in the place of the old one: whoever had the old one open cannot read the new key.
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.deleteIfExists(part);
    try (var channel =
        Files.newByteChannel(
            part,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      channel.write(StandardCharsets.US_ASCII.encode(apiKey + "\n"));
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes a profile; false if there is none. */
  static boolean remove(String name) throws IOException {
    return Files.deleteIfExists(file(directory(), name));
  }

  /** Names of all profiles. */
  static List<String> names() throws IOException {
    if (!Files.isDirectory(directory())) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory())) {
      files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(file -> file.endsWith(SUFFIX))
          .map(file -> file.substring(0, file.length() - SUFFIX.length()))
          .sorted()
          .forEach(names::add);
    }
    return names;
  }
}
