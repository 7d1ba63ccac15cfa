package com.octomil.privacy.relay.app;

import com.octomil.privacy.relay.domain.Admission;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.CohortDifference;
import com.octomil.privacy.relay.domain.Participant;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RefusedException;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.RoundRules;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Keeps sums apart: the difference of two sums over the same model whose survivors are nearly the
 * same tells what the few devices sent that are in one of them only. Thread-safe.
 */
@Singleton
public class Cohorts {

  private final RelayStore store;
  private final Sessions sessions;
  private final Clock clock;

  Cohorts(RelayStore store, Sessions sessions, Clock clock) {
    this.store = store;
    this.sessions = sessions;
    this.clock = clock;
  }

  /**
   * Whether survivors may be summed.
   *
   * @param modelHash SHA-256 of the weights that the updates start from
   * @param bitmap over the indices of {@link Sessions#participants}
   * @param commit the sum is about to be unmasked: remember it
   * @return the earlier sum that is too close, if there is one
   * @throws RefusedException if the round has no such participants, or has been summed over others
   */
  public Optional<CohortDifference> check(
      RoundId round, Bytes modelHash, byte[] bitmap, boolean commit) {
    modelHash.requireSize("round_parameters.model_hash", 32);
    Session session = sessions.find(round);
    RoundRules rules = session.rules();
    Set<ParticipantId> survivors = survivors(round, bitmap);
    return store.inTransaction(
        "check-survivors",
        records -> {
          Set<UUID> devices = new HashSet<>();
          for (Admission admission : records.sessions().admissions(round)) {
            if (survivors.contains(admission.participantId())) {
              devices.add(admission.deviceId());
            }
          }
          records.cohorts().lock(rules.federation());
          Optional<CohortDifference> tooClose =
              records
                  .cohorts()
                  .tooClose(rules.federation(), modelHash, round, devices, rules.minSurvivors());
          if (tooClose.isEmpty()
              && commit
              && !records
                  .cohorts()
                  .remember(rules.federation(), modelHash, round, devices, clock.instant())) {
            throw RefusedException.conflict("The round has been summed over other survivors.");
          }
          return tooClose;
        });
  }

  private Set<ParticipantId> survivors(RoundId round, byte[] bitmap) {
    List<Participant> participants = sessions.participants(round).participants();
    BitSet indices;
    try {
      indices = IndexBitmap.parse(bitmap, participants.size());
    } catch (IllegalArgumentException e) {
      throw RefusedException.outOfRange("survivors", null, "is no bitmap: " + e.getMessage());
    }
    Set<ParticipantId> survivors = new HashSet<>();
    indices.stream().forEach(index -> survivors.add(participants.get(index).participantId()));
    return survivors;
  }
}
