package com.octomil.privacy.aggregator.domain;

import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which secrets have to be rebuilt to unmask a sum, and who holds shares of them: of every survivor
 * the self-mask seed, and of every device that shared but did not upload, and has a surviving
 * neighbour, the mask key. Immutable.
 */
public final class UnmaskingPlan {
  private final int threshold;
  private final BitSet sharers;
  private final BitSet survivors;
  private final int[][] sharingNeighbours;
  private final NeighbourGraph graph;

  /**
   * @param survivors a subset of {@code sharers}
   */
  public UnmaskingPlan(Octets graphNonce, Roster.Graph graph, BitSet sharers, BitSet survivors) {
    GraphParameters parameters = graph.parameters();
    this.threshold = parameters.threshold();
    this.sharers = (BitSet) sharers.clone();
    this.survivors = (BitSet) survivors.clone();
    this.graph = NeighbourGraph.of(graphNonce.toArray(), graph.root().toArray(), parameters);
    this.sharingNeighbours = new int[parameters.cohort()][];
    for (int i = 0; i < sharingNeighbours.length; i++) {
      List<Integer> sharing = new ArrayList<>();
      for (int j : this.graph.neighbours(i)) {
        if (sharers.get(j)) {
          sharing.add(j);
        }
      }
      sharingNeighbours[i] = sharing.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  public int threshold() {
    return threshold;
  }

  public BitSet survivors() {
    return (BitSet) survivors.clone();
  }

  /** Neighbours of {@code index} that shared, by rising index. */
  public int[] sharingNeighbours(int index) {
    return sharingNeighbours[index].clone();
  }

  /**
   * What a survivor has to reveal, one item per neighbour that shared: owner to kind, by rising
   * owner.
   */
  public Map<Integer, SecretKind> expectedFrom(int holder) {
    Map<Integer, SecretKind> expected = new TreeMap<>();
    for (int owner : sharingNeighbours[holder]) {
      expected.put(owner, kindFor(owner));
    }
    return expected;
  }

  /** The one secret of {@code owner} that may be revealed. */
  public SecretKind kindFor(int owner) {
    return survivors.get(owner) ? SecretKind.SELF_MASK_SEED : SecretKind.MASK_KEY;
  }

  /** Number of groups that are unmasked one by one. */
  public int groups() {
    return graph.parameters().groups();
  }

  /** The group of a device. */
  public int group(int index) {
    return graph.group(index);
  }

  /** Survivors in a group. */
  public BitSet survivors(int group) {
    BitSet members = new BitSet();
    for (int member : graph.members(group)) {
      members.set(member, survivors.get(member));
    }
    return members;
  }

  /** Owners whose secret is needed, by rising index. */
  public int[] neededOwners() {
    return sharers.stream().filter(this::needed).toArray();
  }

  /** Owners in a group whose secret is needed, by rising index. */
  public int[] neededOwners(int group) {
    return Arrays.stream(graph.members(group)).filter(sharers::get).filter(this::needed).toArray();
  }

  private boolean needed(int owner) {
    return survivors.get(owner) || survivingNeighbours(owner) > 0;
  }

  /** How many survivors hold a share of a secret of {@code owner}. */
  public int survivingNeighbours(int owner) {
    int count = 0;
    for (int j : sharingNeighbours[owner]) {
      if (survivors.get(j)) {
        count++;
      }
    }
    return count;
  }

  /** Whether {@code revealers} hold at least threshold many shares of every needed secret. */
  public boolean rebuildable(BitSet revealers) {
    for (int owner : neededOwners()) {
      int shares = 0;
      for (int holder : sharingNeighbours[owner]) {
        if (revealers.get(holder)) {
          shares++;
        }
      }
      if (shares < threshold) {
        return false;
      }
    }
    return true;
  }

  /** Why the sum of a group can never be unmasked, if it cannot. */
  public Optional<Abort> infeasible(int group) {
    for (int owner : neededOwners(group)) {
      int holders = survivingNeighbours(owner);
      if (holders < threshold) {
        return Optional.of(
            new Abort(
                AbortReason.NEIGHBOURHOOD_BELOW_THRESHOLD,
                "A neighbourhood has "
                    + holders
                    + " survivors; "
                    + threshold
                    + " are needed to rebuild a secret."));
      }
    }
    return Optional.empty();
  }
}
