package com.octomil.privacy.device.state;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Forgets everything when the process ends. Safe nevertheless for a device whose keys also live in
 * memory only: after a restart it has nothing left to reveal. It may, however, enter a repeated
 * round or repeat a cohort. For simulations and tests; devices use {@link FileRoundStateStore}.
 */
public final class MemoryRoundStateStore implements RoundStateStore {

  private final RoundJournal journal = new RoundJournal();
  private byte @Nullable [] secrets;

  /** A store that remembers nothing yet. */
  public MemoryRoundStateStore() {}

  @Override
  public synchronized boolean begin(Bytes roundId, Instant now, Instant forgetAfter) {
    return journal.begin(roundId, now, forgetAfter);
  }

  @Override
  public synchronized Bytes fixSurvivors(Bytes roundId, Bytes bitmap) {
    return journal.fixSurvivors(roundId, bitmap);
  }

  @Override
  public synchronized Map<Integer, SecretKind> fixReveals(
      Bytes roundId, Map<Integer, SecretKind> reveals) {
    return journal.fixReveals(roundId, reveals);
  }

  @Override
  public synchronized void saveSecrets(Bytes roundId, byte[] secrets) {
    eraseSecrets();
    this.secrets = secrets.clone();
  }

  @Override
  public synchronized Optional<byte[]> secrets() {
    return secrets == null ? Optional.empty() : Optional.of(secrets.clone());
  }

  @Override
  public synchronized void eraseSecrets() {
    if (secrets != null) {
      Arrays.fill(secrets, (byte) 0);
      secrets = null;
    }
  }

  @Override
  public synchronized void rememberCohort(PastCohort cohort) {
    journal.rememberCohort(cohort);
  }

  @Override
  public synchronized List<PastCohort> cohorts(String federation, Bytes modelHash) {
    return journal.cohorts(federation, modelHash);
  }
}
