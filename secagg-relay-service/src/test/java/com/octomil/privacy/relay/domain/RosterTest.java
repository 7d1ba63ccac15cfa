package com.octomil.privacy.relay.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RosterTest {

  private static final RoundHash HASH = RoundHash.of(new byte[] {1, 2, 3});

  private static Bytes filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return Bytes.of(bytes);
  }

  private static RosterMember member(int number) {
    return member(number, number);
  }

  private static RosterMember member(int number, int maskKey) {
    return new RosterMember(
        new Advert(
            new ParticipantId(filled(16, number)),
            filled(32, maskKey),
            filled(32, number + 1),
            filled(32, 9),
            filled(32, number + 2),
            new Certificate(filled(10, number), filled(64, number)),
            filled(64, number)),
        filled(32, number + 3));
  }

  @Test
  void membersAreOrderedByMaskKeyAsUnsignedBytes() {
    List<RosterMember> members = new ArrayList<>();
    for (int key : new int[] {0x80, 0x7f, 0x01, 0xff, 0x00}) {
      members.add(member(key));
    }
    Roster roster = Roster.of(HASH, members);
    assertThat(roster.members().stream().map(m -> m.advert().maskPublicKey().toArray()[0] & 0xff))
        .containsExactly(0x00, 0x01, 0x7f, 0x80, 0xff);
    assertThat(roster.indexOf(new ParticipantId(filled(16, 0x7f)))).hasValue(2);
    assertThat(roster.indexOf(new ParticipantId(filled(16, 0x55)))).isEmpty();
  }

  @Test
  void theRootDoesNotDependOnTheOrderOfArrival() {
    List<RosterMember> members = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      members.add(member(3 * i));
    }
    Bytes root = Roster.of(HASH, members).root();
    Collections.shuffle(members, new Random(1));
    Roster roster = Roster.of(HASH, members);
    assertThat(roster.root()).isEqualTo(root);
    assertThat(Roster.of(RoundHash.of(new byte[] {9}), members).root()).isNotEqualTo(root);
    for (int i = 0; i < roster.size(); i++) {
      RosterEntry entry = roster.entry(i);
      RosterMember member = roster.member(i);
      assertThat(entry.index()).isEqualTo(i);
      assertThat(
              MerkleTree.verify(
                  root.toArray(),
                  11,
                  i,
                  Transcripts.rosterLeaf(
                      member.advert().transcript(HASH),
                      member.devicePublicKey().toArray(),
                      member.advert().signature().toArray()),
                  entry.merkleProof().stream().map(Bytes::toArray).toList()))
          .isTrue();
    }
  }

  @Test
  void duplicatesAreRefused() {
    assertThatThrownBy(() -> Roster.of(HASH, List.of(member(1), member(50, 1))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Roster.of(HASH, List.of(member(1), member(1, 50))))
        .isInstanceOf(IllegalArgumentException.class);
    // A key of one kind that equals another device's key of another kind stops nobody's round.
    assertThat(Roster.of(HASH, List.of(member(1), member(2))).size()).isEqualTo(2);
  }
}
