package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.state.FileRoundStateStore;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A device that is killed after its upload finishes the round when it is started again. */
class RestartTest {

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(
      value = Step.class,
      names = {"GET_SURVIVORS", "SIGN_SURVIVORS", "GET_SURVIVOR_SIGNATURES", "REVEAL"})
  void finishesTheRoundFromItsFiles(Step killedBefore) throws Exception {
    Path home = directory.resolve("device");
    try (Fleet fleet = new Fleet(5, 8)) {
      ReferenceRound round = fleet.server().open(fleet.plan());
      Map<Integer, Future<Participation>> others = fleet.start(Map.of(), 1);
      try (FileRoundStateStore store = FileRoundStateStore.open(home)) {
        fleet.store(0, store);
        assertThatThrownBy(() -> fleet.device(0, fleet.droppingAt(killedBefore)).participate())
            .isInstanceOf(Fleet.DroppedOut.class);
      }

      try (FileRoundStateStore store = FileRoundStateStore.open(home)) {
        fleet.store(0, store);
        assertThat(fleet.device(0, fleet.transport()).participate())
            .isInstanceOf(Participation.Published.class);
        assertThat(store.secrets()).isEmpty();
      }

      for (Future<Participation> other : others.values()) {
        assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
      }
      assertThat(round.sum()).contains(fleet.sum(List.of(0, 1, 2, 3, 4)));
    }
  }

  @Test
  void aRevealWhoseAnswerWasLostIsRepeatedWithTheSameShares() throws Exception {
    try (Fleet fleet = new Fleet(5, 8)) {
      ReferenceRound round = fleet.server().open(fleet.plan());
      Map<Integer, Future<Participation>> others = fleet.start(Map.of(), 1);
      ForwardingTransport losing =
          new ForwardingTransport(fleet.transport()) {
            @Override
            protected void after(Step step) {
              if (step == Step.REVEAL) {
                throw new Fleet.DroppedOut(step);
              }
            }
          };
      assertThatThrownBy(() -> fleet.device(0, losing).participate())
          .isInstanceOf(Fleet.DroppedOut.class);

      assertThat(fleet.device(0, fleet.transport()).participate())
          .isInstanceOf(Participation.Published.class);

      for (Future<Participation> other : others.values()) {
        assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
      }
      assertThat(round.allReveals()).hasSize(6);
      List<RevealRequest> twice =
          round.allReveals().stream()
              .filter(request ->
                  round.allReveals().stream()
                          .filter(other -> other.getTicket().equals(request.getTicket()))
                          .count()
                      == 2)
              .toList();
      assertThat(twice).hasSize(2);
      assertThat(twice.get(0)).isEqualTo(twice.get(1));
    }
  }

  @Test
  void anAbandonedRoundIsNotResumed() throws Exception {
    try (Fleet fleet = new Fleet(5, 8)) {
      ReferenceRound round = fleet.server().open(fleet.plan(Map.of(0, Step.REVEAL)));
      Map<Integer, Future<Participation>> others = fleet.start(Map.of(), 1);
      FederatedDevice device = fleet.device(0, fleet.droppingAt(Step.REVEAL));
      assertThatThrownBy(device::participate).isInstanceOf(Fleet.DroppedOut.class);

      device.abandon();

      Participation next = fleet.device(0, fleet.transport()).participate();
      assertThat(next).isInstanceOf(Participation.Refused.class);
      for (Future<Participation> other : others.values()) {
        assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
      }
      assertThat(round.revealed()).containsExactlyInAnyOrder(1, 2, 3, 4);
      assertThat(round.sum()).contains(fleet.sum(List.of(0, 1, 2, 3, 4)));
    }
  }
}
