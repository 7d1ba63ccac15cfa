package com.octomil.privacy.secagg.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class GraphPropertyTest {
  private static byte[] bytes(int seed) {
    return ByteBuffer.allocate(32).putInt(0, seed).array();
  }

  @Property(tries = 200)
  void regularSymmetricAndWithoutLoops(
      @ForAll @IntRange(min = 3, max = 80) int n, @ForAll int pick) {
    int half = 1 + Math.floorMod(pick, (n - 1) / 2);
    int degree = pick % 5 == 0 ? n - 1 : 2 * half;
    NeighbourGraph graph =
        NeighbourGraph.of(bytes(pick), bytes(n), new GraphParameters(n, degree, 2));
    for (int i = 0; i < n; i++) {
      int[] neighbours = graph.neighbours(i);
      assertThat(neighbours).hasSize(degree).doesNotContain(i).doesNotHaveDuplicates().isSorted();
      for (int j = 0; j < n; j++) {
        assertThat(graph.areNeighbours(i, j)).isEqualTo(Arrays.binarySearch(neighbours, j) >= 0);
        assertThat(graph.areNeighbours(i, j)).isEqualTo(graph.areNeighbours(j, i));
      }
    }
  }

  @Property(tries = 300)
  void groupsPartitionTheCohortAndEachIsRegular(
      @ForAll @IntRange(min = 6, max = 120) int n,
      @ForAll @IntRange(min = 2, max = 12) int wanted,
      @ForAll int pick) {
    int groups = Math.min(wanted, n / 3);
    int smallest = n / groups;
    int largest = (n + groups - 1) / groups;
    boolean complete = smallest < 4 || pick % 4 == 0;
    int degree = complete ? largest - 1 : 2 * (1 + Math.floorMod(pick, (smallest - 2) / 2));
    GraphParameters parameters = new GraphParameters(n, degree, 2, groups);
    NeighbourGraph graph = NeighbourGraph.of(bytes(pick), bytes(n), parameters);
    List<Integer> seen = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      int[] members = graph.members(group);
      assertThat(members.length).isBetween(parameters.smallestGroup(), parameters.largestGroup());
      for (int member : members) {
        seen.add(member);
        assertThat(graph.group(member)).isEqualTo(group);
        int[] neighbours = graph.neighbours(member);
        assertThat(neighbours)
            .hasSize(Math.min(degree, members.length - 1))
            .doesNotContain(member)
            .doesNotHaveDuplicates()
            .isSorted();
        assertThat(members).contains(neighbours);
      }
    }
    assertThat(seen).hasSize(n).doesNotHaveDuplicates();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        boolean neighbours = Arrays.binarySearch(graph.neighbours(i), j) >= 0;
        assertThat(graph.areNeighbours(i, j)).isEqualTo(neighbours);
        assertThat(graph.areNeighbours(j, i)).isEqualTo(neighbours);
      }
    }
  }

  @Example
  void oneGroupIsTheGraphWithoutGroups() {
    NeighbourGraph one = NeighbourGraph.of(bytes(1), bytes(2), new GraphParameters(40, 6, 3, 1));
    NeighbourGraph plain = NeighbourGraph.of(bytes(1), bytes(2), new GraphParameters(40, 6, 3));
    for (int i = 0; i < 40; i++) {
      assertThat(one.neighbours(i)).isEqualTo(plain.neighbours(i));
    }
  }

  @Example
  void everyPairIsEquallyLikelyInGroupsToo() {
    // Two groups of 5 and 4: 2 of 8 others are neighbours of each device, wherever it lands. As
    // above.
    int rounds = 20_000;
    int[][] together = new int[9][9];
    for (int round = 0; round < rounds; round++) {
      NeighbourGraph graph =
          NeighbourGraph.of(bytes(round), bytes(7), new GraphParameters(9, 2, 2, 2));
      for (int i = 0; i < 9; i++) {
        for (int j : graph.neighbours(i)) {
          together[i][j]++;
        }
      }
    }
    for (int i = 0; i < 9; i++) {
      for (int j = 0; j < 9; j++) {
        if (i != j) {
          assertThat(together[i][j]).isBetween(5_000 - 370, 5_000 + 370);
        }
      }
    }
  }

  @Example
  void dependsOnNonceAndRoot() {
    GraphParameters parameters = new GraphParameters(40, 6, 3);
    int[] reference = NeighbourGraph.of(bytes(1), bytes(2), parameters).neighbours(0);
    assertThat(NeighbourGraph.of(bytes(1), bytes(2), parameters).neighbours(0))
        .isEqualTo(reference);
    assertThat(NeighbourGraph.of(bytes(3), bytes(2), parameters).neighbours(0))
        .isNotEqualTo(reference);
    assertThat(NeighbourGraph.of(bytes(1), bytes(3), parameters).neighbours(0))
        .isNotEqualTo(reference);
  }

  @Example
  void everyPairIsEquallyLikely() {
    // 2 of 8 others are neighbours: 20,000 graphs give each pair 5,000 +- 61 (one standard
    // deviation); 6 of them are allowed.
    int rounds = 20_000;
    int[][] together = new int[9][9];
    for (int round = 0; round < rounds; round++) {
      NeighbourGraph graph =
          NeighbourGraph.of(bytes(round), bytes(0), new GraphParameters(9, 2, 2));
      for (int i = 0; i < 9; i++) {
        for (int j : graph.neighbours(i)) {
          together[i][j]++;
        }
      }
    }
    for (int i = 0; i < 9; i++) {
      for (int j = 0; j < 9; j++) {
        if (i != j) {
          assertThat(together[i][j]).isBetween(5_000 - 370, 5_000 + 370);
        }
      }
    }
  }

  @Example
  void commitment() {
    byte[] nonce = bytes(5);
    byte[] commitment = GraphNonce.commit(nonce);
    assertThat(GraphNonce.opens(commitment, nonce)).isTrue();
    assertThat(GraphNonce.opens(commitment, bytes(6))).isFalse();
    assertThat(GraphNonce.opens(commitment, new byte[31])).isFalse();
    assertThat(GraphNonce.opens(new byte[5], nonce)).isFalse();
  }

  @Example
  void parametersAreValidated() {
    assertThatThrownBy(() -> new GraphParameters(2, 1, 1)).hasMessageContaining("cohort is 2");
    assertThatThrownBy(() -> new GraphParameters(10, 3, 2))
        .hasMessage("degree is 3; it must be even or 9");
    assertThatThrownBy(() -> new GraphParameters(10, 4, 1))
        .hasMessage("threshold is 1; it must be between 2 and 4");
    assertThatThrownBy(() -> new GraphParameters(10, 4, 5))
        .hasMessage("threshold is 5; it must be between 2 and 4");
    assertThatThrownBy(() -> new GraphParameters(10, 10, 5)).hasMessageContaining("degree is 10");
    assertThat(new GraphParameters(10, 9, 9).isComplete()).isTrue();
    assertThatThrownBy(() -> new GraphParameters(10, 2, 2, 4))
        .hasMessage("groups is 4; it must be between 1 and 3");
    assertThatThrownBy(() -> new GraphParameters(10, 6, 2, 2)).hasMessageContaining("degree is 6");
    assertThatThrownBy(() -> new GraphParameters(11, 5, 5, 2))
        .hasMessage("threshold is 5; it must be between 2 and 4");
    assertThat(new GraphParameters(11, 5, 4, 2).isComplete()).isTrue();
    assertThat(new Grouping(1000, 500).groups(1000)).isOne();
    assertThat(new Grouping(1000, 500).groups(1001)).isEqualTo(2);
    assertThatThrownBy(() -> new Grouping(4, 3))
        .hasMessage("max_group_size is 4; it must be between 5 and 1000000");
    assertThatThrownBy(() -> new Grouping(8, 5))
        .hasMessage("min_group_survivors is 5; it must be between 3 and 4");
  }

  private static List<byte[]> leaves(int count) {
    List<byte[]> leaves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      leaves.add(("entry " + i).getBytes(StandardCharsets.UTF_8));
    }
    return leaves;
  }

  /** The recursive definition of RFC 9162, section 2.1.1. */
  private static byte[] rfcRoot(List<byte[]> leaves) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    if (leaves.size() == 1) {
      digest.update((byte) 0);
      return digest.digest(leaves.get(0));
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    digest.update((byte) 1);
    digest.update(rfcRoot(leaves.subList(0, split)));
    return digest.digest(rfcRoot(leaves.subList(split, leaves.size())));
  }

  @Property(tries = 100)
  void treeHasTheShapeOfTheRfc(@ForAll @IntRange(min = 1, max = 70) int size) throws Exception {
    MerkleTree tree = new MerkleTree(leaves(size));
    assertThat(tree.size()).isEqualTo(size);
    assertThat(tree.root()).isEqualTo(rfcRoot(leaves(size)));
    for (int i = 0; i < size; i++) {
      assertThat(MerkleTree.verify(tree.root(), size, i, leaves(size).get(i), tree.proof(i)))
          .isTrue();
    }
  }

  @Property(tries = 100)
  void wrongProofsAreRefused(@ForAll @IntRange(min = 2, max = 40) int size, @ForAll int pick) {
    List<byte[]> leaves = leaves(size);
    MerkleTree tree = new MerkleTree(leaves);
    int index = Math.floorMod(pick, size);
    byte[] leaf = leaves.get(index);
    List<byte[]> proof = tree.proof(index);
    for (int other = 0; other < size; other++) {
      if (other != index) {
        assertThat(MerkleTree.verify(tree.root(), size, other, leaf, proof)).isFalse();
        assertThat(MerkleTree.verify(tree.root(), size, index, leaves.get(other), proof)).isFalse();
      }
    }
    assertThat(
            MerkleTree.verify(tree.root(), size, index, leaf, proof.subList(0, proof.size() - 1)))
        .isFalse();
    List<byte[]> longer = new ArrayList<>(proof);
    longer.add(new byte[32]);
    assertThat(MerkleTree.verify(tree.root(), size, index, leaf, longer)).isFalse();
    List<byte[]> altered = new ArrayList<>(proof);
    byte[] hash = altered.get(0).clone();
    hash[pick & 31] ^= 1;
    altered.set(0, hash);
    assertThat(MerkleTree.verify(tree.root(), size, index, leaf, altered)).isFalse();
    altered.set(0, new byte[31]);
    assertThat(MerkleTree.verify(tree.root(), size, index, leaf, altered)).isFalse();
    assertThat(MerkleTree.verify(tree.root(), size, -1, leaf, proof)).isFalse();
    assertThat(MerkleTree.verify(tree.root(), size, size, leaf, proof)).isFalse();
    assertThat(MerkleTree.verify(new byte[0], size, index, leaf, proof)).isFalse();
    assertThat(
            MerkleTree.verify(
                tree.root(), size, index, leaf, Collections.nCopies(100, new byte[32])))
        .isFalse();
  }

  @Example
  void publishedTreeHash() {
    // The hash of one empty entry and of the first two entries of the test data of RFC 6962
    // implementations.
    assertThat(new MerkleTree(List.of(new byte[0])).root())
        .isEqualTo(
            HexFormat.of()
                .parseHex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"));
    assertThat(new MerkleTree(List.of(new byte[0], new byte[] {0})).root())
        .isEqualTo(
            HexFormat.of()
                .parseHex("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"));
    assertThatThrownBy(() -> new MerkleTree(List.of())).hasMessageContaining("no leaves");
  }
}
