package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.reference.Lies;
import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.reference.RoundPlan;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import com.octomil.privacy.proto.secagg.v1.NoisePlacement;
import com.octomil.privacy.proto.secagg.v1.RoundParameters;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/**
 * Whole rounds over the wire with an honest server: the unmasked sum is exact whoever drops out.
 */
class HonestRoundTest {

  @Test
  void theSumOfAllDevicesIsExact() throws Exception {
    try (Fleet fleet = new Fleet(5, 37)) {
      ReferenceRound round = fleet.server().open(fleet.plan());

      Map<Integer, Participation> outcomes = fleet.run(Map.of());

      assertThat(outcomes).hasSize(5);
      assertThat(outcomes.values())
          .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.Published.class));
      assertThat(round.sum()).contains(fleet.sum(List.of(0, 1, 2, 3, 4)));
    }
  }

  @Test
  void dropOutsAtEveryStepAreSurvived() throws Exception {
    Map<Integer, Step> dropouts =
        Map.of(
            1, Step.ADVERTISE,
            4, Step.SUBMIT_SHARES,
            7, Step.UPLOAD,
            9, Step.SIGN_SURVIVORS,
            12, Step.REVEAL);
    try (Fleet fleet = new Fleet(16, 101)) {
      ReferenceRound round = fleet.server().open(fleet.plan(dropouts));

      Map<Integer, Participation> outcomes = fleet.run(dropouts);

      assertThat(outcomes).hasSize(11);
      assertThat(outcomes.values())
          .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.Published.class));
      assertThat(round.uploaded()).hasSize(13).doesNotContain(1, 4, 7);
      assertThat(round.sum()).contains(fleet.sum(round.uploaded()));
    }
  }

  @Test
  void whateverDropsOutTheSumIsExactOrTheRoundIsAborted() throws Exception {
    Step[] steps = Step.values();
    for (long seed = 1; seed <= 12; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      int devices = random.nextInt(5, 15);
      int length = random.nextInt(1, 130);
      Map<Integer, Step> dropouts = new HashMap<>();
      int gone = random.nextInt(0, devices / 2);
      for (int i = 0; i < gone; i++) {
        dropouts.put(
            random.nextInt(devices), steps[random.nextInt(Step.ADVERTISE.ordinal(), steps.length)]);
      }
      try (Fleet fleet = new Fleet(devices, length)) {
        ReferenceRound round = fleet.server().open(fleet.plan(dropouts));
        List<Participation> left = new CopyOnWriteArrayList<>();
        var running =
            fleet.start(
                dropouts,
                0,
                outcome -> {
                  if (outcome instanceof Participation.Refused) {
                    // Too many of its neighbours have gone: the device leaves, and the rest cannot
                    // finish.
                    left.add(outcome);
                    round.abort(AbortReason.ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD);
                  }
                });
        for (var future : running.values()) {
          try {
            assertThat(Fleet.get(future))
                .as("seed %d", seed)
                .isNotInstanceOf(Participation.Late.class);
          } catch (ExecutionException e) {
            assertThat(e).as("seed %d", seed).hasCauseInstanceOf(Fleet.DroppedOut.class);
          }
        }
        assertThat(left)
            .as("seed %d", seed)
            .allSatisfy(outcome ->
                assertThat(((Participation.Refused) outcome).reason())
                    .isIn(
                        RefusalReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
                        RefusalReason.TOO_FEW_DEVICES));
        if (round.sum().isPresent()) {
          assertThat(round.sum()).as("seed %d", seed).contains(fleet.sum(round.uploaded()));
        } else {
          assertThat(round.abortReason()).as("seed %d", seed).isPresent();
        }
      }
    }
  }

  @Test
  void weightsAreInsideTheMaskAndTheWeightedSumIsExact() throws Exception {
    Map<Integer, Step> dropouts = Map.of(2, Step.SUBMIT_SHARES, 5, Step.UPLOAD);
    try (Fleet fleet = new Fleet(9, 41)) {
      fleet.weighted(8);
      ReferenceRound round = fleet.server().open(fleet.plan(dropouts).weighted(8));

      Map<Integer, Participation> outcomes = fleet.run(dropouts);

      assertThat(outcomes.values())
          .hasSize(7)
          .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.Published.class));
      // Weights 1, 4, 8, 8, ...: the last coordinate is their sum, capped.
      assertThat(round.sum()).contains(fleet.weightedSum(round.uploaded()));
      assertThat(round.sum().orElseThrow()[41]).isEqualTo(1 + 4 + 5 * 8);
    }
  }

  @Test
  void theClippingBitIsInsideTheMaskAndCountsWhoIsWithinTheNorm() throws Exception {
    Map<Integer, Step> dropouts = Map.of(2, Step.SUBMIT_SHARES, 5, Step.UPLOAD);
    try (Fleet fleet = new Fleet(9, 41)) {
      double[] norms = new double[9];
      for (int device = 0; device < norms.length; device++) {
        long squares = 0;
        for (int coordinate : fleet.update(device)) {
          squares += (long) coordinate * coordinate;
        }
        norms[device] = Math.sqrt(squares) * RoundPlan.GRID_STEP;
      }
      double[] sorted = norms.clone();
      Arrays.sort(sorted);
      // The norm of one of the updates: within it, and longer ones are not.
      double clipNorm = sorted[4];
      GridEncoder encoder = new GridEncoder(clipNorm, RoundPlan.GRID_STEP);
      fleet
          .server()
          .lies(
              new Lies() {
                @Override
                public void parameters(RoundParameters.Builder parameters) {
                  parameters
                      .getDifferentialPrivacyBuilder()
                      .setNoiseMultiplier(1)
                      .setPlacement(NoisePlacement.NOISE_PLACEMENT_SERVER)
                      .getClippingBitBuilder()
                      .setNoise(2);
                  parameters
                      .getEncodingBuilder()
                      .setClipNorm(clipNorm)
                      .setMaxNormSquared(encoder.maxNormSquared());
                }
              });
      ReferenceRound round = fleet.server().open(fleet.plan(dropouts));

      Map<Integer, Participation> outcomes = fleet.run(dropouts);

      assertThat(outcomes.values())
          .hasSize(7)
          .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.Published.class));
      long expected =
          round.uploaded().stream().mapToInt(device -> norms[device] <= clipNorm ? 1 : -1).sum();
      assertThat(round.sum().orElseThrow()).hasSize(42);
      assertThat(round.sum().orElseThrow()[41]).isEqualTo(expected);
      assertThat(expected).isBetween(-6L, 6L);
    }
  }

  @Test
  void aTrainerThatDoesNotCountItsExamplesStaysOutOfWeightedRounds() throws Exception {
    try (Fleet fleet = new Fleet(3, 5)) {
      ReferenceRound round = fleet.server().open(fleet.plan().weighted(8));
      FederatedDevice device = fleet.device(0, fleet.droppingAt(Step.ADVERTISE));

      assertThatThrownBy(device::participate)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("how many");
      assertThat(round.uploaded()).isEmpty();
    }
  }

  @Test
  void trainerGetsModelAndInstructionsOfTheRound() throws Exception {
    try (Fleet fleet = new Fleet(4, 6)) {
      fleet.server().open(fleet.plan());
      List<float[]> models = new ArrayList<>();
      List<TrainingInstructions> instructions = new ArrayList<>();
      var running = fleet.start(Map.of(), 1);
      FederatedDevice device =
          FederatedDevice.builder()
              .transport(fleet.transport())
              .identity(fleet.identity(0))
              .trainer((model, given) -> {
                models.add(model.clone());
                instructions.add(given);
                return new float[model.length];
              })
              .build();

      assertThat(device.participate()).isInstanceOf(Participation.Published.class);

      for (var future : running.values()) {
        assertThat(Fleet.get(future)).isInstanceOf(Participation.Published.class);
      }
      assertThat(models).hasSize(1);
      assertThat(models.get(0)).containsExactly(fleet.model());
      assertThat(instructions)
          .containsExactly(new TrainingInstructions("fedavg", 2, 0.25, 7, 0, 1.0));
    }
  }

  @Test
  void withoutSecureAggregationTheClearUpdateIsUploadedIfThePolicyAllowsIt() throws Exception {
    try (Fleet fleet = new Fleet(3, 5)) {
      fleet.policy(LocalPolicy.standard().withClearUploadsAllowed(true));
      ReferenceRound round = fleet.server().open(fleet.plan().inClear());

      Map<Integer, Participation> outcomes = fleet.run(Map.of());

      assertThat(outcomes.values())
          .hasSize(3)
          .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.Published.class));
      float[] uploaded = new float[5];
      ByteBuffer.wrap(round.clearUpload(2))
          .order(ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(uploaded);
      for (int i = 0; i < 5; i++) {
        assertThat(uploaded[i]).isEqualTo((float) (fleet.update(2)[i] * 0x1p-10));
      }
    }
  }

  @Test
  void noRoundSaysWhenToAskAgain() throws Exception {
    try (Fleet fleet = new Fleet(1, 1)) {
      assertThat(fleet.device(0, fleet.transport()).participate())
          .isEqualTo(new Participation.NoRound(Duration.ofMillis(1234)));
    }
  }

  @Test
  void abortedRoundsAreReportedWithTheServersReason() throws Exception {
    try (Fleet fleet = new Fleet(4, 3)) {
      ReferenceRound round = fleet.server().open(fleet.plan());
      var running = fleet.start(Map.of(), 2);
      round.abort(AbortReason.ABORT_REASON_CANCELLED);
      for (var future : running.values()) {
        assertThat(Fleet.get(future))
            .isEqualTo(
                new Participation.RoundAborted(
                    Bytes.of(round.parameters().getRoundId().toByteArray()),
                    com.octomil.privacy.device.transport.AbortReason.CANCELLED,
                    "ended by the test"));
      }
    }
  }
}
