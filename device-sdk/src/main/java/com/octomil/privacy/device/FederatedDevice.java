package com.octomil.privacy.device;

import com.octomil.privacy.device.state.MemoryRoundStateStore;
import com.octomil.privacy.device.state.RoundStateStore;
import com.octomil.privacy.device.state.StateStoreException;
import com.octomil.privacy.device.transport.Admission;
import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.EncryptedShare;
import com.octomil.privacy.device.transport.ReceivedShares;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Roster;
import com.octomil.privacy.device.transport.RoundParameters;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.device.transport.TransportException;
import com.octomil.privacy.device.transport.TransportException.Kind;
import com.octomil.privacy.device.transport.Upload;
import com.octomil.privacy.dp.mechanism.DistributedNoise;
import com.octomil.privacy.dp.sensitivity.AdaptiveClipping;
import com.octomil.privacy.dp.sensitivity.ClippedWeight;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.SecretBytes;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.masking.DeviceMasker;
import com.octomil.privacy.secagg.wire.BitPacking;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One device of a federation. {@link #participate()} makes one attempt to take part in a round and
 * plays the device's part of the protocol ({@code docs/PROTOCOL.md}) from check-in to result,
 * checking everything the servers say on the way.
 *
 * <p>Blocking; at most one round at a time. Thread-safe: a second caller waits for the first.
 */
public final class FederatedDevice {

  private static final Duration CHECK_IN_TIMEOUT = Duration.ofSeconds(30);

  /**
   * Rounds are remembered for this long after their last deadline, by which time their deadlines
   * rule out a replay.
   */
  private static final Duration REMEMBER_ROUNDS = Duration.ofDays(7);

  private final DeviceTransport transport;
  private final DeviceIdentity identity;
  private final LocalTrainer trainer;
  private final LocalPolicy policy;
  private final RoundStateStore store;
  private final Clock clock;
  private final SecureRandom random;
  private final PhaseCalls calls;
  private final CertificateCheck certificates;

  private FederatedDevice(
      Builder builder, DeviceTransport transport, DeviceIdentity identity, LocalTrainer trainer) {
    this.transport = transport;
    this.identity = identity;
    this.trainer = trainer;
    this.policy = builder.policy;
    this.store = builder.store;
    this.clock = builder.clock;
    this.random = builder.random;
    this.calls = new PhaseCalls(clock, builder.pause, random, policy.clockTolerance());
    this.certificates =
        new CertificateCheck(
            identity.authorityKey(), identity.federation(), policy.clockTolerance());
  }

  /**
   * Starts a device; transport, identity and trainer are required.
   *
   * @return a builder with everything else at its default
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Makes one attempt. First finishes a round that a restart interrupted after the upload, if its
   * time is not over; then that round's outcome is returned.
   *
   * @return how the attempt ended
   * @throws TransportException if a server could not be reached for a whole phase, or rejected a
   *     call. The device has dropped out of the round, unless it had uploaded already: then the
   *     next call goes on where this one stopped.
   * @throws StateStoreException if the device cannot remember; it reveals nothing then
   * @throws InterruptedException if the thread is interrupted while it waits; the device has then
   *     dropped out unless it had uploaded
   */
  public synchronized Participation participate() throws InterruptedException {
    Optional<Participation> resumed = resume();
    if (resumed.isPresent()) {
      return resumed.get();
    }
    try (SigningKeyPair roundKey = SigningKeyPair.generate(random)) {
      Bytes roundPublicKey = Bytes.of(roundKey.publicKey());
      Instant start = clock.instant();
      Reply<Admission> reply;
      try {
        reply =
            calls.attempt(
                start.plus(CHECK_IN_TIMEOUT),
                wait -> transport.checkIn(identity.token(), roundPublicKey));
      } catch (Refusal refusal) {
        return refused(Bytes.empty(), refusal);
      }
      if (reply instanceof Reply.Pending<Admission> pending) {
        return new Participation.NoRound(pending.retryAfter());
      } else if (reply instanceof Reply.Ready<Admission> ready) {
        return play(ready.value(), roundKey);
      }
      return refused(
          Bytes.empty(),
          new Refusal(RefusalReason.MALFORMED_ANSWER, "check-in was answered with " + reply));
    }
  }

  /**
   * Gives up a round that an earlier call left unfinished after its upload, and erases its secrets.
   * The neighbours then have to do without this device.
   */
  public synchronized void abandon() {
    store.eraseSecrets();
  }

  private Participation play(Admission admission, SigningKeyPair roundKey)
      throws InterruptedException {
    RoundParameters parameters = admission.parameters();
    Bytes roundId = parameters.roundId();
    try {
      Instant now = clock.instant();
      new ParameterCheck(identity, policy).check(admission, Bytes.of(roundKey.publicKey()), now);
      Refusal.unless(
          store.begin(roundId, now, parameters.deadlines().reveal().plus(REMEMBER_ROUNDS)),
          RefusalReason.REPLAYED_ROUND,
          "round " + roundId + " was entered before");
      Optional<ClippedWeight> weight = weight(parameters);
      if (parameters.secureAggregation().isPresent()) {
        return playMasked(
            parameters, parameters.secureAggregation().get(), weight, admission.ticket(), roundKey);
      }
      return playClear(parameters, weight, admission.ticket(), roundKey);
    } catch (RoundEnded ended) {
      return ended.outcome();
    } catch (Refusal refusal) {
      return refused(roundId, refusal);
    }
  }

  /** The weight of this device, in a round that weighs updates. */
  private Optional<ClippedWeight> weight(RoundParameters parameters) {
    if (parameters.weighting().isEmpty()) {
      return Optional.empty();
    }
    OptionalInt examples = trainer.examples();
    if (examples.isEmpty()) {
      throw new IllegalStateException(
          "the round weighs updates by examples; the trainer does not say how many it has");
    }
    return Optional.of(
        ClippedWeight.ofExamples(examples.getAsInt(), parameters.weighting().get().maxWeight()));
  }

  private static Participation refused(Bytes roundId, Refusal refusal) {
    return new Participation.Refused(roundId, refusal.reason(), refusal.detail());
  }

  private Participation playMasked(
      RoundParameters parameters,
      RoundParameters.SecureAggregation terms,
      Optional<ClippedWeight> weight,
      Ticket ticket,
      SigningKeyPair roundKey)
      throws RoundEnded, Refusal, InterruptedException {
    RoundHash roundHash = RoundHash.of(parameters.encoded().toArray());
    Bytes roundId = parameters.roundId();
    RoundParameters.Deadlines deadlines = parameters.deadlines();
    int minimum = Math.max(parameters.minSurvivors(), policy.minimumCohort());
    PendingReveal pending;
    try (RoundKeys keys = RoundKeys.generate(random)) {
      Advert own = keys.advert(roundHash, ticket, identity);
      calls.untilAccepted(
          roundId, Step.ADVERTISE, deadlines.advertise(), () -> transport.advertise(ticket, own));
      Roster roster =
          calls.untilReady(
              roundId, Step.GET_ROSTER, deadlines.share(), wait -> transport.roster(ticket, wait));
      Neighbourhood neighbourhood =
          new RosterCheck(parameters, terms, roundHash, minimum, certificates)
              .check(roster, own, clock.instant());

      ShareExchange exchange = new ShareExchange(roundHash, keys, neighbourhood);
      List<EncryptedShare> sealed = exchange.seal(random);
      calls.untilAccepted(
          roundId,
          Step.SUBMIT_SHARES,
          deadlines.share(),
          () -> transport.submitShares(ticket, sealed));
      ReceivedShares received =
          calls.untilReady(
              roundId, Step.GET_SHARES, deadlines.upload(), wait -> transport.shares(ticket, wait));
      int groupMinimum =
          neighbourhood.graph().groups() == 1
              ? minimum
              : Math.max(terms.minGroupSurvivors(), policy.minimumCohort());
      BitSet sharers = exchange.sharers(received, minimum, groupMinimum);
      // One is always forgiven: in a small cohort the assumed fraction is none at all.
      int hostile =
          Math.max(
              1,
              ParameterChoice.corruptNeighbours(
                  neighbourhood.graph(), ParameterCheck.assumptionsOf(terms)));
      SortedMap<Integer, ShareExchange.Held> held = exchange.open(received, sharers, hostile);

      pending =
          pending(
              parameters,
              ticket,
              roundHash,
              roundKey,
              minimum,
              groupMinimum,
              neighbourhood,
              sharers,
              held);
      try {
        float[] update = train(parameters, ticket);
        byte[] payload =
            mask(parameters, update, weight, roundHash, keys, neighbourhood.ownIndex(), held);
        upload(parameters, ticket, roundHash, roundKey, payload);
        save(pending);
      } catch (RoundEnded | Refusal | InterruptedException | RuntimeException | Error e) {
        pending.close();
        throw e;
      }
    }
    return finish(pending);
  }

  private static PendingReveal pending(
      RoundParameters parameters,
      Ticket ticket,
      RoundHash roundHash,
      SigningKeyPair roundKey,
      int minimum,
      int groupMinimum,
      Neighbourhood neighbourhood,
      BitSet sharers,
      SortedMap<Integer, ShareExchange.Held> held) {
    SortedMap<Integer, PendingReveal.Held> entrusted = new TreeMap<>();
    held.forEach((index, share) ->
        entrusted.put(
            index,
            new PendingReveal.Held(
                share.owner().roundPublicKey(),
                share.owner().certificate().devicePublicKey(),
                share.shares())));
    byte[] seed = roundKey.seed();
    try {
      return new PendingReveal(
          ticket,
          roundHash,
          parameters.federation(),
          parameters.modelHash(),
          parameters.deadlines().signSurvivors(),
          parameters.deadlines().reveal(),
          minimum,
          groupMinimum,
          neighbourhood.graph().cohort(),
          neighbourhood.graph().threshold(),
          neighbourhood.root(),
          neighbourhood.ownIndex(),
          neighbourhood.graph().isComplete(),
          neighbourhood.group(),
          sharers,
          new SecretBytes(seed),
          entrusted);
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
  }

  private void save(PendingReveal pending) {
    byte[] encoded = pending.encode();
    try {
      store.saveSecrets(pending.ticket().roundId(), encoded);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  /** Downloads the model, checks it and trains. */
  private float[] train(RoundParameters parameters, Ticket ticket)
      throws Refusal, InterruptedException {
    int length = parameters.vectorLength();
    byte[] bytes =
        calls.attempt(
            parameters.deadlines().upload(), wait -> transport.model(ticket, length * Float.BYTES));
    Bytes hash = Bytes.of(sha256(bytes));
    Refusal.unless(
        hash.equals(parameters.modelHash()),
        RefusalReason.WRONG_MODEL,
        "the model must have SHA-256 " + parameters.modelHash() + ", not " + hash);
    Refusal.unless(
        bytes.length == length * Float.BYTES,
        RefusalReason.WRONG_MODEL,
        "the model must have " + length * Float.BYTES + " bytes, not " + bytes.length);
    float[] model = new float[length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(model);
    RoundParameters.Training training = parameters.training();
    float[] update =
        trainer.train(
            model,
            new TrainingInstructions(
                training.algorithm(),
                training.localEpochs(),
                training.learningRate(),
                training.roundNumber(),
                training.proximalMu(),
                parameters.encoding().clipNorm()));
    if (update.length != length) {
      throw new IllegalStateException(
          "the trainer returned " + update.length + " coordinates; the model has " + length);
    }
    for (int i = 0; i < length; i++) {
      if (!Float.isFinite(update[i])) {
        throw new IllegalStateException(
            "the trainer returned " + update[i] + " at coordinate " + i);
      }
    }
    return update;
  }

  private byte[] mask(
      RoundParameters parameters,
      float[] update,
      Optional<ClippedWeight> weight,
      RoundHash roundHash,
      RoundKeys keys,
      int ownIndex,
      SortedMap<Integer, ShareExchange.Held> held) {
    RoundParameters.Encoding encoding = parameters.encoding();
    int[] vector = encode(parameters, update, weight);
    addNoise(parameters, vector);
    byte[] seed = keys.selfMaskSeed().reveal();
    try (DeviceMasker masker = new DeviceMasker(roundHash, encoding.ringBits())) {
      masker.addSelfMask(seed);
      for (Map.Entry<Integer, ShareExchange.Held> neighbour : held.entrySet()) {
        masker.addPairMask(
            keys.mask(),
            ownIndex,
            neighbour.getValue().owner().maskPublicKey().toArray(),
            neighbour.getKey());
      }
      masker.apply(vector);
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
    return BitPacking.pack(vector, encoding.ringBits());
  }

  /** A share of the noise on every coordinate of the model, modulo 2^32 as all that follows. */
  private static void addNoise(RoundParameters parameters, int[] vector) {
    ParameterCheck.noiseShare(parameters)
        .map(DistributedNoise::share)
        .ifPresent(share -> {
          for (int i = 0; i < parameters.vectorLength(); i++) {
            vector[i] += (int) share.sample();
          }
        });
  }

  /** The integers of the update, then the counters, then the clipping bit. */
  private int[] encode(RoundParameters parameters, float[] update, Optional<ClippedWeight> weight) {
    RoundParameters.Encoding encoding = parameters.encoding();
    GridEncoder encoder = new GridEncoder(encoding.clipNorm(), encoding.gridStep());
    int[] encoded =
        weight.isEmpty()
            ? encoder.encode(update, random)
            : encoder.encode(weight.get().apply(update, encoding.clipNorm()), random);
    if (encoded.length == parameters.coordinates()) {
      return encoded;
    }
    int[] vector = Arrays.copyOf(encoded, parameters.coordinates());
    // The only counter there is, as has been checked, is the weight.
    weight.ifPresent(own -> Arrays.fill(vector, encoded.length, vector.length, own.weight()));
    if (parameters.clippingBit().isPresent()) {
      vector[vector.length - 1] = AdaptiveClipping.bit(update, encoding.clipNorm());
    }
    return vector;
  }

  private void upload(
      RoundParameters parameters,
      Ticket ticket,
      RoundHash roundHash,
      SigningKeyPair roundKey,
      byte[] payload)
      throws RoundEnded, Refusal, InterruptedException {
    byte[] hash = sha256(payload);
    byte[] signature =
        roundKey.sign(Transcripts.upload(roundHash, ticket.participantId().toArray(), hash));
    Upload upload = new Upload(ticket, Bytes.of(payload), Bytes.of(hash), Bytes.of(signature));
    calls.untilAccepted(
        parameters.roundId(),
        Step.UPLOAD,
        parameters.deadlines().upload(),
        () -> transport.upload(upload));
  }

  private Participation playClear(
      RoundParameters parameters,
      Optional<ClippedWeight> weight,
      Ticket ticket,
      SigningKeyPair roundKey)
      throws RoundEnded, Refusal, InterruptedException {
    RoundHash roundHash = RoundHash.of(parameters.encoded().toArray());
    float[] update = train(parameters, ticket);
    ByteBuffer payload =
        ByteBuffer.allocate(update.length * Float.BYTES + (weight.isPresent() ? Integer.BYTES : 0))
            .order(ByteOrder.LITTLE_ENDIAN);
    payload.asFloatBuffer().put(update);
    weight.ifPresent(own -> payload.putInt(update.length * Float.BYTES, own.weight()));
    upload(parameters, ticket, roundHash, roundKey, payload.array());
    return result(ticket, parameters.deadlines().reveal());
  }

  private Optional<Participation> resume() throws InterruptedException {
    Optional<byte[]> encoded = store.secrets();
    if (encoded.isEmpty()) {
      return Optional.empty();
    }
    PendingReveal pending;
    try {
      pending = PendingReveal.decode(encoded.get());
    } catch (IOException e) {
      store.eraseSecrets();
      throw new StateStoreException(
          "the kept secrets of a round were damaged and have been erased", e);
    } finally {
      Arrays.fill(encoded.get(), (byte) 0);
    }
    if (clock.instant().isAfter(pending.revealDeadline().plus(policy.clockTolerance()))) {
      pending.close();
      store.eraseSecrets();
      return Optional.empty();
    }
    try {
      return Optional.of(finish(pending));
    } catch (RoundEnded ended) {
      return Optional.of(ended.outcome());
    } catch (Refusal refusal) {
      return Optional.of(refused(pending.ticket().roundId(), refusal));
    }
  }

  /** Secrets stay in the store only if the same attempt can succeed later. */
  private Participation finish(PendingReveal pending)
      throws RoundEnded, Refusal, InterruptedException {
    try (pending) {
      new Unmasking(
              pending, transport, calls, store, policy, identity.certificate().devicePublicKey())
          .run();
      store.eraseSecrets();
    } catch (RoundEnded | Refusal e) {
      store.eraseSecrets();
      throw e;
    } catch (TransportException e) {
      if (e.kind() != Kind.RETRYABLE) {
        store.eraseSecrets();
      }
      throw e;
    }
    return result(pending.ticket(), pending.revealDeadline());
  }

  private Participation result(Ticket ticket, Instant deadline)
      throws RoundEnded, Refusal, InterruptedException {
    try {
      Bytes modelHash =
          calls.untilReady(
              ticket.roundId(), Step.GET_RESULT, deadline, wait -> transport.result(ticket, wait));
      return new Participation.Published(ticket.roundId(), modelHash);
    } catch (RoundEnded ended) {
      if (ended.outcome() instanceof Participation.Late) {
        return new Participation.Contributed(ticket.roundId());
      }
      throw ended;
    } catch (TransportException e) {
      // The device has done its part; not knowing the end is not a failure.
      return new Participation.Contributed(ticket.roundId());
    }
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Collects what a device needs. Not thread-safe. */
  public static final class Builder {

    private @Nullable DeviceTransport transport;
    private @Nullable DeviceIdentity identity;
    private @Nullable LocalTrainer trainer;
    private LocalPolicy policy = LocalPolicy.standard();
    private RoundStateStore store = new MemoryRoundStateStore();
    private Clock clock = Clock.systemUTC();
    private SecureRandom random = new SecureRandom();
    private Pause pause = duration -> Thread.sleep(duration.toMillis());

    private Builder() {}

    /**
     * How to reach relay and aggregator; required.
     *
     * @param value the connections
     * @return this builder
     */
    public Builder transport(DeviceTransport value) {
      this.transport = value;
      return this;
    }

    /**
     * Key, certificate, token and pinned authority; required. The device does not close it.
     *
     * @param value from {@link Enrollment} or {@link DeviceIdentity#load}
     * @return this builder
     */
    public Builder identity(DeviceIdentity value) {
      this.identity = value;
      return this;
    }

    /**
     * Trains on local data; required.
     *
     * @param value called once in each round
     * @return this builder
     */
    public Builder trainer(LocalTrainer value) {
      this.trainer = value;
      return this;
    }

    /**
     * What the device demands; {@link LocalPolicy#standard()} unless set.
     *
     * @param value the demands
     * @return this builder
     */
    public Builder policy(LocalPolicy value) {
      this.policy = value;
      return this;
    }

    /**
     * The device's memory; in memory only unless set. One store per device.
     *
     * @param value the store; the device does not close it
     * @return this builder
     */
    public Builder stateStore(RoundStateStore value) {
      this.store = value;
      return this;
    }

    /**
     * The device's clock; the system's unless set.
     *
     * @param value the clock
     * @return this builder
     */
    public Builder clock(Clock value) {
      this.clock = value;
      return this;
    }

    /**
     * Source of keys, shares and rounding; the platform's unless set.
     *
     * @param value the source
     * @return this builder
     */
    public Builder random(SecureRandom value) {
      this.random = value;
      return this;
    }

    /** How the device waits; for tests. */
    Builder pause(Pause value) {
      this.pause = value;
      return this;
    }

    /**
     * The device.
     *
     * @return a device that has taken part in nothing yet
     */
    public FederatedDevice build() {
      return new FederatedDevice(
          this,
          Objects.requireNonNull(transport, "transport must be set"),
          Objects.requireNonNull(identity, "identity must be set"),
          Objects.requireNonNull(trainer, "trainer must be set"));
    }
  }
}
