package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.RevealStore;
import com.octomil.privacy.aggregator.domain.RevealedShare;
import com.octomil.privacy.aggregator.domain.Roster;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.UnmaskingPlan;
import com.octomil.privacy.aggregator.domain.UploadStore;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.secagg.wire.RevealItem;
import com.octomil.privacy.secagg.wire.SecretKind;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** What devices ask for and send beside uploads. Blocking: calls may be held. Thread-safe. */
@ApplicationScoped
public class DeviceRounds {
  /** Longest time that a call is held. */
  public static final Duration MAX_WAIT = Duration.ofSeconds(20);

  private final TicketCheck tickets;
  private final RoundDirectory directory;
  private final RoundStore rounds;
  private final RevealStore reveals;
  private final UploadStore uploads;
  private final RoundSignals signals;
  private final ModelAccesses accesses;
  private final Clock clock;
  private final Counter sent;

  DeviceRounds(
      TicketCheck tickets,
      RoundDirectory directory,
      RoundStore rounds,
      RevealStore reveals,
      UploadStore uploads,
      RoundSignals signals,
      ModelAccesses accesses,
      Clock clock,
      MeterRegistry metrics) {
    this.tickets = tickets;
    this.directory = directory;
    this.rounds = rounds;
    this.reveals = reveals;
    this.uploads = uploads;
    this.signals = signals;
    this.accesses = accesses;
    this.clock = clock;
    this.sent = Counter.builder("octomil.aggregator.model").baseUnit("bytes").register(metrics);
  }

  /** The octets of the round's model, once the access is reported; do not change them. */
  public byte[] model(Ticket ticket) {
    TicketCheck.Holder holder = tickets.verify(ticket);
    accesses.record(holder.round().attempt(), holder.ticket().participant());
    byte[] model = directory.model(holder.round().attempt());
    sent.increment(model.length);
    return model;
  }

  /** The survivor bitmap, once uploading is closed. */
  public Outcome<Octets> survivors(Ticket ticket, Duration wait) {
    TicketCheck.Holder holder = masked(ticket);
    return hold(
        holder.round().id(),
        wait,
        status -> {
          if (!status.state().survivorsFixed()) {
            return Optional.empty();
          }
          Optional<Abort> leftOut = leftOut(holder, status);
          return Optional.of(
              leftOut.isPresent()
                  ? new Outcome.Aborted<>(leftOut.get())
                  : new Outcome.Done<>(status.survivors().orElseThrow()));
        });
  }

  /** Stores a device's confirmation of the survivor set. */
  public Outcome<Boolean> sign(Ticket ticket, Octets signature) {
    TicketCheck.Holder holder = masked(ticket);
    RoundId id = holder.round().id();
    RoundStatus status = current(id);
    if (status.abort().isPresent()) {
      return new Outcome.Aborted<>(status.abort().get());
    }
    if (!status.state().survivorsFixed()) {
      throw new ServiceException(
          ErrorCode.CONFLICT, "The survivors of this round are not fixed yet.");
    }
    Roster roster = directory.roster(id).orElseThrow();
    Participant participant = tickets.participant(holder, roster);
    UnmaskingPlan plan = directory.plan(id).orElseThrow();
    Optional<Abort> leftOut = leftOut(holder, status);
    if (leftOut.isPresent()) {
      return new Outcome.Aborted<>(leftOut.get());
    }
    if (!plan.survivors().get(participant.index())) {
      return new Outcome.Late<>("upload");
    }
    byte[] message =
        Transcripts.survivors(
            holder.round().roundHash(),
            roster.graph().orElseThrow().root().toArray(),
            status.survivors().orElseThrow().toArray());
    if (!holder.signed(message, signature)) {
      throw badSignature();
    }
    if (!reveals.sign(id, participant.index(), signature, clock.instant())) {
      // A repetition after the step is closed has the effect that it had.
      if (directory.signatures(id).containsKey(participant.index())) {
        return new Outcome.Done<>(true);
      }
      Optional<RoundStatus> now = rounds.status(id);
      return now.flatMap(RoundStatus::abort).isPresent()
          ? new Outcome.Aborted<>(now.get().abort().orElseThrow())
          : new Outcome.Late<>("sign_survivors");
    }
    signals.changed(id, RoundSignals.Topic.PROGRESS);
    return new Outcome.Done<>(true);
  }

  /**
   * Confirmations by roster index.
   *
   * @param closed no more will come
   */
  public record Confirmations(Map<Integer, Octets> signatures, boolean closed) {}

  /**
   * Confirmations of {@code indices}; held while there are fewer than {@code atLeast} and more may
   * come.
   */
  public Outcome<Confirmations> confirmations(
      Ticket ticket, Collection<Integer> indices, int atLeast, Duration wait) {
    TicketCheck.Holder holder = masked(ticket);
    RoundId id = holder.round().id();
    Instant until = clock.instant().plus(capped(wait));
    int enough = Math.min(atLeast, indices.size());
    while (true) {
      long seen = signals.version(id, RoundSignals.Topic.PROGRESS);
      RoundStatus status = current(id);
      if (status.abort().isPresent()) {
        return new Outcome.Aborted<>(status.abort().get());
      }
      boolean closed = status.state().survivorsFixed() && status.state() != RoundState.SIGNING;
      Map<Integer, Octets> all = directory.signatures(id);
      Map<Integer, Octets> found = new TreeMap<>();
      for (int index : indices) {
        Octets signature = all.get(index);
        if (signature != null) {
          found.put(index, signature);
        }
      }
      if (closed || found.size() >= enough || !clock.instant().isBefore(until)) {
        return new Outcome.Done<>(new Confirmations(found, closed));
      }
      signals.await(id, RoundSignals.Topic.PROGRESS, seen, shorter(until));
      RoundSignals.coalesce();
    }
  }

  /**
   * Stores what a survivor reveals: exactly one item per neighbour that shared, of the right kind.
   */
  public Outcome<Boolean> reveal(Ticket ticket, List<RevealItem> items, Octets signature) {
    TicketCheck.Holder holder = masked(ticket);
    RoundId id = holder.round().id();
    RoundStatus status = current(id);
    if (status.abort().isPresent()) {
      return new Outcome.Aborted<>(status.abort().get());
    }
    if (!status.state().survivorsFixed()) {
      throw new ServiceException(
          ErrorCode.CONFLICT, "The survivors of this round are not fixed yet.");
    }
    Participant participant = tickets.participant(holder, directory.roster(id).orElseThrow());
    UnmaskingPlan plan = directory.plan(id).orElseThrow();
    Optional<Abort> leftOut = leftOut(holder, status);
    if (leftOut.isPresent()) {
      return new Outcome.Aborted<>(leftOut.get());
    }
    if (!plan.survivors().get(participant.index())) {
      return new Outcome.Late<>("upload");
    }
    byte[] message =
        Transcripts.reveal(
            holder.round().roundHash(), holder.ticket().participant().toArray(), items);
    if (!holder.signed(message, signature)) {
      throw badSignature();
    }
    requireExpected(plan.expectedFrom(participant.index()), items);
    List<RevealedShare> shares = new ArrayList<>(items.size());
    for (RevealItem item : items) {
      shares.add(
          new RevealedShare(
              item.ownerIndex(), participant.index(), item.kind(), Octets.of(item.share())));
    }
    return switch (reveals.reveal(
        id, participant.index(), Octets.sha256(message), shares, clock.instant())) {
      case STORED -> {
        signals.changed(id, RoundSignals.Topic.PROGRESS);
        yield new Outcome.Done<>(true);
      }
      case REPEATED -> new Outcome.Done<>(true);
      case DIFFERENT ->
          throw new ServiceException(
              ErrorCode.CONFLICT, "This device has revealed other shares before.");
      case CLOSED -> {
        Optional<RoundStatus> now = rounds.status(id);
        yield now.flatMap(RoundStatus::abort).isPresent()
            ? new Outcome.Aborted<>(now.get().abort().orElseThrow())
            : new Outcome.Late<>("reveal");
      }
    };
  }

  /** SHA-256 of the new model, once the round is published. */
  public Outcome<Octets> result(Ticket ticket, Duration wait) {
    TicketCheck.Holder holder = tickets.verify(ticket);
    return hold(
        holder.round().id(),
        wait,
        status -> {
          if (!status.state().published()) {
            return Optional.empty();
          }
          Optional<Abort> leftOut = leftOut(holder, status);
          return Optional.of(
              leftOut.isPresent()
                  ? new Outcome.Aborted<>(leftOut.get())
                  : new Outcome.Done<>(status.publishedHash().orElseThrow()));
        });
  }

  /** Why the round goes on without the group of a device, if it does. */
  private Optional<Abort> leftOut(TicketCheck.Holder holder, RoundStatus status) {
    RoundId id = holder.round().id();
    return status.groupsLeftOut() == 0
        ? Optional.empty()
        : directory
            .roster(id)
            .flatMap(roster -> roster.find(holder.ticket().participant()))
            .flatMap(own ->
                Optional.ofNullable(uploads.leftOut(id).get(directory.group(id, own.index()))))
            .map(reason ->
                new Abort(
                    reason.reason(),
                    "The round goes on without the group of this device. " + reason.detail()));
  }

  private static void requireExpected(Map<Integer, SecretKind> expected, List<RevealItem> items) {
    Map<Integer, SecretKind> sent = new TreeMap<>();
    for (RevealItem item : items) {
      SecretKind kind = expected.get(item.ownerIndex());
      if (kind == null || sent.put(item.ownerIndex(), item.kind()) != null) {
        throw invalidShares(
            item, kind == null ? "no neighbour that shared has this index" : "occurs twice");
      }
      if (kind != item.kind()) {
        throw invalidShares(item, "must be a share of " + kind);
      }
    }
    if (sent.size() != expected.size()) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "shares",
              sent.size() + " items",
              "must hold one item for each of the " + expected.size() + " neighbours that shared"));
    }
  }

  private static ServiceException invalidShares(RevealItem item, String message) {
    return ServiceException.invalidField(
        ErrorCode.INVALID_VALUE,
        new FieldViolation("shares.owner_index", Integer.toString(item.ownerIndex()), message));
  }

  private static ServiceException badSignature() {
    return new ServiceException(
        ErrorCode.UNAUTHENTICATED, "The signature is not by the round key of the ticket.");
  }

  private TicketCheck.Holder masked(Ticket ticket) {
    TicketCheck.Holder holder = tickets.verify(ticket);
    if (!holder.round().secureAggregation()) {
      throw new ServiceException(
          ErrorCode.CONFLICT,
          "The round runs without secure aggregation: nothing is signed or revealed.");
    }
    return holder;
  }

  private <T> Outcome<T> hold(
      RoundId id, Duration wait, Function<RoundStatus, Optional<Outcome<T>>> done) {
    Instant until = clock.instant().plus(capped(wait));
    while (true) {
      long seen = signals.version(id, RoundSignals.Topic.PHASE);
      RoundStatus status = current(id);
      if (status.abort().isPresent()) {
        return new Outcome.Aborted<>(status.abort().get());
      }
      Optional<Outcome<T>> outcome = done.apply(status);
      if (outcome.isPresent()) {
        return outcome.get();
      }
      if (!clock.instant().isBefore(until)) {
        return new Outcome.Pending<>();
      }
      signals.await(id, RoundSignals.Topic.PHASE, seen, shorter(until));
    }
  }

  private RoundStatus current(RoundId id) {
    return directory
        .status(id)
        .orElseThrow(() -> new ServiceException(ErrorCode.NOT_FOUND, "There is no such round."));
  }

  private Duration shorter(Instant until) {
    Duration left = Duration.between(clock.instant(), until);
    return left.compareTo(RoundDirectory.FRESH) < 0 ? left : RoundDirectory.FRESH;
  }

  private static Duration capped(Duration wait) {
    return wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait;
  }
}
