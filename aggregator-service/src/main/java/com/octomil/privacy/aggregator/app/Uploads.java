package com.octomil.privacy.aggregator.app;

import com.octomil.privacy.aggregator.domain.ClearUpdate;
import com.octomil.privacy.aggregator.domain.Contribution;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.OpenRound;
import com.octomil.privacy.aggregator.domain.PackedUpdate;
import com.octomil.privacy.aggregator.domain.Participant;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.aggregator.domain.RoundStatus;
import com.octomil.privacy.aggregator.domain.RoundStore;
import com.octomil.privacy.aggregator.domain.UploadStore;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Takes uploads in: checks everything that can be checked before the first chunk, collects the
 * chunks within the byte budget, verifies the digest, and hands the update to the group commit.
 * Blocking. Thread-safe.
 */
@ApplicationScoped
public class Uploads {
  /** Largest chunk of an upload. */
  public static final int MAX_CHUNK_BYTES = 256 * 1024;

  private static final int DIGEST_BYTES = 32;
  private static final String UPLOADS = "octomil.aggregator.uploads";

  /** The relay may let devices upload a moment before the aggregator knows the roster. */
  private static final Duration STARTING = Duration.ofSeconds(20);

  private final TicketCheck tickets;
  private final RoundDirectory directory;
  private final RoundStore rounds;
  private final UploadStore contributions;
  private final RoundSignals signals;
  private final UploadMemory memory;
  private final UploadBatches batches;
  private final CpuPool cpu;
  private final SecureRandom random;
  private final Clock clock;
  private final Counter received;
  private final MeterRegistry metrics;

  Uploads(
      TicketCheck tickets,
      RoundDirectory directory,
      RoundStore rounds,
      UploadStore contributions,
      RoundSignals signals,
      UploadMemory memory,
      UploadBatches batches,
      CpuPool cpu,
      SecureRandom random,
      Clock clock,
      MeterRegistry metrics) {
    this.tickets = tickets;
    this.directory = directory;
    this.rounds = rounds;
    this.contributions = contributions;
    this.signals = signals;
    this.memory = memory;
    this.batches = batches;
    this.cpu = cpu;
    this.random = random;
    this.clock = clock;
    this.received =
        Counter.builder("octomil.aggregator.upload").baseUnit("bytes").register(metrics);
    this.metrics = metrics;
    for (UploadBatches.Result result : UploadBatches.Result.values()) {
      metrics.counter(UPLOADS, "outcome", result.name().toLowerCase(Locale.ROOT));
    }
  }

  /** What a device announces before the payload. */
  public record Header(Ticket ticket, long payloadBytes, Octets payloadSha256, Octets signature) {}

  /** Answer to {@link #begin}. */
  public sealed interface Begun {
    /** Send the payload. */
    record Go(Upload upload) implements Begun {}

    /** The payload is not needed. True: the same upload is in the sum. */
    record Answered(Outcome<Boolean> outcome) implements Begun {}
  }

  /**
   * Checks ticket, signature, length, phase and roster, and reserves memory.
   *
   * @throws ServiceException with the field that is wrong; {@code TOO_MANY_REQUESTS} without memory
   */
  public Begun begin(Header header) {
    TicketCheck.Holder holder = tickets.verify(header.ticket());
    OpenRound round = holder.round();
    requireShape(header, round);
    byte[] message =
        Transcripts.upload(
            round.roundHash(),
            header.ticket().participant().toArray(),
            header.payloadSha256().toArray());
    if (!holder.signed(message, header.signature())) {
      throw new ServiceException(
          ErrorCode.UNAUTHENTICATED,
          "The signature is not by the round key of the ticket over this payload.");
    }
    RoundStatus status = whenUploading(round.id());
    if (status.abort().isPresent()) {
      return new Begun.Answered(new Outcome.Aborted<>(status.abort().get()));
    }
    Participant participant =
        tickets.participant(holder, directory.roster(round.id()).orElseThrow());
    if (!participant.shared()) {
      return answered("late", new Outcome.Late<>("share"));
    }
    Optional<Octets> earlier = contributions.contribution(round.id(), participant.index());
    if (earlier.isPresent()) {
      if (!earlier.get().equals(header.payloadSha256())) {
        throw UploadBatches.different();
      }
      return answered("duplicate", new Outcome.Done<>(true));
    }
    if (status.state() != RoundState.UPLOADING) {
      return answered("late", new Outcome.Late<>("upload"));
    }
    UploadMemory.Lease lease = memory.take(header.payloadBytes());
    return new Begun.Go(new Upload(round, participant.index(), header, lease));
  }

  private Begun answered(String outcome, Outcome<Boolean> answer) {
    count(outcome);
    return new Begun.Answered(answer);
  }

  private void count(String outcome) {
    metrics.counter(UPLOADS, "outcome", outcome).increment();
  }

  private static void requireShape(Header header, OpenRound round) {
    long expected =
        round.secureAggregation()
            ? PackedUpdate.bytes(round.coordinates(), round.encoding().ringBits())
            : ClearUpdate.bytes(round.vectorLength(), round.weighting());
    if (header.payloadBytes() != expected) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "header.payload_bytes",
              Long.toUnsignedString(header.payloadBytes()),
              "must be " + expected + " for this round"));
    }
    if (header.payloadSha256().length() != DIGEST_BYTES) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_VALUE,
          new FieldViolation(
              "header.payload_sha256",
              header.payloadSha256().length() + " octets",
              "must have " + DIGEST_BYTES + " octets"));
    }
  }

  private RoundStatus whenUploading(RoundId id) {
    Instant until = clock.instant().plus(STARTING);
    while (true) {
      long seen = signals.version(id, RoundSignals.Topic.PHASE);
      RoundStatus status =
          directory
              .status(id)
              .orElseThrow(
                  () -> new ServiceException(ErrorCode.NOT_FOUND, "There is no such round."));
      if (!status.state().beforeUpload()) {
        return status;
      }
      if (!clock.instant().isBefore(until)) {
        throw new ServiceException(
            ErrorCode.UNAVAILABLE, "Uploading has not started yet; try again.");
      }
      signals.await(id, RoundSignals.Topic.PHASE, seen, RoundDirectory.FRESH);
    }
  }

  /** One upload under way. For one thread at a time; close it in any case. */
  public final class Upload implements AutoCloseable {
    private final OpenRound round;
    private final int index;
    private final Header header;
    private final UploadMemory.Lease lease;
    private final byte[] payload;
    private final MessageDigest digest;
    private int received;

    private Upload(OpenRound round, int index, Header header, UploadMemory.Lease lease) {
      this.round = round;
      this.index = index;
      this.header = header;
      this.lease = lease;
      this.payload = new byte[(int) header.payloadBytes()];
      try {
        this.digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }

    /**
     * Takes the next chunk.
     *
     * @throws ServiceException {@code INVALID_VALUE} if the chunk is too large or the payload too
     *     long
     */
    public void chunk(ByteBuffer chunk) {
      int length = chunk.remaining();
      if (length > MAX_CHUNK_BYTES) {
        throw invalid(
            "chunk", length + " octets", "must have at most " + MAX_CHUNK_BYTES + " octets");
      }
      if (length > payload.length - received) {
        throw invalid(
            "chunk",
            length + " octets",
            "must not go beyond the announced " + payload.length + " octets");
      }
      digest.update(chunk.duplicate());
      chunk.get(payload, received, length);
      received += length;
      Uploads.this.received.increment(length);
    }

    /**
     * Ends the payload and waits until the upload is durable.
     *
     * @return whether the same upload had been accepted before
     * @throws ServiceException {@code INVALID_VALUE} if length, digest or content are wrong
     */
    public Outcome<Boolean> finish() {
      if (received != payload.length) {
        throw invalid(
            "chunk",
            received + " octets in all",
            "must be the announced " + payload.length + " octets");
      }
      if (!header.payloadSha256().equals(Octets.of(digest.digest()))) {
        throw invalid(
            "header.payload_sha256",
            header.payloadSha256().hex(),
            "is not the SHA-256 of the payload");
      }
      Contribution contribution = round.secureAggregation() ? masked() : cpu.call(this::clear);
      UploadBatches.Result result =
          batches.add(round, directory.group(round.id(), index), contribution);
      count(result.name().toLowerCase(Locale.ROOT));
      return switch (result) {
        case ACCEPTED -> new Outcome.Done<>(false);
        case DUPLICATE -> new Outcome.Done<>(true);
        case LATE -> {
          Optional<RoundStatus> status = rounds.status(round.id());
          yield status.flatMap(RoundStatus::abort).isPresent()
              ? new Outcome.Aborted<>(status.get().abort().orElseThrow())
              : new Outcome.Late<>("upload");
        }
      };
    }

    private Contribution masked() {
      PackedUpdate.defect(payload, round.coordinates(), round.encoding().ringBits())
          .ifPresent(defect -> {
            throw invalid("chunk", null, defect);
          });
      return new Contribution.Masked(index, header.payloadSha256(), payload);
    }

    private Contribution clear() {
      ClearUpdate.defect(payload, round.weighting())
          .ifPresent(defect -> {
            throw invalid("chunk", null, defect);
          });
      int[] encoded = ClearUpdate.encode(payload, round, random);
      return new Contribution.Clear(index, header.payloadSha256(), encoded);
    }

    private ServiceException invalid(
        String field, @org.jspecify.annotations.Nullable String value, String message) {
      return ServiceException.invalidField(
          ErrorCode.INVALID_VALUE, new FieldViolation(field, value, message));
    }

    @Override
    public void close() {
      lease.close();
    }
  }
}
