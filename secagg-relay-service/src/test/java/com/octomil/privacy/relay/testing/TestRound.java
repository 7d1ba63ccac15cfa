package com.octomil.privacy.relay.testing;

import com.google.protobuf.ByteString;
import com.octomil.privacy.proto.relay.v1.OpenGraphRequest;
import com.octomil.privacy.proto.relay.v1.OpenGraphResponse;
import com.octomil.privacy.proto.relay.v1.OpenSessionRequest;
import com.octomil.privacy.proto.secagg.v1.AdversaryModel;
import com.octomil.privacy.proto.secagg.v1.Deadlines;
import com.octomil.privacy.proto.secagg.v1.Encoding;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.proto.secagg.v1.SecureAggregation;
import com.octomil.privacy.proto.secagg.v1.Training;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import java.security.SecureRandom;
import java.util.function.UnaryOperator;

/** A round as an aggregator makes it. */
public final class TestRound {

  private final byte[] nonce;
  private final RoundParameters parameters;
  private byte[] ticketKey = new byte[0];

  private TestRound(byte[] nonce, RoundParameters parameters) {
    this.nonce = nonce;
    this.parameters = parameters;
  }

  /** A round with secure aggregation whose steps end ten minutes from now. */
  public static TestRound secure(
      String federation, int target, UnaryOperator<RoundParameters.Builder> changes) {
    SecureRandom random = new SecureRandom();
    byte[] nonce = new byte[32];
    random.nextBytes(nonce);
    RoundParameters.Builder builder =
        plainBuilder(federation, target, random)
            .setSecureAggregation(
                SecureAggregation.newBuilder()
                    .setAdversary(AdversaryModel.ADVERSARY_MODEL_SEMI_HONEST)
                    .setCorruptFraction(0)
                    .setDropoutFraction(0.3)
                    .setSecurityBits(40)
                    .setCorrectnessBits(20)
                    .setReconstructionThreshold(0.3)
                    .setGraphNonceCommitment(ByteString.copyFrom(GraphNonce.commit(nonce))));
    return new TestRound(nonce, changes.apply(builder).build());
  }

  /** A round without secure aggregation. */
  public static TestRound plain(
      String federation, int target, UnaryOperator<RoundParameters.Builder> changes) {
    return new TestRound(
        new byte[32], changes.apply(plainBuilder(federation, target, new SecureRandom())).build());
  }

  private static RoundParameters.Builder plainBuilder(
      String federation, int target, SecureRandom random) {
    byte[] roundId = new byte[16];
    random.nextBytes(roundId);
    return RoundParameters.newBuilder()
        .setProtocolVersion(1)
        .setRoundId(ByteString.copyFrom(roundId))
        .setFederation(federation)
        .setFederationVersion(1)
        .setModelHash(ByteString.copyFrom(new byte[32]))
        .setVectorLength(10)
        .setEncoding(
            Encoding.newBuilder()
                .setClipNorm(1)
                .setGridStep(0.001)
                .setMaxNormSquared(1_000_000)
                .setRingBits(24))
        .setTargetCohort(target)
        .setMinSurvivors(3)
        .setDeadlines(deadlines(600_000, 600_000))
        .setTraining(
            Training.newBuilder().setAlgorithm("fedavg").setLocalEpochs(1).setRoundNumber(1));
  }

  /** Deadlines so many milliseconds from now; the steps after sharing have a minute each. */
  public static Deadlines deadlines(long advertiseMillis, long shareMillis) {
    long now = System.currentTimeMillis();
    long share = now + Math.max(shareMillis, advertiseMillis + 1);
    return Deadlines.newBuilder()
        .setAdvertise(now + advertiseMillis)
        .setShare(share)
        .setUpload(share + 60_000)
        .setSignSurvivors(share + 120_000)
        .setReveal(share + 180_000)
        .build();
  }

  /** Opens the session. */
  public TestRound open(Relay relay) {
    ticketKey =
        relay
            .sessions()
            .openSession(
                OpenSessionRequest.newBuilder()
                    .setRoundParameters(serialized())
                    .setRegion(PeersResource.REGION)
                    .build())
            .getTicketKey()
            .toByteArray();
    return this;
  }

  /** Opens the graph. */
  public OpenGraphResponse openGraph(Relay relay) {
    return relay
        .sessions()
        .openGraph(
            OpenGraphRequest.newBuilder()
                .setRoundId(parameters.getRoundId())
                .setGraphNonce(ByteString.copyFrom(nonce))
                .build());
  }

  public ByteString serialized() {
    return parameters.toByteString();
  }

  public RoundParameters parameters() {
    return parameters;
  }

  public byte[] roundId() {
    return parameters.getRoundId().toByteArray();
  }

  public RoundHash roundHash() {
    return RoundHash.of(serialized().toByteArray());
  }

  public byte[] nonce() {
    return nonce.clone();
  }

  /** The key that the session's tickets verify with. */
  public byte[] ticketKey() {
    return ticketKey.clone();
  }
}
