package com.octomil.privacy.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.device.reference.ReferenceRound;
import com.octomil.privacy.device.transport.Accepted;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.DeviceTransport;
import com.octomil.privacy.device.transport.EncryptedShare;
import com.octomil.privacy.device.transport.ForwardingTransport;
import com.octomil.privacy.device.transport.Reply;
import com.octomil.privacy.device.transport.Step;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.proto.aggregator.v1.RevealRequest;
import com.octomil.privacy.proto.secagg.v1.AbortReason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A device among honest ones that makes shares which nobody can open. The table in
 * docs/THREAT_MODEL.md lists these tests.
 */
class HostileDeviceTest {

  private static final int DEVICES = 5;
  private static final int HOSTILE = 1;

  @SuppressWarnings("NullAway.Init")
  private Fleet fleet;

  @BeforeEach
  void start() throws Exception {
    fleet = new Fleet(DEVICES, 13);
  }

  @AfterEach
  void stop() throws Exception {
    fleet.close();
  }

  /** Sends octets of the right length that are no ciphertext to the chosen neighbours. */
  private static DeviceTransport garbling(DeviceTransport transport, Predicate<Integer> victims) {
    return new ForwardingTransport(transport) {
      @Override
      public Reply<Accepted> submitShares(Ticket ticket, List<EncryptedShare> shares) {
        return super.submitShares(
            ticket,
            shares.stream()
                .map(share ->
                    victims.test(share.toIndex())
                        ? new EncryptedShare(
                            share.fromIndex(),
                            share.toIndex(),
                            Bytes.of(new byte[share.ciphertext().size()]))
                        : share)
                .toList());
      }
    };
  }

  /** Starts everybody; the hostile device over the given transport. */
  private Map<Integer, Future<Participation>> start(DeviceTransport hostile) {
    Map<Integer, Future<Participation>> running = fleet.start(Map.of(), 2);
    running.put(HOSTILE, fleet.submit(HOSTILE, hostile));
    return running;
  }

  private static long missing(ReferenceRound round, int holder, int owner) {
    return round.allReveals().stream()
        .filter(request -> round.index(holder) == indexOf(round, request))
        .flatMap(request -> request.getSharesList().stream())
        .filter(share -> share.getOwnerIndex() == round.index(owner) && share.getShare().isEmpty())
        .count();
  }

  private static int indexOf(ReferenceRound round, RevealRequest request) {
    return round.index(round.numberOf(request.getTicket()));
  }

  @Test
  void aShareThatDoesNotOpenIsDoneWithoutAlsoAfterARestart() throws Exception {
    ReferenceRound round = fleet.server().open(fleet.plan());
    Map<Integer, Future<Participation>> running =
        start(garbling(fleet.transport(), to -> to == round.index(0)));
    FederatedDevice victim = fleet.device(0, fleet.droppingAt(Step.REVEAL));
    assertThatThrownBy(victim::participate).isInstanceOf(Fleet.DroppedOut.class);

    Participation outcome = fleet.device(0, fleet.transport()).participate();

    assertThat(outcome).isInstanceOf(Participation.Published.class);
    for (Future<Participation> other : running.values()) {
      assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
    }
    assertThat(round.sum()).contains(fleet.sum(List.of(0, 1, 2, 3, 4)));
    assertThat(missing(round, 0, HOSTILE)).isEqualTo(1);
    assertThat(missing(round, 2, HOSTILE)).isZero();
  }

  @Test
  void itsMasksAreRemovedThoughItDropsOut() throws Exception {
    Map<Integer, Step> dropouts = Map.of(HOSTILE, Step.UPLOAD);
    ReferenceRound round = fleet.server().open(fleet.plan(dropouts));
    Map<Integer, Future<Participation>> running =
        start(garbling(fleet.droppingAt(Step.UPLOAD), to -> to == round.index(0)));
    running.put(0, fleet.submit(0, fleet.transport()));

    assertThatThrownBy(() -> Fleet.get(Objects.requireNonNull(running.remove(HOSTILE))))
        .hasCauseInstanceOf(Fleet.DroppedOut.class);
    for (Future<Participation> other : running.values()) {
      assertThat(Fleet.get(other)).isInstanceOf(Participation.Published.class);
    }
    assertThat(round.sum()).contains(fleet.sum(List.of(0, 2, 3, 4)));
  }

  @Test
  void aDeviceThatNobodyCanUnmaskAbortsTheRoundAndIsNamedByEverybody() throws Exception {
    ReferenceRound round = fleet.server().open(fleet.plan());
    Map<Integer, Future<Participation>> running = start(garbling(fleet.transport(), to -> true));
    running.put(0, fleet.submit(0, fleet.transport()));

    Map<Integer, Participation> outcomes = new HashMap<>();
    for (Map.Entry<Integer, Future<Participation>> entry : running.entrySet()) {
      outcomes.put(entry.getKey(), Fleet.get(entry.getValue()));
    }

    assertThat(outcomes.values())
        .allSatisfy(outcome -> assertThat(outcome).isInstanceOf(Participation.RoundAborted.class));
    assertThat(round.sum()).isEmpty();
    assertThat(round.abortReason())
        .contains(AbortReason.ABORT_REASON_NEIGHBOURHOOD_BELOW_THRESHOLD);
    List<Integer> accusers = new ArrayList<>();
    for (int device : List.of(0, 2, 3, 4)) {
      if (missing(round, device, HOSTILE) == 1) {
        accusers.add(device);
      }
    }
    assertThat(accusers).containsExactly(0, 2, 3, 4);
  }
}
