package com.octomil.privacy.aggregator.fleet;

import com.google.protobuf.ByteString;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import com.octomil.privacy.proto.aggregator.v1.RevealedShare;
import com.octomil.privacy.proto.aggregator.v1.SecretKind;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.Participant;
import com.octomil.privacy.proto.relay.v1.SessionPhase;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.proto.secagg.v1.Ticket;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.DeviceMasker;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.wire.BitPacking;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import com.octomil.privacy.secagg.wire.RevealItem;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The devices of one round with real keys, shares and masks, and what the relay knows of them. */
public final class Fleet {

  /** One device; its update is already weighed, and its weight follows where it is counted. */
  public final class Device {
    final int index;
    final byte[] participantId = bytes(16);
    final SigningKeyPair roundKey = SigningKeyPair.generate(random);
    final X25519KeyPair maskKey;
    final byte[] seed = bytes(32);
    final int[] update;

    Device(int index, X25519KeyPair maskKey, int[] update) {
      this.index = index;
      this.maskKey = maskKey;
      this.update = update;
    }

    public int index() {
      return index;
    }

    public int[] update() {
      return update.clone();
    }

    public Ticket ticket() {
      return ticket(session.ticketKey, Instant.now().plus(Duration.ofMinutes(5)));
    }

    public Ticket ticket(SigningKeyPair signer, Instant expiry) {
      byte[] content =
          TicketContent.newBuilder()
              .setRoundId(parameters.getRoundId())
              .setRoundHash(ByteString.copyFrom(hash.bytes()))
              .setParticipantId(ByteString.copyFrom(participantId))
              .setRoundPublicKey(ByteString.copyFrom(roundKey.publicKey()))
              .setExpiresAt(expiry.toEpochMilli())
              .build()
              .toByteArray();
      return Ticket.newBuilder()
          .setContent(ByteString.copyFrom(content))
          .setSignature(ByteString.copyFrom(signer.sign(Transcripts.ticket(content))))
          .build();
    }

    /** The clear update as float32. */
    public byte[] clearPayload() {
      ByteBuffer payload =
          ByteBuffer.allocate(update.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int coordinate : update) {
        payload.putFloat((float) (coordinate * parameters.getEncoding().getGridStep()));
      }
      return payload.array();
    }

    /** The clear update, longer by a factor. */
    public byte[] longerPayload(float factor) {
      ByteBuffer payload = ByteBuffer.wrap(clearPayload()).order(ByteOrder.LITTLE_ENDIAN);
      for (int at = 0; at < payload.capacity(); at += Float.BYTES) {
        payload.putFloat(at, factor * payload.getFloat(at));
      }
      return payload.array();
    }

    /** The clear update before it is weighed as float32, then the weight. */
    public byte[] clearPayload(int weight) {
      byte[] clear = clearPayload();
      byte[] payload = Arrays.copyOf(clear, clear.length + Integer.BYTES);
      ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN).putInt(clear.length, weight);
      return payload;
    }

    /** The masked update, packed. */
    public byte[] payload() {
      return masked(update.clone());
    }

    /** The masked update with another last coordinate than the device's own. */
    public byte[] payloadClaiming(int weight) {
      int[] vector = update.clone();
      vector[vector.length - 1] = weight;
      return masked(vector);
    }

    private byte[] masked(int[] vector) {
      try (DeviceMasker masker = new DeviceMasker(hash, bits)) {
        masker.addSelfMask(seed);
        for (int peer : sharingNeighbours(index)) {
          masker.addPairMask(maskKey, index, devices.get(peer).maskKey.publicKey(), peer);
        }
        masker.apply(vector);
      }
      return BitPacking.pack(vector, bits);
    }

    public UploadHeader header(byte[] payload) {
      byte[] digest = sha256(payload);
      return UploadHeader.newBuilder()
          .setTicket(ticket())
          .setPayloadBytes(payload.length)
          .setPayloadSha256(ByteString.copyFrom(digest))
          .setSignature(
              ByteString.copyFrom(roundKey.sign(Transcripts.upload(hash, participantId, digest))))
          .build();
    }

    public ByteString signSurvivors(ByteString bitmap) {
      return ByteString.copyFrom(
          roundKey.sign(
              Transcripts.survivors(hash, session.rosterRoot.toByteArray(), bitmap.toByteArray())));
    }

    public RevealRequest reveal(ByteString bitmap) {
      return reveal(bitmap, false);
    }

    public byte[] participantId() {
      return participantId.clone();
    }

    /** What the device reveals if it could not open what {@code unopened} made for it. */
    public RevealRequest revealWithout(ByteString bitmap, Set<Integer> unopened) {
      return reveal(bitmap, false, unopened);
    }

    /** What the device reveals; {@code garbage} replaces every share by random octets. */
    public RevealRequest reveal(ByteString bitmap, boolean garbage) {
      return reveal(bitmap, garbage, Set.of());
    }

    private RevealRequest reveal(ByteString bitmap, boolean garbage, Set<Integer> unopened) {
      BitSet survivors = IndexBitmap.parse(bitmap.toByteArray(), devices.size());
      List<RevealItem> items = new ArrayList<>();
      for (int owner : sharingNeighbours(index)) {
        boolean alive = survivors.get(owner);
        Map<Integer, byte[]> shares = Await.nonNull((alive ? seedShares : keyShares).get(owner));
        items.add(
            new RevealItem(
                owner,
                alive
                    ? com.octomil.privacy.secagg.wire.SecretKind.SELF_MASK_SEED
                    : com.octomil.privacy.secagg.wire.SecretKind.MASK_KEY,
                unopened.contains(owner)
                    ? new byte[0]
                    : garbage ? bytes(Shamir.SHARE_BYTES) : Await.nonNull(shares.get(index))));
      }
      return reveal(items);
    }

    public RevealRequest reveal(List<RevealItem> items) {
      RevealRequest.Builder request =
          RevealRequest.newBuilder()
              .setTicket(ticket())
              .setSignature(
                  ByteString.copyFrom(
                      roundKey.sign(Transcripts.reveal(hash, participantId, items))));
      for (RevealItem item : items) {
        request.addShares(
            RevealedShare.newBuilder()
                .setOwnerIndex(item.ownerIndex())
                .setKind(SecretKind.forNumber(item.kind().number()))
                .setShare(ByteString.copyFrom(item.share())));
      }
      return request.build();
    }
  }

  private final SecureRandom random = new SecureRandom();
  private final RelayTable.Session session;
  private final RoundParameters parameters;
  private final RoundHash hash;
  private final int bits;
  private final List<Device> devices = new ArrayList<>();
  private final Map<Integer, Map<Integer, byte[]>> seedShares = new HashMap<>();
  private final Map<Integer, Map<Integer, byte[]>> keyShares = new HashMap<>();
  private int[][] neighbours = new int[0][];
  private @Nullable NeighbourGraph graph;
  private final Set<Integer> sharers;

  private Fleet(RelayTable.Session session, int size, Set<Integer> notSharing) {
    this.session = session;
    this.parameters = session.parsed();
    this.hash = RoundHash.of(session.parameters.toByteArray());
    this.bits = parameters.getEncoding().getRingBits();
    this.sharers = new java.util.TreeSet<>(IntStream.range(0, size).boxed().toList());
    this.sharers.removeAll(notSharing);
    List<X25519KeyPair> keys = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      keys.add(X25519KeyPair.generate(random));
    }
    keys.sort((a, b) -> Arrays.compareUnsigned(a.publicKey(), b.publicKey()));
    int max =
        (int)
            Math.sqrt(
                parameters.getEncoding().getMaxNormSquared()
                    / (double) parameters.getVectorLength());
    for (int i = 0; i < size; i++) {
      int[] update = random.ints(parameters.getVectorLength(), -max, max + 1).toArray();
      if (parameters.getWeighting().getCountersCount() > 0) {
        update = Arrays.copyOf(update, update.length + 1);
        update[update.length - 1] = 1 + random.nextInt(parameters.getWeighting().getMaxWeight());
      }
      if (maskedBit()) {
        // Not what the update says, so that a sum of bits tells them apart.
        update = Arrays.copyOf(update, update.length + 1);
        update[update.length - 1] = i % 3 == 0 ? -1 : 1;
      }
      devices.add(new Device(i, keys.get(i), update));
    }
  }

  private boolean maskedBit() {
    return parameters.hasSecureAggregation()
        && parameters.getDifferentialPrivacy().hasClippingBit();
  }

  /** Lets {@code size} devices exchange keys and shares, all but those in {@code notSharing}. */
  public static Fleet share(RelayTable.Session session, int size, Set<Integer> notSharing)
      throws InfeasibleParametersException {
    Fleet fleet = new Fleet(session, size, notSharing);
    var terms = fleet.parameters.getSecureAggregation();
    GraphParameters graph =
        ParameterChoice.choose(
            size,
            new CohortAssumptions(
                AdversaryModel.SEMI_HONEST,
                terms.getCorruptFraction(),
                terms.getDropoutFraction(),
                terms.getSecurityBits(),
                terms.getCorrectnessBits()),
            terms.getReconstructionThreshold(),
            terms.getMaxGroupSize() == 0
                ? 1
                : new Grouping(terms.getMaxGroupSize(), terms.getMinGroupSurvivors()).groups(size));
    session.rosterRoot = ByteString.copyFrom(fleet.bytes(32));
    session.checkedIn = size + 1;
    session.advertised = size;
    session.degree = graph.degree();
    session.threshold = graph.threshold();
    session.phase = SessionPhase.SESSION_PHASE_ROSTER_CLOSED;
    ByteString nonce = Await.value("graph nonce", Duration.ofSeconds(10), () -> session.graphNonce);
    session.phase = SessionPhase.SESSION_PHASE_SHARE;
    NeighbourGraph edges =
        NeighbourGraph.of(nonce.toByteArray(), session.rosterRoot.toByteArray(), graph);
    fleet.graph = edges;
    fleet.neighbours = new int[size][];
    for (Device device : fleet.devices) {
      int[] around = edges.neighbours(device.index);
      fleet.neighbours[device.index] = around;
      fleet.seedShares.put(device.index, fleet.split(device.seed, graph.threshold(), around));
      fleet.keyShares.put(
          device.index, fleet.split(device.maskKey.privateKey(), graph.threshold(), around));
    }
    fleet.publishRoster();
    return fleet;
  }

  /** Checks {@code size} devices in to a round without secure aggregation. */
  public static Fleet checkIn(RelayTable.Session session, int size) {
    Fleet fleet = new Fleet(session, size, Set.of());
    session.checkedIn = size;
    GetParticipantsResponse.Builder response = GetParticipantsResponse.newBuilder();
    for (Device device : fleet.devices) {
      response.addParticipants(
          Participant.newBuilder()
              .setIndex(device.index)
              .setParticipantId(ByteString.copyFrom(device.participantId))
              .setRoundPublicKey(ByteString.copyFrom(device.roundKey.publicKey())));
    }
    session.participants = response.build();
    session.phase = SessionPhase.SESSION_PHASE_SHARED;
    return fleet;
  }

  private Map<Integer, byte[]> split(byte[] secret, int threshold, int[] holders) {
    byte[][] shares =
        Shamir.split(
            secret, threshold, Arrays.stream(holders).map(holder -> holder + 1).toArray(), random);
    Map<Integer, byte[]> byHolder = new HashMap<>();
    for (int i = 0; i < holders.length; i++) {
      byHolder.put(holders[i], shares[i]);
    }
    return byHolder;
  }

  private void publishRoster() {
    GetParticipantsResponse.Builder response = GetParticipantsResponse.newBuilder();
    for (Device device : devices) {
      response.addParticipants(
          Participant.newBuilder()
              .setIndex(device.index)
              .setParticipantId(ByteString.copyFrom(device.participantId))
              .setMaskPublicKey(ByteString.copyFrom(device.maskKey.publicKey()))
              .setSelfMaskCommitment(ByteString.copyFrom(SelfMask.commit(hash, device.seed)))
              .setRoundPublicKey(ByteString.copyFrom(device.roundKey.publicKey())));
    }
    session.participants =
        response.setSharers(ByteString.copyFrom(IndexBitmap.of(devices.size(), sharers))).build();
    session.phase = SessionPhase.SESSION_PHASE_SHARED;
  }

  public List<Device> devices() {
    return devices;
  }

  public RoundParameters parameters() {
    return parameters;
  }

  /**
   * Exact sum of the coordinates, counters and clipping bits included, of the devices with these
   * indices.
   */
  public long[] sumOf(List<Device> survivors) {
    long[] sum =
        new long
            [parameters.getVectorLength()
                + parameters.getWeighting().getCountersCount()
                + (maskedBit() ? 1 : 0)];
    for (Device device : survivors) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += device.update[i];
      }
    }
    return sum;
  }

  /** The group of a device in a round with secure aggregation. */
  public int group(Device device) {
    return Await.nonNull(graph).group(device.index);
  }

  /** Neighbours that shared. */
  public int[] sharingNeighbours(int index) {
    return Arrays.stream(neighbours[index]).filter(sharers::contains).toArray();
  }

  private byte[] bytes(int length) {
    byte[] value = new byte[length];
    random.nextBytes(value);
    return value;
  }

  static byte[] sha256(byte[] value) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(value);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
