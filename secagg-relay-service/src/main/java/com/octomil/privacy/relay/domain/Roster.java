package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A closed roster: all accepted adverts, ordered by mask key as unsigned bytes, under one Merkle
 * root. Immutable and thread-safe.
 */
public final class Roster {

  private final List<RosterMember> members;
  private final Map<ParticipantId, Integer> indices = new HashMap<>();
  private final MerkleTree tree;

  private Roster(List<RosterMember> members, MerkleTree tree) {
    this.members = members;
    this.tree = tree;
    for (int i = 0; i < members.size(); i++) {
      indices.put(members.get(i).advert().participantId(), i);
    }
  }

  /**
   * Orders and hashes the adverts of a round.
   *
   * @throws IllegalArgumentException if there is none, or if two share a participant or a key of
   *     one kind; such adverts are refused when they arrive
   */
  public static Roster of(RoundHash roundHash, List<RosterMember> adverts) {
    List<RosterMember> sorted = new ArrayList<>(adverts);
    sorted.sort(Comparator.comparing(member -> member.advert().maskPublicKey()));
    Set<ParticipantId> participants = new HashSet<>();
    Set<Bytes> maskKeys = new HashSet<>();
    Set<Bytes> shareKeys = new HashSet<>();
    Set<Bytes> roundKeys = new HashSet<>();
    Set<Bytes> deviceKeys = new HashSet<>();
    List<byte[]> leaves = new ArrayList<>(sorted.size());
    for (RosterMember member : sorted) {
      Advert advert = member.advert();
      if (!participants.add(advert.participantId())
          || !maskKeys.add(advert.maskPublicKey())
          || !shareKeys.add(advert.sharePublicKey())
          || !roundKeys.add(advert.roundPublicKey())
          || !deviceKeys.add(member.devicePublicKey())) {
        throw new IllegalArgumentException(
            "two adverts share a participant or a key; every one must be unique in a roster");
      }
      leaves.add(
          Transcripts.rosterLeaf(
              advert.transcript(roundHash),
              member.devicePublicKey().toArray(),
              advert.signature().toArray()));
    }
    return new Roster(List.copyOf(sorted), new MerkleTree(leaves));
  }

  /** Number of entries. */
  public int size() {
    return members.size();
  }

  /** Merkle root, 32 bytes. */
  public Bytes root() {
    return Bytes.of(tree.root());
  }

  /** The entry with this index. */
  public RosterMember member(int index) {
    return members.get(index);
  }

  /** All entries by rising index. */
  public List<RosterMember> members() {
    return members;
  }

  /** The index of a participant, or empty if it did not advertise in time. */
  public OptionalInt indexOf(ParticipantId participant) {
    Integer index = indices.get(participant);
    return index == null ? OptionalInt.empty() : OptionalInt.of(index);
  }

  /** An entry with the sibling hashes from its leaf up to the root. */
  public RosterEntry entry(int index) {
    return new RosterEntry(
        index, members.get(index).advert(), tree.proof(index).stream().map(Bytes::of).toList());
  }
}
