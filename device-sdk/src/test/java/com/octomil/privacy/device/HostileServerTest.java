package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.octomil.privacy.device.reference.Lies;
import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.reference.ReferenceServer;
import com.octomil.privacy.device.reference.RoundPlan;
import com.octomil.privacy.device.state.MemoryRoundStateStore;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.proto.aggregator.v1.GetSurvivorSignaturesResponse;
import com.octomil.privacy.proto.aggregator.v1.SurvivorSignature;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.Admission;
import com.octomil.privacy.proto.secagg.v1.AdversaryModel;
import com.octomil.privacy.proto.secagg.v1.Advert;
import com.octomil.privacy.proto.secagg.v1.CheckInResponse;
import com.octomil.privacy.proto.secagg.v1.Counter;
import com.octomil.privacy.proto.secagg.v1.DeviceCertificate;
import com.octomil.privacy.proto.secagg.v1.EncryptedShare;
import com.octomil.privacy.proto.secagg.v1.GetRosterResponse;
import com.octomil.privacy.proto.secagg.v1.Roster;
import com.octomil.privacy.proto.secagg.v1.RosterEntry;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.proto.secagg.v1.Shares;
import com.octomil.privacy.proto.secagg.v1.TicketContent;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An honest server that tells device 0 one lie. The device refuses with exactly the reason for that
 * lie and reveals nothing. The table in docs/THREAT_MODEL.md lists these tests.
 */
class HostileServerTest {

  private static final int DEVICES = 5;

  @SuppressWarnings("NullAway.Init")
  private Fleet fleet;

  @BeforeEach
  void start() throws Exception {
    fleet = new Fleet(DEVICES, 11);
  }

  @AfterEach
  void stop() throws Exception {
    fleet.close();
  }

  private void refuses(RefusalReason reason, Lies lies) throws Exception {
    refuses(reason, fleet.plan(), lies);
  }

  private void refuses(RefusalReason reason, RoundPlan plan, Lies lies) throws Exception {
    fleet.server().lies(lies);
    opened = fleet.server().open(plan);
    refused(reason, opened, fleet.victim(opened));
  }

  private static void refused(RefusalReason reason, ReferenceRound round, Participation outcome) {
    assertThat(outcome).isInstanceOf(Participation.Refused.class);
    Participation.Refused refused = (Participation.Refused) outcome;
    assertThat(refused.reason()).as(refused.detail()).isEqualTo(reason);
    assertThat(refused.detail()).isNotBlank();
    assertThat(round.revealed()).doesNotContain(0);
  }

  /**
   * Everybody is told parameters that no device should accept; device 0 must be gone before it
   * shows a key.
   */
  private void refusesParameters(RefusalReason reason, Consumer<RoundParameters.Builder> change)
      throws Exception {
    fleet
        .server()
        .lies(
            new Lies() {
              @Override
              public void parameters(RoundParameters.Builder parameters) {
                change.accept(parameters);
              }
            });
    ReferenceRound round = fleet.server().open(fleet.plan());
    refused(reason, round, fleet.device(0, beforeAdvertising()).participate());
  }

  private ForwardingTransport beforeAdvertising() {
    return new ForwardingTransport(fleet.transport()) {
      @Override
      protected void before(Step step) {
        assertThat(step).isEqualTo(Step.CHECK_IN);
      }
    };
  }

  private static Lies checkIn(UnaryOperator<Admission> lie) {
    return new Lies() {
      @Override
      public CheckInResponse checkIn(int device, CheckInResponse honest) {
        return device == 0
            ? honest.toBuilder().setAdmission(lie.apply(honest.getAdmission())).build()
            : honest;
      }
    };
  }

  private static Lies roster(UnaryOperator<Roster> lie) {
    return new Lies() {
      @Override
      public Roster roster(int device, Roster honest) {
        return device == 0 ? lie.apply(honest) : honest;
      }
    };
  }

  private static Lies shares(UnaryOperator<Shares> lie) {
    return new Lies() {
      @Override
      public Shares shares(int device, Shares honest) {
        return device == 0 ? lie.apply(honest) : honest;
      }
    };
  }

  private static Lies survivors(UnaryOperator<byte[]> lie) {
    return new Lies() {
      @Override
      public byte[] survivors(int device, byte[] honest) {
        return device == 0 ? lie.apply(honest) : honest;
      }
    };
  }

  private static Roster neighbour(Roster honest, int at, UnaryOperator<RosterEntry> lie) {
    return honest.toBuilder().setNeighbours(at, lie.apply(honest.getNeighbours(at))).build();
  }

  private static RosterEntry advert(RosterEntry entry, Consumer<Advert.Builder> change) {
    Advert.Builder advert = entry.getAdvert().toBuilder();
    change.accept(advert);
    return entry.toBuilder().setAdvert(advert).build();
  }

  private static ByteString flip(ByteString bytes) {
    byte[] changed = bytes.toByteArray();
    changed[changed.length / 2] ^= 1;
    return ByteString.copyFrom(changed);
  }

  /** The round under way, for lies that need to look into it. */
  @SuppressWarnings("NullAway.Init")
  private ReferenceRound opened;

  // Check-in.

  @Test
  void parametersThatAreNotThoseOfTheTicket() throws Exception {
    refuses(
        RefusalReason.PARAMETERS_CHANGED,
        checkIn(admission -> {
          try {
            RoundParameters other =
                RoundParameters.parseFrom(admission.getRoundParameters()).toBuilder()
                    .setTargetCohort(DEVICES + 1)
                    .build();
            return admission.toBuilder().setRoundParameters(other.toByteString()).build();
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
          }
        }));
  }

  @Test
  void ticketOfAnotherDevice() throws Exception {
    SecureRandom random = new SecureRandom();
    Lies lie =
        checkIn(admission -> {
          try (SigningKeyPair other = SigningKeyPair.generate(random)) {
            TicketContent content = TicketContent.parseFrom(admission.getTicket().getContent());
            return admission.toBuilder()
                .setTicket(
                    opened.sign(
                        content.toBuilder()
                            .setRoundPublicKey(ByteString.copyFrom(other.publicKey()))
                            .build()))
                .build();
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException(e);
          }
        });
    refuses(RefusalReason.PARAMETERS_CHANGED, lie);
  }

  @Test
  void replayOfAnOldRound() throws Exception {
    ReferenceRound round = fleet.server().open(fleet.plan());
    assertThat(fleet.run(Map.of()).get(0)).isInstanceOf(Participation.Published.class);
    // A hostile relay signs a ticket with the new key for the same parameters.
    fleet.server().lies(checkIn(admission -> fleet.server().readmit(round, admission)));
    fleet.server().reopen(round);
    Participation outcome = fleet.device(0, fleet.transport()).participate();
    assertThat(outcome).isInstanceOf(Participation.Refused.class);
    assertThat(((Participation.Refused) outcome).reason()).isEqualTo(RefusalReason.REPLAYED_ROUND);
    assertThat(round.allReveals()).hasSize(DEVICES);
  }

  @Test
  void otherProtocolVersion() throws Exception {
    refusesParameters(RefusalReason.UNSUPPORTED_PROTOCOL_VERSION, p -> p.setProtocolVersion(2));
  }

  @Test
  void otherFederation() throws Exception {
    refusesParameters(RefusalReason.WRONG_FEDERATION, p -> p.setFederation("another"));
  }

  @Test
  void otherRegion() throws Exception {
    refusesParameters(RefusalReason.WRONG_REGION, p -> p.addRegions("us"));
  }

  @Test
  void ringThatCouldOverflow() throws Exception {
    refusesParameters(
        RefusalReason.RING_OVERFLOW,
        p -> p.getEncodingBuilder().setRingBits(p.getEncoding().getRingBits() - 1));
  }

  @Test
  void cohortThatCouldOverflowTheRing() throws Exception {
    refusesParameters(RefusalReason.RING_OVERFLOW, p -> p.setTargetCohort(100_000));
  }

  @Test
  void encodingThatContradictsItself() throws Exception {
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        p -> p.getEncodingBuilder().setMaxNormSquared(p.getEncoding().getMaxNormSquared() - 1));
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS, p -> p.getEncodingBuilder().setClipNorm(Double.NaN));
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS, p -> p.getEncodingBuilder().setGridStep(0));
    refusesParameters(RefusalReason.UNACCEPTABLE_PARAMETERS, p -> p.setVectorLength(-1));
  }

  @Test
  void deadlinesThatArePastOutOfOrderOrTooFarAway() throws Exception {
    refusesParameters(
        RefusalReason.UNREASONABLE_DEADLINES, p -> p.getDeadlinesBuilder().setAdvertise(1_000_000));
    refusesParameters(
        RefusalReason.UNREASONABLE_DEADLINES,
        p -> p.getDeadlinesBuilder().setUpload(p.getDeadlines().getShare() - 1));
    refusesParameters(
        RefusalReason.UNREASONABLE_DEADLINES,
        p -> p.getDeadlinesBuilder().setReveal(p.getDeadlines().getReveal() + 3 * 86_400_000L));
  }

  @Test
  void minimumBelowThePolicy() throws Exception {
    refusesParameters(RefusalReason.TOO_FEW_DEVICES, p -> p.setMinSurvivors(2));
  }

  @Test
  void weakerAdversaryOrSecurityThanThePolicyDemands() throws Exception {
    refusesParameters(
        RefusalReason.WEAK_ASSUMPTIONS,
        p ->
            p.getSecureAggregationBuilder()
                .setAdversary(AdversaryModel.ADVERSARY_MODEL_SEMI_HONEST));
    refusesParameters(
        RefusalReason.WEAK_ASSUMPTIONS, p -> p.getSecureAggregationBuilder().setSecurityBits(39));
  }

  @Test
  void lessNoiseThanThePolicyDemands() throws Exception {
    fleet.policy(LocalPolicy.standard().withMinimumNoiseMultiplier(0.5));
    refusesParameters(RefusalReason.TOO_LITTLE_NOISE, p -> p.clearDifferentialPrivacy());
    refusesParameters(
        RefusalReason.TOO_LITTLE_NOISE,
        p -> p.getDifferentialPrivacyBuilder().setNoiseMultiplier(0.4).setPlacementValue(1));
  }

  @Test
  void clippingBitsThatAreNotCoveredByTheNoise() throws Exception {
    for (double noise : new double[] {0, 0.5, -3, Double.NaN, Double.POSITIVE_INFINITY}) {
      refusesParameters(
          RefusalReason.TOO_LITTLE_NOISE,
          p ->
              p.getDifferentialPrivacyBuilder()
                  .setNoiseMultiplier(1)
                  .setPlacementValue(1)
                  .getClippingBitBuilder()
                  .setNoise(noise));
    }
    // Devices that add the noise would have to cover the bit as well.
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        p ->
            p.getDifferentialPrivacyBuilder()
                .setNoiseMultiplier(1)
                .setPlacementValue(2)
                .getClippingBitBuilder()
                .setNoise(5));
  }

  @Test
  void aClippingNormBeyondThePolicy() throws Exception {
    fleet.policy(LocalPolicy.standard().withMaximumClipNorm(RoundPlan.CLIP_NORM));
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        p -> {
          // Consistent in itself.
          double doubled = 2 * RoundPlan.CLIP_NORM;
          p.getEncodingBuilder().setClipNorm(doubled).setGridStep(2 * RoundPlan.GRID_STEP);
        });
  }

  @Test
  void noiseOfDevicesThatHidesNothing() throws Exception {
    // All survivors that are enough might leave theirs out.
    refusesParameters(
        RefusalReason.TOO_LITTLE_NOISE,
        p -> {
          p.getDifferentialPrivacyBuilder().setNoiseMultiplier(1).setPlacementValue(2);
          p.getSecureAggregationBuilder().setCorruptFraction(0.99);
        });
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        p -> p.getDifferentialPrivacyBuilder().setNoiseMultiplier(1).setPlacementValue(3));
  }

  @Test
  void noiseOfDevicesThatWrapsTheSum() throws Exception {
    refusesParameters(
        RefusalReason.RING_OVERFLOW,
        p -> p.getDifferentialPrivacyBuilder().setNoiseMultiplier(1000).setPlacementValue(2));
  }

  @Test
  void aProximalTermWithoutFedProxOrFedProxWithoutOne() throws Exception {
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS, p -> p.getTrainingBuilder().setProximalMu(0.1));
    for (double mu : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      refusesParameters(
          RefusalReason.UNACCEPTABLE_PARAMETERS,
          p -> p.getTrainingBuilder().setAlgorithm("fedprox").setProximalMu(mu));
    }
  }

  @Test
  void weightsThatNoNoiseCovers() throws Exception {
    refusesParameters(
        RefusalReason.TOO_LITTLE_NOISE,
        p -> {
          p.getDifferentialPrivacyBuilder().setNoiseMultiplier(1).setPlacementValue(1);
          p.getWeightingBuilder().setMaxWeight(4).addCounters(Counter.COUNTER_WEIGHT);
        });
  }

  @Test
  void countersThatAreNotTheWeightOrACapOutOfRange() throws Exception {
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        p -> p.getWeightingBuilder().setMaxWeight(4).addCountersValue(77));
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        p ->
            p.getWeightingBuilder()
                .setMaxWeight(4)
                .addCounters(Counter.COUNTER_WEIGHT)
                .addCounters(Counter.COUNTER_WEIGHT));
    refusesParameters(
        RefusalReason.UNACCEPTABLE_PARAMETERS,
        p -> p.getWeightingBuilder().setMaxWeight(0).addCounters(Counter.COUNTER_WEIGHT));
  }

  @Test
  void weightsThatCouldOverflowTheRing() throws Exception {
    refusesParameters(
        RefusalReason.RING_OVERFLOW,
        p -> p.getWeightingBuilder().setMaxWeight(1 << 20).addCounters(Counter.COUNTER_WEIGHT));
  }

  @Test
  void noSecureAggregationAlthoughThePolicyDemandsIt() throws Exception {
    refusesParameters(RefusalReason.SECURE_AGGREGATION_MISSING, p -> p.clearSecureAggregation());
  }

  @Test
  void answerThatBreaksTheContract() throws Exception {
    refusesParameters(
        RefusalReason.MALFORMED_ANSWER,
        p ->
            p.getSecureAggregationBuilder()
                .setAdversary(AdversaryModel.ADVERSARY_MODEL_UNSPECIFIED));
    refusesParameters(
        RefusalReason.MALFORMED_ANSWER, p -> p.setRoundId(ByteString.copyFromUtf8("short")));
  }

  @Test
  void rosterAnswerWithoutAnOutcome() throws Exception {
    refuses(
        RefusalReason.MALFORMED_ANSWER,
        new Lies() {
          @Override
          public GetRosterResponse rosterAnswer(int device, GetRosterResponse honest) {
            return device == 0 ? GetRosterResponse.getDefaultInstance() : honest;
          }
        });
  }

  // Roster.

  @Test
  void degreeBelowTheFloor() throws Exception {
    refuses(
        RefusalReason.GRAPH_BELOW_FLOOR,
        roster(r -> r.toBuilder().setDegree(2).setThreshold(2).build()));
  }

  @Test
  void thresholdBelowTheFloor() throws Exception {
    refuses(
        RefusalReason.GRAPH_BELOW_FLOOR,
        roster(r -> r.toBuilder().setThreshold(r.getThreshold() - 1).build()));
  }

  @Test
  void thresholdThatCannotBeMet() throws Exception {
    refuses(
        RefusalReason.GRAPH_BELOW_FLOOR,
        roster(r -> r.toBuilder().setThreshold(r.getDegree() + 1).build()));
  }

  @Test
  void rosterForWhichNoGraphIsSafe() throws Exception {
    // The assumptions cannot be met by three devices; the relay says that they can.
    refuses(
        RefusalReason.GRAPH_BELOW_FLOOR,
        fleet.plan().withDropoutFraction(0.35),
        roster(r -> r.toBuilder().setSize(3).setDegree(2).setThreshold(2).build()));
  }

  @Test
  void graphNonceThatWasNotCommitted() throws Exception {
    refuses(
        RefusalReason.GRAPH_NONCE_NOT_COMMITTED,
        roster(r -> r.toBuilder().setGraphNonce(flip(r.getGraphNonce())).build()));
  }

  @Test
  void neighboursThatAreNotThoseOfTheGraph() throws Exception {
    refuses(
        RefusalReason.NOT_MY_NEIGHBOURS,
        roster(r -> r.toBuilder().removeNeighbours(r.getNeighboursCount() - 1).build()));
  }

  @Test
  void neighboursOfAnotherDevice() throws Exception {
    // Sparse graph: each device has its own neighbours.
    try (Fleet large = new Fleet(40, 3)) {
      large.policy(LocalPolicy.standard().withTwoFacedServerProtection(false));
      RoundPlan base = large.plan().withDropoutFraction(0.02);
      RoundPlan plan =
          new RoundPlan(
              base.model(),
              true,
              base.targetCohort(),
              3,
              0.02,
              AdversaryModel.ADVERSARY_MODEL_SEMI_HONEST,
              base.noiseMultiplier(),
              40,
              40,
              40,
              40,
              40,
              OptionalInt.empty(),
              Optional.empty());
      large
          .server()
          .lies(
              roster(r -> {
                int self = r.getSelf().getIndex();
                int other = (self + 1) % r.getSize();
                Roster.Builder lie = r.toBuilder().clearNeighbours();
                for (int index : opened.neighbours(other)) {
                  lie.addNeighbours(opened.entry(index));
                }
                return lie.build();
              }));
      opened = large.server().open(plan);
      Participation outcome = large.victim(opened);
      refused(RefusalReason.NOT_MY_NEIGHBOURS, opened, outcome);
    }
  }

  @Test
  void ownEntryAltered() throws Exception {
    refuses(
        RefusalReason.OWN_ENTRY_ALTERED,
        roster(r ->
            r.toBuilder()
                .setSelf(advert(r.getSelf(), a -> a.setMaskPublicKey(flip(a.getMaskPublicKey()))))
                .build()));
  }

  @Test
  void entryThatIsNotInTheTree() throws Exception {
    refuses(
        RefusalReason.ROSTER_PROOF_INVALID,
        roster(r ->
            neighbour(
                r, 1, e -> e.toBuilder().setMerkleProof(0, flip(e.getMerkleProof(0))).build())));
  }

  @Test
  void rosterUnderAnotherRoot() throws Exception {
    refuses(
        RefusalReason.ROSTER_PROOF_INVALID,
        roster(r -> r.toBuilder().setRoot(flip(r.getRoot())).build()));
  }

  @Test
  void rosterThatIsNotInTheOrderOfItsKeys() throws Exception {
    // The relay builds the tree in reverse, so that it chose the places itself; every proof is
    // valid.
    refuses(
        RefusalReason.ROSTER_PROOF_INVALID,
        roster(r -> {
          int size = r.getSize();
          List<byte[]> leaves = new ArrayList<>();
          for (int place = 0; place < size; place++) {
            leaves.add(
                ReferenceRound.leaf(
                    opened.roundHash(), opened.entry(size - 1 - place).getAdvert()));
          }
          MerkleTree tree = new MerkleTree(leaves);
          int self = size - 1 - r.getSelf().getIndex();
          Roster.Builder lie =
              r.toBuilder()
                  .setRoot(ByteString.copyFrom(tree.root()))
                  .setSelf(reversed(tree, self, size))
                  .clearNeighbours();
          for (int place = 0; place < size; place++) {
            if (place != self) {
              lie.addNeighbours(reversed(tree, place, size));
            }
          }
          return lie.build();
        }));
  }

  private RosterEntry reversed(MerkleTree tree, int place, int size) {
    RosterEntry.Builder entry =
        RosterEntry.newBuilder()
            .setIndex(place)
            .setAdvert(opened.entry(size - 1 - place).getAdvert());
    tree.proof(place).forEach(hash -> entry.addMerkleProof(ByteString.copyFrom(hash)));
    return entry.build();
  }

  @Test
  void deviceThatStandsOnTheRosterTwice() throws Exception {
    refuses(
        RefusalReason.DUPLICATE_ROSTER_ENTRY,
        roster(r ->
            neighbour(r, 1, e -> e.toBuilder().setAdvert(r.getNeighbours(0).getAdvert()).build())));
  }

  @Test
  void neighboursAdvertWithoutAValidSignature() throws Exception {
    refuses(
        RefusalReason.INVALID_ADVERT_SIGNATURE,
        roster(r ->
            neighbour(
                r, 0, e -> advert(e, a -> a.setSharePublicKey(flip(a.getSharePublicKey()))))));
  }

  @Test
  void neighbourThatWasToldOtherParameters() throws Exception {
    // Its advert is signed, but over the hash of other parameters (model inconsistency).
    refuses(
        RefusalReason.INVALID_ADVERT_SIGNATURE,
        roster(r ->
            neighbour(
                r,
                0,
                e ->
                    advert(
                        e,
                        a -> {
                          int device = opened.deviceAt(e.getIndex());
                          try (SigningKeyPair key = fleet.identity(device).signingKey()) {
                            a.setSignature(
                                ByteString.copyFrom(
                                    key.sign(
                                        ReferenceRound.transcript(
                                            RoundHash.of(new byte[] {1}), a.build()))));
                          }
                        }))));
  }

  @Test
  void neighbourWithoutACertificateOfTheAuthority() throws Exception {
    SecureRandom random = new SecureRandom();
    refuses(
        RefusalReason.INVALID_CERTIFICATE,
        roster(r ->
            neighbour(
                r,
                0,
                e ->
                    advert(
                        e,
                        a -> {
                          // A device that the relay made up: key, certificate and signature fit
                          // each other.
                          try (SigningKeyPair impostor = SigningKeyPair.generate(random)) {
                            DeviceCertificate certificate =
                                ReferenceServer.certificate(
                                    impostor,
                                    impostor.publicKey(),
                                    ReferenceServer.FEDERATION,
                                    0,
                                    Long.MAX_VALUE / 2);
                            a.setCertificate(certificate)
                                .setSignature(
                                    ByteString.copyFrom(
                                        impostor.sign(
                                            ReferenceRound.transcript(
                                                opened.roundHash(), a.build()))));
                          }
                        }))));
  }

  @Test
  void neighbourOfAnotherFederation() throws Exception {
    refuses(
        RefusalReason.INVALID_CERTIFICATE,
        roster(r ->
            neighbour(
                r,
                0,
                e ->
                    advert(
                        e,
                        a -> {
                          int device = opened.deviceAt(e.getIndex());
                          a.setCertificate(
                              fleet
                                  .server()
                                  .certificate(
                                      fleet
                                          .identity(device)
                                          .certificate()
                                          .devicePublicKey()
                                          .toArray(),
                                      "another"));
                        }))));
  }

  @Test
  void neighbourWhoseCertificateHasExpired() throws Exception {
    refuses(
        RefusalReason.INVALID_CERTIFICATE,
        roster(r ->
            neighbour(
                r,
                0,
                e ->
                    advert(
                        e,
                        a -> {
                          int device = opened.deviceAt(e.getIndex());
                          a.setCertificate(
                              ReferenceServer.certificate(
                                  fleet.server().authority(),
                                  fleet.identity(device).certificate().devicePublicKey().toArray(),
                                  ReferenceServer.FEDERATION,
                                  0,
                                  1_000));
                        }))));
  }

  @Test
  void neighbourWhoseKeyIsOfLowOrder() throws Exception {
    // A colluding device signs a share key for which every agreement would be zero; roster and tree
    // are consistent.
    refuses(
        RefusalReason.INVALID_PUBLIC_KEY,
        roster(r -> {
          RosterEntry first = r.getNeighbours(0);
          int place = first.getIndex();
          int device = opened.deviceAt(place);
          Advert.Builder weak =
              first.getAdvert().toBuilder().setSharePublicKey(ByteString.copyFrom(new byte[32]));
          try (SigningKeyPair key = fleet.identity(device).signingKey()) {
            weak.setSignature(
                ByteString.copyFrom(
                    key.sign(ReferenceRound.transcript(opened.roundHash(), weak.build()))));
          }
          List<byte[]> leaves = new ArrayList<>();
          for (int i = 0; i < r.getSize(); i++) {
            leaves.add(
                ReferenceRound.leaf(
                    opened.roundHash(), i == place ? weak.build() : opened.entry(i).getAdvert()));
          }
          MerkleTree tree = new MerkleTree(leaves);
          Roster.Builder lie =
              r.toBuilder().setRoot(ByteString.copyFrom(tree.root())).clearNeighbours();
          lie.setSelf(proven(tree, r.getSelf()));
          for (RosterEntry entry : r.getNeighboursList()) {
            lie.addNeighbours(
                proven(
                    tree,
                    entry.getIndex() == place ? entry.toBuilder().setAdvert(weak).build() : entry));
          }
          return lie.build();
        }));
  }

  private static RosterEntry proven(MerkleTree tree, RosterEntry entry) {
    RosterEntry.Builder proven = entry.toBuilder().clearMerkleProof();
    tree.proof(entry.getIndex()).forEach(hash -> proven.addMerkleProof(ByteString.copyFrom(hash)));
    return proven.build();
  }

  @Test
  void rosterSmallerThanTheMinimum() throws Exception {
    refuses(RefusalReason.TOO_FEW_DEVICES, roster(r -> r.toBuilder().setSize(2).build()));
  }

  @Test
  void rosterTooLargeForTheRing() throws Exception {
    refuses(RefusalReason.RING_OVERFLOW, roster(r -> r.toBuilder().setSize(900_000).build()));
  }

  // Shares.

  // One share that does not open may be a hostile neighbour's doing: see HostileDeviceTest.

  @Test
  void sharesThatWereNotMadeForThisRound() throws Exception {
    refuses(
        RefusalReason.SHARE_NOT_AUTHENTIC,
        shares(s -> {
          Shares.Builder lie = s.toBuilder();
          for (int at : new int[] {0, 2}) {
            EncryptedShare share = s.getShares(at);
            lie.setShares(at, share.toBuilder().setCiphertext(flip(share.getCiphertext())));
          }
          return lie.build();
        }));
  }

  @Test
  void sharesOfAnEarlierRound() throws Exception {
    List<Shares> earlier = new ArrayList<>();
    fleet
        .server()
        .lies(
            shares(s -> {
              earlier.add(s);
              return s;
            }));
    fleet.server().open(fleet.plan());
    assertThat(fleet.run(Map.of()).get(0)).isInstanceOf(Participation.Published.class);
    refuses(
        RefusalReason.SHARE_NOT_AUTHENTIC,
        shares(s -> {
          Shares.Builder lie = s.toBuilder().clearShares();
          for (int at = 0; at < s.getSharesCount(); at++) {
            lie.addShares(
                s.getShares(at).toBuilder()
                    .setCiphertext(earlier.get(0).getShares(at).getCiphertext()));
          }
          return lie.build();
        }));
  }

  @Test
  void sharesOfOtherSenders() throws Exception {
    refuses(
        RefusalReason.SHARE_NOT_AUTHENTIC,
        shares(s ->
            s.toBuilder()
                .setShares(
                    0, s.getShares(0).toBuilder().setCiphertext(s.getShares(1).getCiphertext()))
                .setShares(
                    1, s.getShares(1).toBuilder().setCiphertext(s.getShares(0).getCiphertext()))
                .build()));
  }

  @Test
  void sharesThatAreNotFromEverySharer() throws Exception {
    refuses(RefusalReason.SHARES_INCOMPLETE, shares(s -> s.toBuilder().removeShares(0).build()));
  }

  @Test
  void ownSharesDeniedAfterTheyWereAccepted() throws Exception {
    refuses(
        RefusalReason.DECLARED_NOT_SHARED,
        shares(s -> s.toBuilder().setSharers(without(s.getSharers(), opened.index(0))).build()));
  }

  private static ByteString without(ByteString bitmap, int... indices) {
    BitSet bits = BitSet.valueOf(bitmap.toByteArray());
    for (int index : indices) {
      bits.clear(index);
    }
    return ByteString.copyFrom(IndexBitmap.of(DEVICES, bits));
  }

  private static byte[] without(byte[] bitmap, int... indices) {
    return without(ByteString.copyFrom(bitmap), indices).toByteArray();
  }

  @Test
  void sharersBelowTheThreshold() throws Exception {
    // Two of four neighbours are said not to have shared; three are needed.
    refuses(
        RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
        shares(s -> {
          int first = s.getShares(0).getFromIndex();
          int second = s.getShares(1).getFromIndex();
          return s.toBuilder()
              .removeShares(1)
              .removeShares(0)
              .setSharers(without(s.getSharers(), first, second))
              .build();
        }));
  }

  @Test
  void sharersBitmapThatDoesNotFitTheRoster() throws Exception {
    refuses(
        RefusalReason.MALFORMED_BITMAP,
        shares(s ->
            s.toBuilder()
                .setSharers(s.getSharers().concat(ByteString.copyFrom(new byte[1])))
                .build()));
  }

  // Model.

  @Test
  void modelThatIsNotTheOneOfTheParameters() throws Exception {
    refuses(
        RefusalReason.WRONG_MODEL,
        new Lies() {
          @Override
          public byte[] model(int device, byte[] honest) {
            if (device == 0) {
              honest[3] ^= 1;
            }
            return honest;
          }
        });
  }

  @Test
  void modelThatIsTooLong() throws Exception {
    refuses(
        RefusalReason.MALFORMED_ANSWER,
        new Lies() {
          @Override
          public byte[] model(int device, byte[] honest) {
            return device == 0 ? Arrays.copyOf(honest, honest.length + 400) : honest;
          }
        });
  }

  // Survivors.

  @Test
  void deviceDeclaredDroppedAfterItsUploadWasAcknowledged() throws Exception {
    refuses(RefusalReason.DECLARED_DROPPED, survivors(bitmap -> without(bitmap, opened.index(0))));
  }

  @Test
  void survivorsThatHadNotShared() throws Exception {
    fleet.server().lies(survivors(bitmap -> IndexBitmap.of(DEVICES, List.of(0, 1, 2, 3, 4))));
    Map<Integer, Step> dropouts = Map.of(3, Step.SUBMIT_SHARES);
    ReferenceRound round = fleet.server().open(fleet.plan(dropouts));
    Map<Integer, Future<Participation>> running = fleet.start(dropouts, 0);
    Participation outcome = Fleet.get(Objects.requireNonNull(running.get(0)));
    round.abort(AbortReason.ABORT_REASON_CANCELLED);
    refused(RefusalReason.SURVIVORS_NOT_SHARERS, round, outcome);
  }

  @Test
  void fewerSurvivorsThanTheMinimum() throws Exception {
    fleet.server().lies(survivors(bitmap -> without(bitmap, strangers(1))));
    opened = fleet.server().open(fleet.plan().withMinSurvivors(5));
    refused(RefusalReason.TOO_FEW_DEVICES, opened, fleet.victim(opened));
  }

  /** Roster indices of so many devices other than device 0. */
  private int[] strangers(int count) {
    int[] indices = new int[count];
    for (int i = 0; i < count; i++) {
      indices[i] = opened.index(i + 1);
    }
    return indices;
  }

  @Test
  void fewerSurvivingNeighboursThanTheThreshold() throws Exception {
    // Three of five devices survive, which is the minimum, but only two of them are neighbours of
    // device 0.
    refuses(
        RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
        survivors(bitmap -> without(bitmap, strangers(2))));
  }

  @Test
  void survivorBitmapThatDoesNotFitTheRoster() throws Exception {
    refuses(
        RefusalReason.MALFORMED_BITMAP,
        survivors(bitmap -> {
          bitmap[0] |= (byte) 0x80;
          return bitmap;
        }));
  }

  @Test
  void survivorsThatNeighboursWereToldOtherwise() throws Exception {
    // Device 0 alone is told that a neighbour is dead; the others confirm that all are alive.
    refuses(
        RefusalReason.SURVIVOR_SIGNATURES_DISAGREE,
        survivors(bitmap -> without(bitmap, strangers(1))));
  }

  @Test
  void tooFewConfirmationsOfNeighbours() throws Exception {
    refuses(
        RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
        new Lies() {
          @Override
          public GetSurvivorSignaturesResponse signatures(
              int device, GetSurvivorSignaturesResponse honest) {
            if (device != 0) {
              return honest;
            }
            GetSurvivorSignaturesResponse.Builder lie = honest.toBuilder();
            lie.getSignaturesBuilder().clearSignatures().setClosed(true);
            return lie.build();
          }
        });
  }

  @Test
  void confirmationsThatAreRepeatedDoNotCountTwice() throws Exception {
    refuses(
        RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
        new Lies() {
          @Override
          public GetSurvivorSignaturesResponse signatures(
              int device, GetSurvivorSignaturesResponse honest) {
            if (device != 0 || honest.getSignatures().getSignaturesCount() == 0) {
              return honest;
            }
            SurvivorSignature one = honest.getSignatures().getSignatures(0);
            GetSurvivorSignaturesResponse.Builder lie = honest.toBuilder();
            lie.getSignaturesBuilder()
                .clearSignatures()
                .addAllSignatures(List.of(one, one, one, one))
                .setClosed(true);
            return lie.build();
          }
        });
  }

  @Test
  void aNeighbourAliveAndDead() throws Exception {
    // Device 0 is restarted between its confirmation and its reveal, and then a neighbour is dead.
    AtomicBoolean lying = new AtomicBoolean();
    fleet.server().lies(survivors(bitmap -> lying.get() ? without(bitmap, strangers(1)) : bitmap));
    opened = fleet.server().open(fleet.plan());
    Map<Integer, Future<Participation>> others = fleet.start(Map.of(), 1);
    FederatedDevice first = fleet.device(0, fleet.droppingAt(Step.REVEAL));
    assertThatThrownBy(first::participate).isInstanceOf(Fleet.DroppedOut.class);

    lying.set(true);
    Participation outcome = fleet.device(0, fleet.transport()).participate();

    opened.abort(AbortReason.ABORT_REASON_CANCELLED);
    for (Future<Participation> other : others.values()) {
      Participation unused = Fleet.get(other);
    }
    refused(RefusalReason.NEIGHBOUR_ALIVE_AND_DEAD, opened, outcome);
  }

  @Test
  void aSecondUnmaskRequestThatDiffers() throws Exception {
    // Sparse graph: the device that changes sides is not a neighbour of device 0.
    try (Fleet large = new Fleet(40, 3)) {
      large.policy(LocalPolicy.standard().withTwoFacedServerProtection(false));
      RoundPlan base = large.plan();
      RoundPlan plan =
          new RoundPlan(
              base.model(),
              true,
              40,
              3,
              0.02,
              AdversaryModel.ADVERSARY_MODEL_SEMI_HONEST,
              base.noiseMultiplier(),
              40,
              40,
              40,
              40,
              40,
              OptionalInt.empty(),
              Optional.empty());
      AtomicBoolean lying = new AtomicBoolean();
      large
          .server()
          .lies(
              survivors(bitmap -> {
                if (lying.get()) {
                  BitSet bits = BitSet.valueOf(bitmap);
                  bits.clear(stranger());
                  return IndexBitmap.of(40, bits);
                }
                return bitmap;
              }));
      opened = large.server().open(plan);
      Map<Integer, Future<Participation>> others = large.start(Map.of(), 1);
      FederatedDevice first = large.device(0, large.droppingAt(Step.REVEAL));
      assertThatThrownBy(first::participate).isInstanceOf(Fleet.DroppedOut.class);

      lying.set(true);
      Participation outcome = large.device(0, large.transport()).participate();

      opened.abort(AbortReason.ABORT_REASON_CANCELLED);
      for (Future<Participation> other : others.values()) {
        Participation unused = Fleet.get(other);
      }
      refused(RefusalReason.SURVIVORS_CHANGED, opened, outcome);
    }
  }

  /** Roster index of a device that is neither device 0 nor its neighbour. */
  private int stranger() {
    int self = opened.index(0);
    BitSet known = new BitSet();
    known.set(self);
    for (int neighbour : opened.neighbours(self)) {
      known.set(neighbour);
    }
    int stranger = known.nextClearBit(0);
    assertThat(stranger).isLessThan(40);
    return stranger;
  }

  @Test
  void aCohortThatDiffersFromAPastOneByFewerThanTheMinimum() throws Exception {
    ReferenceRound before = fleet.server().open(fleet.plan());
    assertThat(fleet.run(Map.of()).get(0)).isInstanceOf(Participation.Published.class);
    assertThat(before.revealed()).contains(0);

    // The same model once more, without device 4: the difference of the sums would be its update.
    Map<Integer, Step> dropouts = Map.of(4, Step.UPLOAD);
    ReferenceRound again = fleet.server().open(fleet.plan(dropouts));
    Map<Integer, Participation> outcomes = new HashMap<>();
    Map<Integer, Future<Participation>> running = fleet.start(dropouts, 0);
    for (int device = 0; device < 4; device++) {
      outcomes.put(device, Fleet.get(Objects.requireNonNull(running.get(device))));
    }

    assertThat(outcomes.values())
        .allSatisfy(outcome ->
            assertThat(((Participation.Refused) outcome).reason())
                .isEqualTo(RefusalReason.COHORT_DIFFERENCING));
    assertThat(again.revealed()).isEmpty();
  }

  @Test
  void theSameCohortOnceMoreIsNoLie() throws Exception {
    fleet.server().open(fleet.plan());
    assertThat(fleet.run(Map.of())).hasSize(DEVICES);
    ReferenceRound again = fleet.server().open(fleet.plan());

    assertThat(fleet.run(Map.of()).values())
        .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.Published.class));
    assertThat(again.sum()).contains(fleet.sum(List.of(0, 1, 2, 3, 4)));
  }

  @Test
  void aForgetfulDeviceStillRefusesToRevealTwice() throws Exception {
    // Without its state a restarted device has no secrets left: it cannot be asked again at all.
    opened = fleet.server().open(fleet.plan());
    Map<Integer, Future<Participation>> others = fleet.start(Map.of(), 1);
    FederatedDevice first = fleet.device(0, fleet.droppingAt(Step.REVEAL));
    assertThatThrownBy(first::participate).isInstanceOf(Fleet.DroppedOut.class);
    fleet.store(0, new MemoryRoundStateStore());

    Participation outcome = fleet.device(0, fleet.transport()).participate();

    opened.abort(AbortReason.ABORT_REASON_CANCELLED);
    for (Future<Participation> other : others.values()) {
      Participation unused = Fleet.get(other);
    }
    refused(RefusalReason.PARAMETERS_CHANGED, opened, outcome);
  }
}
