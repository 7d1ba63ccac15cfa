package com.octomil.privacy.aggregator.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.Algorithm;
import com.octomil.privacy.aggregator.domain.ClippingTerms;
import com.octomil.privacy.aggregator.domain.Deadlines;
import com.octomil.privacy.aggregator.domain.Encoding;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.Noise;
import com.octomil.privacy.aggregator.domain.Octets;
import com.octomil.privacy.aggregator.domain.RelaySessions;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundTerms;
import com.octomil.privacy.aggregator.domain.SecureAggregationTerms;
import com.octomil.privacy.aggregator.domain.Weighting;
import com.octomil.privacy.proto.relay.v1.GetParticipantsResponse;
import com.octomil.privacy.proto.relay.v1.Participant;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.Grouping;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RelayMapperTest {
  private static RoundTerms terms() {
    return terms(Optional.of(adaptive()), new Weighting(500, false));
  }

  private static Noise adaptive() {
    return new Noise(1.1, Noise.Placement.SERVER, Optional.of(new ClippingTerms(1, 0.5, 0.2, 2.5)));
  }

  private static RoundTerms terms(Optional<Noise> noise, Weighting weighting) {
    return terms(noise, weighting, new Algorithm.FedProx(0.01));
  }

  private static RoundTerms terms(Optional<Noise> noise, Weighting weighting, Algorithm algorithm) {
    return new RoundTerms(
        new RoundId(UUID.randomUUID()),
        new FederationName("f"),
        3,
        Octets.sha256(new byte[1]),
        17,
        Encoding.of(1.5, 12, 100, Optional.empty(), 0),
        Optional.of(
            new SecureAggregationTerms(
                new CohortAssumptions(AdversaryModel.SEMI_MALICIOUS, 0.1, 0.2, 40, 20), 9, 0.6)),
        Optional.of(Octets.sha256(new byte[2])),
        noise,
        100,
        10,
        Deadlines.from(Instant.ofEpochMilli(1_000_000), Duration.ofSeconds(3)),
        algorithm,
        2,
        0.05,
        4,
        List.of("eu"),
        Optional.of(weighting),
        Optional.of(new Grouping(50, 9)));
  }

  @Test
  void noFieldOfTheParametersIsForgotten() {
    // Counters and noise exclude each other.
    assertAllSet(
        RelayMapper.toProto(terms()).toBuilder()
            .mergeFrom(RelayMapper.toProto(terms(Optional.empty(), new Weighting(500, true))))
            .build());
  }

  private static void assertAllSet(Message message) {
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      assertThat(message.getAllFields()).as(field.getFullName()).containsKey(field);
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated()) {
        assertAllSet((Message) message.getField(field));
      }
    }
  }

  @Test
  void theParametersSayWhatTheTermsSay() {
    RoundParameters parameters = RelayMapper.toProto(terms());
    assertThat(parameters.getProtocolVersion()).isEqualTo(1);
    assertThat(parameters.getEncoding().getGridStep()).isEqualTo(1.5 / 4096);
    assertThat(parameters.getEncoding().getMaxNormSquared()).isEqualTo(4096L * 4096);
    // 2 * 100 * 4096 = 819,200 < 2^20.
    assertThat(parameters.getEncoding().getRingBits()).isEqualTo(20);
    assertThat(parameters.getDeadlines().getAdvertise()).isEqualTo(1_003_000);
    assertThat(parameters.getDeadlines().getReveal()).isEqualTo(1_015_000);
    assertThat(parameters.getSecureAggregation().getDropoutFraction()).isEqualTo(0.2);
  }

  @Test
  void fedAvgHasTheBytesThatItAlwaysHad() {
    RoundTerms fedAvg = terms(Optional.empty(), new Weighting(500, true), new Algorithm.FedAvg());
    // Fields 1 to 4 of Training: "fedavg", 2, 0.05, 4; nothing for a proximal term.
    assertThat(HexFormat.of().formatHex(RelayMapper.toProto(fedAvg).getTraining().toByteArray()))
        .isEqualTo("0a06666564617667" + "1002" + "199a9999999999a93f" + "2004");
    RoundTerms fedProx =
        terms(Optional.empty(), new Weighting(500, true), new Algorithm.FedProx(0.5));
    assertThat(HexFormat.of().formatHex(RelayMapper.toProto(fedProx).getTraining().toByteArray()))
        .isEqualTo(
            "0a0766656470726f78" + "1002" + "199a9999999999a93f" + "2004" + "29000000000000e03f");
  }

  @Test
  void aFixedNormHasTheBytesThatItAlwaysHad() {
    RoundParameters fixed =
        RelayMapper.toProto(terms(Optional.of(Noise.atServer(1.1)), new Weighting(500, false)));
    // Fields 1 and 2 of DifferentialPrivacy: 1.1, SERVER; nothing for a clipping bit.
    assertThat(HexFormat.of().formatHex(fixed.getDifferentialPrivacy().toByteArray()))
        .isEqualTo("099a9999999999f13f" + "1001");
    // Field 40: the noise on the sum of bits, 2.5.
    assertThat(
            HexFormat.of()
                .formatHex(RelayMapper.toProto(terms()).getDifferentialPrivacy().toByteArray()))
        .isEqualTo("099a9999999999f13f" + "1001" + "c20209" + "090000000000000440");
  }

  @ParameterizedTest
  @EnumSource
  void abortsSurviveTheWire(AbortReason reason) {
    Abort abort = new Abort(reason, "why");
    assertThat(RelayMapper.toDomain(RelayMapper.toProto(abort))).isEqualTo(abort);
  }

  @ParameterizedTest
  @EnumSource
  void everyPhaseIsKnown(RelaySessions.Phase phase) {
    assertThat(RelayMapper.toProto(Optional.of(phase)).name())
        .isEqualTo("SESSION_PHASE_" + phase.name());
  }

  @Test
  void withoutMaskKeysEverybodyMayUpload() {
    Participant clear =
        Participant.newBuilder()
            .setParticipantId(ByteString.copyFrom(new byte[16]))
            .setRoundPublicKey(ByteString.copyFrom(new byte[32]))
            .build();
    assertThat(
            RelayMapper.toDomain(
                    GetParticipantsResponse.newBuilder().addParticipants(clear).build())
                .getFirst()
                .shared())
        .isTrue();
    Participant masked =
        clear.toBuilder().setMaskPublicKey(ByteString.copyFrom(new byte[32])).build();
    assertThat(
            RelayMapper.toDomain(
                    GetParticipantsResponse.newBuilder()
                        .addParticipants(masked)
                        .setSharers(ByteString.copyFrom(new byte[1]))
                        .build())
                .getFirst()
                .shared())
        .isFalse();
  }
}
