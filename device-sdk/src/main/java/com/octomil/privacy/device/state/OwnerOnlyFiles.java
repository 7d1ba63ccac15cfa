package com.octomil.privacy.device.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;

/**
 * Files that only their owner may read, written whole or not at all and durable when a method
 * returns. On file systems without POSIX permissions the platform's own isolation (for example of
 * an Android application) has to do.
 */
public final class OwnerOnlyFiles {

  private static final Set<PosixFilePermission> FILE =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<PosixFilePermission> DIRECTORY =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private OwnerOnlyFiles() {}

  /**
   * Makes the directory, and those above it, if it is not there.
   *
   * @param directory the folder
   * @throws IOException if it cannot be made
   */
  public static void createDirectories(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, attributes(directory, DIRECTORY));
    }
  }

  /**
   * Replaces the file by one with this content.
   *
   * @param file where it is
   * @param content all that the file will hold
   * @throws IOException if it cannot be written; the old content is then still there
   */
  public static void replace(Path file, byte[] content) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(file + " is not a file");
    }
    Path next =
        Files.createTempFile(
            directory, "." + file.getFileName(), ".new", attributes(directory, FILE));
    try {
      try (FileChannel channel = FileChannel.open(next, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        channel.force(true);
      }
      move(next, file);
      sync(directory);
    } finally {
      Files.deleteIfExists(next);
    }
  }

  /**
   * Overwrites the content with zeros and deletes the file. Flash storage may keep a copy in a worn
   * block all the same; what must not survive there belongs into hardware-backed storage.
   *
   * @param file where it is
   * @throws IOException if it cannot be overwritten or removed
   */
  public static void erase(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer zeros = ByteBuffer.wrap(new byte[Math.toIntExact(channel.size())]);
      while (zeros.hasRemaining()) {
        channel.write(zeros);
      }
      channel.force(true);
    }
    Files.delete(file);
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      sync(directory);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the file system of " + to + " cannot replace a file atomically", e);
    }
  }

  private static void sync(Path directory) throws IOException {
    if (!hasPosixPermissions(directory)) {
      return; // Such platforms do not open directories.
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static FileAttribute<?>[] attributes(Path path, Set<PosixFilePermission> permissions) {
    return hasPosixPermissions(path)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  private static boolean hasPosixPermissions(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
