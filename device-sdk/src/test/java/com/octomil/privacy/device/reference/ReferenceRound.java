package com.octomil.privacy.device.reference;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultRequest;
import com.octomil.privacy.proto.aggregator.v1.GetRoundResultResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesResponse;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.Published;
import com.octomil.privacy.proto.aggregator.v1.RevealAccepted;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import com.octomil.privacy.proto.aggregator.v1.RevealResponse;
import com.octomil.privacy.proto.aggregator.v1.RevealedShare;
import com.octomil.privacy.proto.aggregator.v1.SecretKind;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsRequest;
import com.octomil.privacy.proto.aggregator.v1.SignSurvivorsResponse;
import com.octomil.privacy.proto.aggregator.v1.SignatureAccepted;
import com.octomil.privacy.proto.aggregator.v1.SurvivorSignature;
import com.octomil.privacy.proto.aggregator.v1.SurvivorSignatures;
import com.octomil.privacy.proto.aggregator.v1.Survivors;
import com.octomil.privacy.proto.aggregator.v1.UploadAccepted;
import com.octomil.privacy.proto.aggregator.v1.UploadHeader;
import com.octomil.privacy.proto.aggregator.v1.UploadResponse;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Aborted;
import com.octomil.privacy.proto.secagg.v1.Accepted;
import com.octomil.privacy.proto.secagg.v1.Admission;
import com.octomil.privacy.proto.secagg.v1.Advert;
import com.octomil.privacy.proto.secagg.v1.AdvertiseRequest;
import com.octomil.privacy.proto.secagg.v1.AdvertiseResponse;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.Counter;
import com.octomil.privacy.proto.secagg.v1.Deadlines;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificateContent;
import com.octomil.privacy.proto.secagg.v1.DifferentialPrivacy;
import com.octomil.privacy.proto.secagg.v1.Encoding;
import com.octomil.privacy.proto.secagg.v1.EncryptedShare;
import com.octomil.privacy.proto.secagg.v1.GetRosterRequest;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.GetSharesRequest;
import com.octomil.privacy.proto.secagg.v1.GetSharesResponse;
import com.octomil.privacy.proto.secagg.v1.NoisePlacement;
import com.octomil.privacy.proto.secagg.v1.Pending;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.RosterEntry;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.proto.secagg.v1.SecureAggregation;
import com.octomil.privacy.proto.secagg.v1.Shares;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesRequest;
import com.octomil.privacy.proto.secagg.v1.SubmitSharesResponse;
import com.octomil.privacy.proto.secagg.v1.Ticket;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.proto.secagg.v1.Training;
import com.octomil.privacy.proto.secagg.v1.Weighting;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.RingWidth;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.RingVector;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.masking.Unmasker;
import com.octomil.privacy.secagg.secretsharing.SecretReconstruction;
import com.octomil.privacy.secagg.secretsharing.Share;
import com.octomil.privacy.secagg.wire.BitPacking;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import com.octomil.privacy.secagg.wire.RevealItem;
import com.octomil.privacy.secagg.wire.Transcripts;
import io.grpc.Status;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One round of the reference server. Thread-safe; phases end by the counts of the plan. */
public final class ReferenceRound {

  private static final double RECONSTRUCTION_THRESHOLD = 0.5;

  private final RoundPlan plan;
  private final byte[] nonce = new byte[GraphNonce.BYTES];
  private final byte[] parameters;
  private final RoundParameters parsed;
  private final RoundHash roundHash;
  private final byte[] model;
  private final SigningKeyPair ticketKey;
  private final SecureRandom random;
  private final int ringBits;

  private final Map<Integer, Ticket> tickets = new HashMap<>();
  private final Map<Integer, Advert> adverts = new TreeMap<>();
  private final Map<Integer, List<EncryptedShare>> shares = new TreeMap<>();
  private final Map<Integer, byte[]> uploads = new TreeMap<>();
  private final Map<Integer, byte[]> signatures = new TreeMap<>();
  private final Map<Integer, RevealRequest> reveals = new TreeMap<>();
  private final List<RevealRequest> allReveals = new ArrayList<>();

  /** Device numbers in roster order; empty until the roster is closed. */
  private List<Integer> roster = List.of();

  private @Nullable MerkleTree tree;
  private @Nullable GraphParameters graphParameters;
  private @Nullable NeighbourGraph graph;
  private @Nullable Aborted aborted;
  private long @Nullable [] sum;

  ReferenceRound(RoundPlan plan, Lies lies, Instant now, SecureRandom random) {
    this.plan = plan;
    this.random = random;
    this.ticketKey = SigningKeyPair.generate(random);
    random.nextBytes(nonce);
    byte[] roundId = new byte[16];
    random.nextBytes(roundId);
    ByteBuffer bytes =
        ByteBuffer.allocate(plan.model().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(plan.model());
    this.model = bytes.array();
    GridEncoder encoder = new GridEncoder(RoundPlan.CLIP_NORM, RoundPlan.GRID_STEP);
    this.ringBits =
        RingWidth.bitsFor(
            plan.targetCohort(), Math.max(encoder.maxAbsCoordinate(), plan.maxWeight().orElse(0)));
    RoundParameters.Builder message =
        RoundParameters.newBuilder()
            .setProtocolVersion(1)
            .setRoundId(ByteString.copyFrom(roundId))
            .setFederation(ReferenceServer.FEDERATION)
            .setFederationVersion(1)
            .setModelHash(ByteString.copyFrom(sha256(model)))
            .setVectorLength(plan.model().length)
            .setEncoding(
                Encoding.newBuilder()
                    .setClipNorm(RoundPlan.CLIP_NORM)
                    .setGridStep(RoundPlan.GRID_STEP)
                    .setMaxNormSquared(encoder.maxNormSquared())
                    .setRingBits(ringBits))
            .setTargetCohort(plan.targetCohort())
            .setMinSurvivors(plan.minSurvivors())
            .setDeadlines(
                Deadlines.newBuilder()
                    .setAdvertise(now.plus(Duration.ofMinutes(1)).toEpochMilli())
                    .setShare(now.plus(Duration.ofMinutes(2)).toEpochMilli())
                    .setUpload(now.plus(Duration.ofMinutes(3)).toEpochMilli())
                    .setSignSurvivors(now.plus(Duration.ofMinutes(4)).toEpochMilli())
                    .setReveal(now.plus(Duration.ofMinutes(5)).toEpochMilli()))
            .setTraining(
                Training.newBuilder()
                    .setAlgorithm("fedavg")
                    .setLocalEpochs(2)
                    .setLearningRate(0.25)
                    .setRoundNumber(7));
    if (plan.secure()) {
      message.setSecureAggregation(
          SecureAggregation.newBuilder()
              .setAdversary(plan.adversary())
              .setCorruptFraction(0.05)
              .setDropoutFraction(plan.dropoutFraction())
              .setSecurityBits(40)
              .setCorrectnessBits(20)
              .setReconstructionThreshold(RECONSTRUCTION_THRESHOLD)
              .setGraphNonceCommitment(ByteString.copyFrom(GraphNonce.commit(nonce))));
    }
    plan.grouping()
        .ifPresent(grouping ->
            message
                .getSecureAggregationBuilder()
                .setMaxGroupSize(grouping.maxGroupSize())
                .setMinGroupSurvivors(grouping.minGroupSurvivors()));
    plan.noiseMultiplier()
        .ifPresent(z ->
            message.setDifferentialPrivacy(
                DifferentialPrivacy.newBuilder()
                    .setNoiseMultiplier(z)
                    .setPlacement(NoisePlacement.NOISE_PLACEMENT_SERVER)));
    plan.maxWeight()
        .ifPresent(cap ->
            message.setWeighting(
                Weighting.newBuilder().setMaxWeight(cap).addCounters(Counter.COUNTER_WEIGHT)));
    lies.parameters(message);
    this.parsed = message.build();
    this.parameters = parsed.toByteArray();
    this.roundHash = RoundHash.of(parameters);
  }

  public byte[] modelBytes() {
    return model.clone();
  }

  public RoundParameters parameters() {
    return parsed;
  }

  public RoundHash roundHash() {
    return roundHash;
  }

  public byte[] nonce() {
    return nonce.clone();
  }

  /** The exact sum of the survivors' integers, once it is unmasked. */
  public synchronized Optional<long[]> sum() {
    return Optional.ofNullable(sum).map(long[]::clone);
  }

  /** Devices whose uploads are in the sum. */
  public synchronized Set<Integer> uploaded() {
    return new TreeSet<>(uploads.keySet());
  }

  /** Devices that revealed anything. */
  public synchronized Set<Integer> revealed() {
    return new TreeSet<>(reveals.keySet());
  }

  /** Devices that handed over shares. */
  public synchronized Set<Integer> shared() {
    return new TreeSet<>(shares.keySet());
  }

  /** Every reveal request, repetitions included. */
  public synchronized List<RevealRequest> allReveals() {
    return List.copyOf(allReveals);
  }

  public synchronized byte[] clearUpload(int device) {
    return Objects.requireNonNull(uploads.get(device)).clone();
  }

  public synchronized Optional<AbortReason> abortReason() {
    return Optional.ofNullable(aborted).map(Aborted::getReason);
  }

  /** Ends the round for everybody. */
  public synchronized void abort(AbortReason reason) {
    if (aborted == null && sum == null) {
      aborted = Aborted.newBuilder().setReason(reason).setDetail("ended by the test").build();
    }
    notifyAll();
  }

  private void abortHere(AbortReason reason, String detail) {
    aborted = Aborted.newBuilder().setReason(reason).setDetail(detail).build();
    notifyAll();
  }

  /** Roster index of a device. */
  public synchronized int index(int device) {
    return roster.indexOf(device);
  }

  /** Number of the device at a roster index. */
  public synchronized int deviceAt(int index) {
    return roster.get(index);
  }

  public synchronized int[] neighbours(int index) {
    return Objects.requireNonNull(graph).neighbours(index);
  }

  /** The graph, once the roster is closed. */
  public synchronized NeighbourGraph graph() {
    return Objects.requireNonNull(graph);
  }

  /** The entry of a roster index. */
  public synchronized RosterEntry entry(int index) {
    RosterEntry.Builder entry = RosterEntry.newBuilder().setIndex(index).setAdvert(advertAt(index));
    Objects.requireNonNull(tree)
        .proof(index)
        .forEach(hash -> entry.addMerkleProof(ByteString.copyFrom(hash)));
    return entry.build();
  }

  private Advert advertAt(int index) {
    return Objects.requireNonNull(adverts.get(roster.get(index)));
  }

  synchronized CheckInResponse checkIn(int device, ByteString roundPublicKey) {
    Ticket ticket = tickets.get(device);
    if (ticket == null) {
      byte[] participant = new byte[Transcripts.PARTICIPANT_ID_BYTES];
      random.nextBytes(participant);
      ticket =
          sign(
              TicketContent.newBuilder()
                  .setRoundId(parsed.getRoundId())
                  .setRoundHash(ByteString.copyFrom(roundHash.bytes()))
                  .setParticipantId(ByteString.copyFrom(participant))
                  .setRoundPublicKey(roundPublicKey)
                  .setExpiresAt(parsed.getDeadlines().getReveal() + 60_000)
                  .build());
      tickets.put(device, ticket);
    }
    return CheckInResponse.newBuilder()
        .setAdmission(
            Admission.newBuilder()
                .setRoundParameters(ByteString.copyFrom(parameters))
                .setTicket(ticket))
        .build();
  }

  /** A ticket with any content. */
  public Ticket sign(TicketContent content) {
    ByteString bytes = content.toByteString();
    return Ticket.newBuilder()
        .setContent(bytes)
        .setSignature(ByteString.copyFrom(ticketKey.sign(Transcripts.ticket(bytes.toByteArray()))))
        .build();
  }

  /** Number of the device that holds a ticket. */
  public int numberOf(Ticket ticket) {
    return device(ticket);
  }

  synchronized int device(Ticket ticket) {
    for (Map.Entry<Integer, Ticket> entry : tickets.entrySet()) {
      if (entry.getValue().equals(ticket)) {
        return entry.getKey();
      }
    }
    throw Status.PERMISSION_DENIED.withDescription("unknown ticket").asRuntimeException();
  }

  private TicketContent content(Ticket ticket) {
    try {
      return TicketContent.parseFrom(ticket.getContent());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** Waits until the condition holds, the round is aborted or the caller's patience is over. */
  private void await(int millis, BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofMillis(millis).toNanos();
    try {
      while (!condition.getAsBoolean() && aborted == null) {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          return;
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Status.CANCELLED.asRuntimeException();
    }
  }

  private static Pending soon() {
    return Pending.newBuilder().setRetryAfterMillis(5).build();
  }

  synchronized AdvertiseResponse advertise(AdvertiseRequest request) {
    int device = device(request.getTicket());
    if (aborted != null) {
      return AdvertiseResponse.newBuilder().setAborted(aborted).build();
    }
    adverts.put(device, request.getAdvert());
    if (adverts.size() == plan.adverts()) {
      closeRoster();
    }
    return AdvertiseResponse.newBuilder().setAccepted(Accepted.getDefaultInstance()).build();
  }

  private void closeRoster() {
    List<Integer> order = new ArrayList<>(adverts.keySet());
    order.sort((a, b) ->
        Arrays.compareUnsigned(
            Objects.requireNonNull(adverts.get(a)).getMaskPublicKey().toByteArray(),
            Objects.requireNonNull(adverts.get(b)).getMaskPublicKey().toByteArray()));
    roster = order;
    List<byte[]> leaves = new ArrayList<>();
    for (int index = 0; index < order.size(); index++) {
      leaves.add(leaf(roundHash, advertAt(index)));
    }
    MerkleTree built = new MerkleTree(leaves);
    try {
      CohortAssumptions assumptions =
          new CohortAssumptions(
              plan.adversary()
                      == com.octomil.privacy.proto.secagg.v1.AdversaryModel
                          .ADVERSARY_MODEL_SEMI_HONEST
                  ? AdversaryModel.SEMI_HONEST
                  : AdversaryModel.SEMI_MALICIOUS,
              0.05,
              plan.dropoutFraction(),
              40,
              20);
      int groups = plan.grouping().map(grouping -> grouping.groups(order.size())).orElse(1);
      graphParameters =
          ParameterChoice.choose(order.size(), assumptions, RECONSTRUCTION_THRESHOLD, groups);
      graph = NeighbourGraph.of(nonce, built.root(), graphParameters);
      tree = built;
    } catch (InfeasibleParametersException e) {
      abortHere(AbortReason.ABORT_REASON_INFEASIBLE_PARAMETERS, String.valueOf(e.getMessage()));
    }
    notifyAll();
  }

  /** The Merkle leaf of an advert. */
  public static byte[] leaf(RoundHash hash, Advert advert) {
    try {
      byte[] deviceKey =
          DeviceCertificateContent.parseFrom(advert.getCertificate().getContent())
              .getDevicePublicKey()
              .toByteArray();
      return Transcripts.rosterLeaf(
          transcript(hash, advert), deviceKey, advert.getSignature().toByteArray());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** What a device signs for an advert. */
  public static byte[] transcript(RoundHash hash, Advert advert) {
    return Transcripts.advert(
        hash,
        advert.getParticipantId().toByteArray(),
        advert.getMaskPublicKey().toByteArray(),
        advert.getSharePublicKey().toByteArray(),
        advert.getSelfMaskCommitment().toByteArray(),
        advert.getRoundPublicKey().toByteArray());
  }

  synchronized GetRosterResponse roster(GetRosterRequest request, Lies lies) {
    int device = device(request.getTicket());
    await(request.getWaitMillis(), () -> tree != null);
    if (aborted != null) {
      return GetRosterResponse.newBuilder().setAborted(aborted).build();
    }
    MerkleTree built = tree;
    GraphParameters chosen = graphParameters;
    if (built == null || chosen == null) {
      return GetRosterResponse.newBuilder().setPending(soon()).build();
    }
    int index = index(device);
    Roster.Builder answer =
        Roster.newBuilder()
            .setSize(roster.size())
            .setRoot(ByteString.copyFrom(built.root()))
            .setGraphNonce(ByteString.copyFrom(nonce))
            .setDegree(chosen.degree())
            .setThreshold(chosen.threshold())
            .setSelf(entry(index));
    for (int neighbour : neighbours(index)) {
      answer.addNeighbours(entry(neighbour));
    }
    return lies.rosterAnswer(
        device,
        GetRosterResponse.newBuilder().setRoster(lies.roster(device, answer.build())).build());
  }

  synchronized SubmitSharesResponse submitShares(SubmitSharesRequest request) {
    int device = device(request.getTicket());
    if (aborted != null) {
      return SubmitSharesResponse.newBuilder().setAborted(aborted).build();
    }
    shares.put(device, request.getSharesList());
    notifyAll();
    return SubmitSharesResponse.newBuilder().setAccepted(Accepted.getDefaultInstance()).build();
  }

  synchronized GetSharesResponse shares(GetSharesRequest request, Lies lies) {
    int device = device(request.getTicket());
    await(request.getWaitMillis(), () -> shares.size() == plan.shares());
    if (aborted != null) {
      return GetSharesResponse.newBuilder().setAborted(aborted).build();
    }
    if (shares.size() != plan.shares()) {
      return GetSharesResponse.newBuilder().setPending(soon()).build();
    }
    int index = index(device);
    List<EncryptedShare> mine = new ArrayList<>();
    List<Integer> sharers = new ArrayList<>();
    for (int from = 0; from < roster.size(); from++) {
      List<EncryptedShare> made = shares.get(roster.get(from));
      if (made != null) {
        sharers.add(from);
        made.stream().filter(share -> share.getToIndex() == index).forEach(mine::add);
      }
    }
    Shares answer =
        Shares.newBuilder()
            .addAllShares(mine)
            .setSharers(ByteString.copyFrom(IndexBitmap.of(roster.size(), sharers)))
            .build();
    return lies.sharesAnswer(
        device, GetSharesResponse.newBuilder().setShares(lies.shares(device, answer)).build());
  }

  synchronized UploadResponse upload(UploadHeader header, byte[] payload) {
    int device = device(header.getTicket());
    if (aborted != null) {
      return UploadResponse.newBuilder().setAborted(aborted).build();
    }
    TicketContent ticket = content(header.getTicket());
    byte[] hash = sha256(payload);
    boolean valid =
        header.getPayloadBytes() == payload.length
            && Arrays.equals(hash, header.getPayloadSha256().toByteArray())
            && SigningKeyPair.verify(
                ticket.getRoundPublicKey().toByteArray(),
                Transcripts.upload(roundHash, ticket.getParticipantId().toByteArray(), hash),
                header.getSignature().toByteArray());
    if (!valid) {
      throw Status.INVALID_ARGUMENT
          .withDescription("the upload is not what its header says")
          .asRuntimeException();
    }
    boolean duplicate = uploads.put(device, payload) != null;
    notifyAll();
    if (!plan.secure() && uploads.size() == plan.uploads()) {
      sum = new long[plan.model().length];
    }
    return UploadResponse.newBuilder()
        .setAccepted(UploadAccepted.newBuilder().setDuplicate(duplicate))
        .build();
  }

  private byte[] survivorBitmap() {
    return IndexBitmap.of(roster.size(), uploads.keySet().stream().map(roster::indexOf).toList());
  }

  synchronized GetSurvivorsResponse survivors(GetSurvivorsRequest request, Lies lies) {
    int device = device(request.getTicket());
    await(request.getWaitMillis(), () -> uploads.size() == plan.uploads());
    if (aborted == null
        && uploads.size() == plan.uploads()
        && uploads.size() < plan.minSurvivors()) {
      abortHere(AbortReason.ABORT_REASON_TOO_FEW_DEVICES, uploads.size() + " uploads");
    }
    if (aborted != null) {
      return GetSurvivorsResponse.newBuilder().setAborted(aborted).build();
    }
    if (uploads.size() != plan.uploads()) {
      return GetSurvivorsResponse.newBuilder().setPending(soon()).build();
    }
    byte[] bitmap = lies.survivors(device, survivorBitmap());
    return lies.survivorsAnswer(
        device,
        GetSurvivorsResponse.newBuilder()
            .setSurvivors(Survivors.newBuilder().setSurvivors(ByteString.copyFrom(bitmap)))
            .build());
  }

  synchronized SignSurvivorsResponse signSurvivors(SignSurvivorsRequest request) {
    int device = device(request.getTicket());
    if (aborted != null) {
      return SignSurvivorsResponse.newBuilder().setAborted(aborted).build();
    }
    signatures.put(device, request.getSignature().toByteArray());
    notifyAll();
    return SignSurvivorsResponse.newBuilder()
        .setAccepted(SignatureAccepted.getDefaultInstance())
        .build();
  }

  synchronized GetSurvivorSignaturesResponse survivorSignatures(
      GetSurvivorSignaturesRequest request, Lies lies) {
    int device = device(request.getTicket());
    await(
        request.getWaitMillis(),
        () ->
            signatures.size() == plan.signatures()
                || there(request).size() >= request.getAtLeast());
    if (aborted != null) {
      return GetSurvivorSignaturesResponse.newBuilder().setAborted(aborted).build();
    }
    return lies.signatures(
        device,
        GetSurvivorSignaturesResponse.newBuilder()
            .setSignatures(
                SurvivorSignatures.newBuilder()
                    .addAllSignatures(there(request))
                    .setClosed(signatures.size() == plan.signatures()))
            .build());
  }

  private List<SurvivorSignature> there(GetSurvivorSignaturesRequest request) {
    List<SurvivorSignature> there = new ArrayList<>();
    for (int index : request.getIndicesList()) {
      byte[] signature = signatures.get(roster.get(index));
      if (signature != null) {
        there.add(
            SurvivorSignature.newBuilder()
                .setIndex(index)
                .setSignature(ByteString.copyFrom(signature))
                .build());
      }
    }
    return there;
  }

  synchronized RevealResponse reveal(RevealRequest request) {
    int device = device(request.getTicket());
    if (aborted != null) {
      return RevealResponse.newBuilder().setAborted(aborted).build();
    }
    TicketContent ticket = content(request.getTicket());
    List<RevealItem> items =
        request.getSharesList().stream()
            .map(share ->
                new RevealItem(
                    share.getOwnerIndex(),
                    share.getKind() == SecretKind.SECRET_KIND_MASK_KEY
                        ? com.octomil.privacy.secagg.wire.SecretKind.MASK_KEY
                        : com.octomil.privacy.secagg.wire.SecretKind.SELF_MASK_SEED,
                    share.getShare().toByteArray()))
            .toList();
    if (!SigningKeyPair.verify(
        ticket.getRoundPublicKey().toByteArray(),
        Transcripts.reveal(roundHash, ticket.getParticipantId().toByteArray(), items),
        request.getSignature().toByteArray())) {
      throw Status.INVALID_ARGUMENT
          .withDescription("the reveal is not signed")
          .asRuntimeException();
    }
    reveals.put(device, request);
    allReveals.add(request);
    if (reveals.size() == plan.reveals()) {
      unmask();
    }
    notifyAll();
    return RevealResponse.newBuilder().setAccepted(RevealAccepted.getDefaultInstance()).build();
  }

  private void unmask() {
    int bit = parsed.getDifferentialPrivacy().hasClippingBit() ? 1 : 0;
    int[] total = new int[plan.model().length + parsed.getWeighting().getCountersCount() + bit];
    uploads.values().forEach(payload -> BitPacking.addPacked(total, payload, ringBits));
    GraphParameters chosen = Objects.requireNonNull(graphParameters);
    SecretReconstruction reconstruction = new SecretReconstruction(chosen.threshold());
    try (Unmasker unmasker = new Unmasker(roundHash, ringBits)) {
      for (int index = 0; index < roster.size(); index++) {
        int device = roster.get(index);
        if (!shares.containsKey(device)) {
          continue;
        }
        Advert advert = advertAt(index);
        if (uploads.containsKey(device)) {
          byte[] commitment = advert.getSelfMaskCommitment().toByteArray();
          Optional<byte[]> seed =
              rebuild(
                  reconstruction,
                  index,
                  SecretKind.SECRET_KIND_SELF_MASK_SEED,
                  candidate -> SelfMask.opens(roundHash, commitment, candidate));
          if (seed.isEmpty()) {
            return;
          }
          unmasker.removeSelfMask(seed.get());
        } else {
          byte[] publicKey = advert.getMaskPublicKey().toByteArray();
          Optional<byte[]> key =
              rebuild(
                  reconstruction,
                  index,
                  SecretKind.SECRET_KIND_MASK_KEY,
                  candidate -> {
                    try (X25519KeyPair pair = X25519KeyPair.fromPrivateKey(candidate)) {
                      return Arrays.equals(pair.publicKey(), publicKey);
                    }
                  });
          if (key.isEmpty()) {
            return;
          }
          try (X25519KeyPair pair = X25519KeyPair.fromPrivateKey(key.get())) {
            for (int neighbour : neighbours(index)) {
              if (uploads.containsKey(roster.get(neighbour))) {
                unmasker.removePairMasks(
                    index, pair, neighbour, advertAt(neighbour).getMaskPublicKey().toByteArray());
              }
            }
          }
        }
      }
      unmasker.apply(total);
    }
    sum = RingVector.toSigned(total, ringBits);
  }

  private Optional<byte[]> rebuild(
      SecretReconstruction reconstruction, int owner, SecretKind kind, Predicate<byte[]> check) {
    List<Share> held = new ArrayList<>();
    reveals.forEach((device, request) -> {
      for (RevealedShare share : request.getSharesList()) {
        if (share.getOwnerIndex() == owner && share.getKind() == kind) {
          held.add(new Share(roster.indexOf(device), share.getShare().toByteArray()));
        }
      }
    });
    SecretReconstruction.Result result = reconstruction.rebuild(held, check);
    if (result instanceof SecretReconstruction.Rebuilt rebuilt) {
      return Optional.of(rebuilt.secret());
    }
    abortHere(AbortReason.ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD, result.toString());
    return Optional.empty();
  }

  synchronized GetRoundResultResponse result(GetRoundResultRequest request) {
    int unused = device(request.getTicket());
    await(request.getWaitMillis(), () -> sum != null);
    if (aborted != null) {
      return GetRoundResultResponse.newBuilder().setAborted(aborted).build();
    }
    if (sum == null) {
      return GetRoundResultResponse.newBuilder().setPending(soon()).build();
    }
    return GetRoundResultResponse.newBuilder()
        .setPublished(
            Published.newBuilder().setModelHash(ByteString.copyFrom(sha256(new byte[] {1}))))
        .build();
  }

  /** SHA-256. */
  public static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
