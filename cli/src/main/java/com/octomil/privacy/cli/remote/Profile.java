package com.octomil.privacy.cli.remote;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where an installation is and which key to use: a properties file in {@code
 * $XDG_CONFIG_HOME/octomil} or {@code ~/.config/octomil}. It names the file with the API key, never
 * the key.
 */
final class Profile {

  /** Settings that a profile can have. */
  static final List<String> SETTINGS = List.of("budget", "relay", "aggregator", "api-key-file");

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
    Path file = file(directory(), name);
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
    Path directory = directory();
    Path file = file(directory, name);
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Properties properties = new Properties();
    properties.putAll(settings);
    try (Writer writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    return file;
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
