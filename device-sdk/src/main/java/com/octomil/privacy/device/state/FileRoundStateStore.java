package com.octomil.privacy.device.state;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the state in a directory of its own: {@code journal} (decisions, no secrets), {@code
 * secrets} (of a round that is not finished) and {@code lock}. Files are readable by their owner
 * only, replaced atomically and forced to the disk. A damaged journal is an error, never an empty
 * one. One process at a time may open a directory.
 */
public final class FileRoundStateStore implements RoundStateStore, AutoCloseable {

  private final Path journalFile;
  private final Path secretsFile;
  private final FileChannel lockChannel;
  private final FileLock lock;
  private RoundJournal journal;

  private FileRoundStateStore(
      Path directory, FileChannel lockChannel, FileLock lock, RoundJournal journal) {
    this.journalFile = directory.resolve("journal");
    this.secretsFile = directory.resolve("secrets");
    this.lockChannel = lockChannel;
    this.lock = lock;
    this.journal = journal;
  }

  /**
   * Opens the directory and makes it if it is not there.
   *
   * @param directory folder of the store
   * @return the store, which the caller closes
   * @throws StateStoreException if it cannot be used, is in use or holds a damaged journal
   */
  public static FileRoundStateStore open(Path directory) {
    FileChannel channel = null;
    try {
      OwnerOnlyFiles.createDirectories(directory);
      channel =
          FileChannel.open(
              directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = lock(directory, channel);
      Path file = directory.resolve("journal");
      RoundJournal journal =
          Files.exists(file) ? RoundJournal.decode(Files.readAllBytes(file)) : new RoundJournal();
      return new FileRoundStateStore(directory, channel, lock, journal);
    } catch (IOException e) {
      close(channel);
      throw new StateStoreException(
          "cannot open the state in " + directory + ": " + e.getMessage(), e);
    } catch (StateStoreException e) {
      close(channel);
      throw e;
    }
  }

  private static FileLock lock(Path directory, FileChannel channel) throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new StateStoreException("the state in " + directory + " is in use", null);
    }
    return lock;
  }

  private static void close(@Nullable FileChannel channel) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        throw new StateStoreException("cannot close the lock file", e);
      }
    }
  }

  @Override
  public synchronized boolean begin(Bytes roundId, Instant now, Instant forgetAfter) {
    return change(() -> journal.begin(roundId, now, forgetAfter));
  }

  @Override
  public synchronized Bytes fixSurvivors(Bytes roundId, Bytes bitmap) {
    return change(() -> journal.fixSurvivors(roundId, bitmap));
  }

  @Override
  public synchronized Map<Integer, SecretKind> fixReveals(
      Bytes roundId, Map<Integer, SecretKind> reveals) {
    return change(() -> journal.fixReveals(roundId, reveals));
  }

  @Override
  public synchronized void saveSecrets(Bytes roundId, byte[] secrets) {
    try {
      OwnerOnlyFiles.erase(secretsFile);
      OwnerOnlyFiles.replace(secretsFile, secrets);
    } catch (IOException e) {
      throw new StateStoreException("cannot write " + secretsFile, e);
    }
  }

  @Override
  public synchronized Optional<byte[]> secrets() {
    try {
      return Files.exists(secretsFile)
          ? Optional.of(Files.readAllBytes(secretsFile))
          : Optional.empty();
    } catch (IOException e) {
      throw new StateStoreException("cannot read " + secretsFile, e);
    }
  }

  @Override
  public synchronized void eraseSecrets() {
    try {
      OwnerOnlyFiles.erase(secretsFile);
    } catch (IOException e) {
      throw new StateStoreException("cannot erase " + secretsFile, e);
    }
  }

  @Override
  public synchronized void rememberCohort(PastCohort cohort) {
    change(() -> {
      journal.rememberCohort(cohort);
      return true;
    });
  }

  @Override
  public synchronized List<PastCohort> cohorts(String federation, Bytes modelHash) {
    return journal.cohorts(federation, modelHash);
  }

  /**
   * Frees the directory for another process. The store refuses to work afterwards; closing twice
   * does nothing.
   */
  @Override
  public synchronized void close() {
    if (!lockChannel.isOpen()) {
      return;
    }
    try {
      lock.release();
      lockChannel.close();
    } catch (IOException e) {
      throw new StateStoreException("cannot release the lock", e);
    }
  }

  private interface Change<T> {
    T apply();
  }

  /** Memory never runs ahead of the disk: a change that cannot be written is taken back. */
  private <T> T change(Change<T> change) {
    if (!lockChannel.isOpen()) {
      throw new StateStoreException("the store is closed", null);
    }
    byte[] before = journal.encode();
    T answer = change.apply();
    byte[] after = journal.encode();
    if (Arrays.equals(before, after)) {
      return answer;
    }
    try {
      OwnerOnlyFiles.replace(journalFile, after);
      return answer;
    } catch (IOException e) {
      try {
        journal = RoundJournal.decode(before);
      } catch (IOException impossible) {
        e.addSuppressed(impossible);
      }
      throw new StateStoreException("cannot write " + journalFile, e);
    }
  }
}
