package com.octomil.privacy.aggregator.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which rounds a version is made of, and that applying them again gives the same bits. */
class CompositionTest {

  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");

  private final List<Model.Version> versions = new ArrayList<>();

  private RoundId round(int number) {
    return new RoundId(new UUID(0, number));
  }

  private void uploaded() {
    add(Optional.empty(), Optional.empty());
  }

  private void made(int round) {
    add(
        Optional.of(new Model.Lineage(new JobId(new UUID(1, 1)), round(round), round)),
        Optional.empty());
  }

  private void rebuilt(int from, int... excluded) {
    List<RoundId> without = new ArrayList<>();
    for (int each : excluded) {
      without.add(round(each));
    }
    add(Optional.empty(), Optional.of(new Model.Rebuilt(from, without)));
  }

  private void add(Optional<Model.Lineage> madeBy, Optional<Model.Rebuilt> rebuilt) {
    versions.add(
        new Model.Version(versions.size() + 1, Octets.sha256(new byte[0]), NOW, madeBy, rebuilt));
  }

  private Composition composition() {
    return Composition.of(new Model(new FederationName("f"), new ModelName("m"), 1, NOW, versions));
  }

  @Test
  void roundsAddUpAndRebuildsTakeAway() {
    uploaded();
    made(1);
    made(2);
    made(3);
    assertThat(composition().latest()).containsExactly(round(1), round(2), round(3));
    rebuilt(4, 2);
    made(4);
    assertThat(composition().latest()).containsExactly(round(1), round(3), round(4));
    rebuilt(6, 1, 4);
    assertThat(composition().latest()).containsExactly(round(3));
    assertThat(composition().versionOf(List.of(round(1)))).contains(2);
    assertThat(composition().versionOf(List.of())).contains(1);
    assertThat(composition().versionOf(List.of(round(2)))).isEmpty();
  }

  @Test
  void aRoundAppliedAgainGivesTheSameBits() {
    long[] sum = {123_456, -9_876_543, 1, 0};
    float[] weights = {0.5f, -1.25f, 1e-3f, 7f};
    byte[] octets = new byte[sum.length * Long.BYTES];
    ByteBuffer.wrap(octets).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(sum);
    JobId job = new JobId(UUID.randomUUID());
    for (Algorithm algorithm :
        List.of(
            new Algorithm.FedAvg(),
            new Algorithm.FedProx(0.1),
            new Algorithm.FedAdam(0.9, 0.99, 1e-3))) {
      ServerState state = new ServerState(weights.clone(), Optional.empty());
      ServerState published =
          state.after(Release.ofOctets(octets).average(0x1p-17, 12), job, algorithm, 0.7);
      ServerState again =
          new ReplayedRound(
                  round(1),
                  job,
                  1,
                  Optional.of(octets),
                  0x1p-17,
                  12,
                  algorithm,
                  0.7,
                  Optional.empty())
              .apply(state);
      assertThat(again.weights()).as(algorithm.id()).isEqualTo(published.weights());
      assertThat(again.moments().map(Moments::secondOctets))
          .usingRecursiveComparison()
          .isEqualTo(published.moments().map(Moments::secondOctets));
    }
    assertThat(Release.ofOctets(octets).aggregateOctets()).isEqualTo(octets);
  }

  @Test
  void aSumThatIsGoneCannotBeApplied() {
    assertThatThrownBy(() ->
            new ReplayedRound(
                    round(1),
                    new JobId(UUID.randomUUID()),
                    1,
                    Optional.empty(),
                    1,
                    1,
                    new Algorithm.FedAvg(),
                    1,
                    Optional.empty())
                .apply(new ServerState(new float[1], Optional.empty())))
        .isInstanceOf(IllegalStateException.class);
  }
}
