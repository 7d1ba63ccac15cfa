package com.octomil.privacy.device.state;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The memory of one device. Every method has taken effect durably, as far as the implementation is
 * durable at all, when it returns; all throw {@link StateStoreException} if it has not. Decisions
 * are written before they are acted upon, and the first one stands: this is what makes "one secret
 * per neighbour, once" true across restarts.
 *
 * <p>Implementations are thread-safe. A store belongs to one device.
 */
public interface RoundStateStore {

  /**
   * Enters a round. Returns false, and changes nothing, if it was entered before.
   *
   * @param roundId identifier of the round
   * @param now the present; rounds whose {@code forgetAfter} lies before it may be forgotten
   * @param forgetAfter when the round may be forgotten: its deadlines alone then keep it from being
   *     replayed
   * @return whether it was entered now
   */
  boolean begin(Bytes roundId, Instant now, Instant forgetAfter);

  /**
   * Records the survivor bitmap that the device is going to sign. Returns the first one recorded
   * for the round.
   *
   * @param roundId identifier of the round
   * @param bitmap over roster indices
   * @return the bitmap that stays
   */
  Bytes fixSurvivors(Bytes roundId, Bytes bitmap);

  /**
   * Records which secret of which roster index the device is going to reveal. Returns the first
   * record of the round.
   *
   * @param roundId identifier of the round
   * @param reveals exactly one kind for each index
   * @return the reveals that stay
   */
  Map<Integer, SecretKind> fixReveals(Bytes roundId, Map<Integer, SecretKind> reveals);

  /**
   * Keeps what the device needs to finish a round after a restart, in place of what was kept
   * before.
   *
   * @param roundId identifier of the round
   * @param secrets what a restart needs; the store keeps a copy
   */
  void saveSecrets(Bytes roundId, byte[] secrets);

  /**
   * What {@link #saveSecrets} kept last, unless it was erased. The caller erases the array.
   *
   * @return the secrets, or empty
   */
  Optional<byte[]> secrets();

  /** Erases the kept secrets. Does nothing if there are none. */
  void eraseSecrets();

  /**
   * Remembers a cohort before the device helps to unmask its sum. Remembering it twice changes
   * nothing.
   *
   * @param cohort devices of a sum that this device helped to unmask
   */
  void rememberCohort(PastCohort cohort);

  /**
   * The cohorts of a federation whose sums over updates to the given model this device helped to
   * unmask.
   *
   * @param federation name of the federation
   * @param modelHash SHA-256 of the model
   * @return in no particular order
   */
  List<PastCohort> cohorts(String federation, Bytes modelHash);
}
