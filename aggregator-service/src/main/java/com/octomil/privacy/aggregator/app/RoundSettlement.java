package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.BudgetLedger;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.RoundAttempt;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Brings budget and relay to know how rounds ended: a published round is committed, an aborted one
 * is released, or committed if its sum may have been unmasked. Everything is idempotent, so it is
 * simply repeated after a crash.
 */
@ApplicationScoped
class RoundSettlement {
  private static final Logger LOG = Logger.getLogger(RoundSettlement.class);

  private final RoundStore rounds;
  private final BudgetLedger budget;
  private final RelaySessions relay;
  private final Peers peers;
  private final RoundSignals signals;
  private final Clock clock;

  RoundSettlement(
      RoundStore rounds,
      BudgetLedger budget,
      RelaySessions relay,
      Peers peers,
      RoundSignals signals,
      Clock clock) {
    this.rounds = rounds;
    this.budget = budget;
    this.relay = relay;
    this.peers = peers;
    this.signals = signals;
    this.clock = clock;
  }

  /**
   * Settles the rounds of a job that are over but not settled.
   *
   * @return the attempt that an earlier driver left unfinished, if there is one
   */
  Optional<RoundAttempt> recover(JobId job, JobControl control) {
    Optional<RoundAttempt> unfinished = Optional.empty();
    for (RoundStatus round : rounds.unsettled(job)) {
      if (round.state().over()) {
        settle(round.id(), control);
      } else {
        unfinished = Optional.of(round.attempt());
      }
    }
    return unfinished;
  }

  /** Ends a round without a result; false if it is over already. */
  boolean abort(RoundId id, Abort abort) {
    return announced(id, rounds.abort(id, abort, clock.instant()));
  }

  /** The same for the holder of a lease; false also if somebody else holds it by now. */
  boolean abort(RoundId id, UUID lease, Abort abort) {
    return announced(id, rounds.abortUnderLease(id, lease, abort, clock.instant()));
  }

  private boolean announced(RoundId id, boolean aborted) {
    signals.changed(id, RoundSignals.Topic.PHASE);
    signals.changed(id, RoundSignals.Topic.PROGRESS);
    return aborted;
  }

  /**
   * Settles a round that is over; false if a peer is out of reach for longer than the patience, to
   * be repeated later.
   */
  boolean settle(RoundId id, JobControl control) {
    RoundStatus round = rounds.status(id).orElseThrow();
    if (round.settled()) {
      return true;
    }
    try {
      switch (round.state()) {
        case PUBLISHED, COMMITTED -> {
          Optional<BigDecimal> spent = round.epsilonSpent();
          if (spent.isEmpty()) {
            spent = commit(round, control);
            spent.ifPresent(epsilon -> rounds.committed(id, epsilon, clock.instant()));
          }
          close(round, control);
          rounds.settle(id, spent, clock.instant());
        }
        case ABORTED -> {
          // First the relay, so that devices hear of it at once.
          close(round, control);
          Optional<BigDecimal> spent =
              round.sumUnmasked() ? commit(round, control) : release(round, control);
          rounds.settle(id, spent, clock.instant());
        }
        case RESERVING, OPEN, UPLOADING, SIGNING, REVEALING, UNMASKING ->
            throw new IllegalStateException("a round that is not over cannot be settled");
      }
      return true;
    } catch (ServiceException e) {
      LOG.warnf("a round could not be settled now and will be later: %s", e.detail());
      return false;
    }
  }

  private Optional<BigDecimal> commit(RoundStatus round, JobControl control) {
    String reservation = round.reservationId().orElseThrow();
    try {
      return Optional.of(
          peers.patiently(
              control,
              () ->
                  budget.commit(
                      reservation, round.cohort().orElse(0), round.survivorCount().orElse(0))));
    } catch (ServiceException e) {
      return refused(e);
    }
  }

  private Optional<BigDecimal> release(RoundStatus round, JobControl control) {
    Abort abort =
        round.abort().orElseGet(() -> new Abort(AbortReason.INTERNAL, "The round was aborted."));
    try {
      Optional<String> reservation =
          round.reservationId().isPresent()
              ? round.reservationId()
              // A crash may have come between the reservation and its record; asking again names
              // it.
              : peers.patiently(control, () -> budget.reserve(round.attempt()))
                      instanceof BudgetLedger.Reservation.Granted(String id, var configuration)
                  ? Optional.of(id)
                  : Optional.empty();
      return reservation.map(id -> peers.patiently(control, () -> budget.release(id, abort)));
    } catch (ServiceException e) {
      return refused(e);
    }
  }

  private void close(RoundStatus round, JobControl control) {
    try {
      peers.patiently(
          control,
          () -> {
            relay.close(round.id(), round.abort());
            return true;
          });
    } catch (ServiceException e) {
      refused(e);
    }
  }

  // Not to be mended by repeating: the reservation stays counted as spent, which errs on the side
  // of privacy.
  private static Optional<BigDecimal> refused(ServiceException e) {
    if (e.code().retryable()
        || e.code() == com.octomil.privacy.kit.error.ErrorCode.OUTCOME_UNKNOWN) {
      throw e;
    }
    LOG.errorf("a peer refused the end of a round: %s", e.detail());
    return Optional.empty();
  }
}
