package com.octomil.privacy.device;

import static com.octomil.privacy.device.Refusal.unless;

import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Roster;
import com.octomil.privacy.device.transport.RosterEntry;
import com.octomil.privacy.device.transport.RoundParameters;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The roster against the commitment, the floor, the graph, the authority and the device's own
 * advert.
 */
final class RosterCheck {

  private static final int KEY_BYTES = 32;

  private final RoundParameters parameters;
  private final RoundParameters.SecureAggregation terms;
  private final RoundHash roundHash;
  private final int minimum;
  private final CertificateCheck certificates;

  RosterCheck(
      RoundParameters parameters,
      RoundParameters.SecureAggregation terms,
      RoundHash roundHash,
      int minimum,
      CertificateCheck certificates) {
    this.parameters = parameters;
    this.terms = terms;
    this.roundHash = roundHash;
    this.minimum = minimum;
    this.certificates = certificates;
  }

  Neighbourhood check(Roster roster, Advert own, Instant now) throws Refusal {
    unless(
        roster.size() >= minimum,
        RefusalReason.TOO_FEW_DEVICES,
        "the roster must have at least " + minimum + " devices, not " + roster.size());
    ParameterCheck.ring(
        parameters,
        ParameterCheck.groupingOf(terms)
            .map(grouping -> Math.min(grouping.maxGroupSize(), roster.size()))
            .orElse(roster.size()));
    unless(
        GraphNonce.opens(terms.graphNonceCommitment().toArray(), roster.graphNonce().toArray()),
        RefusalReason.GRAPH_NONCE_NOT_COMMITTED,
        "graph_nonce must open " + terms.graphNonceCommitment());
    unless(
        roster.root().size() == MerkleTree.HASH_BYTES,
        RefusalReason.MALFORMED_ANSWER,
        "root must have " + MerkleTree.HASH_BYTES + " bytes, not " + roster.root().size());
    GraphParameters chosen = floor(roster);
    ownEntry(roster, own);
    NeighbourGraph graph =
        NeighbourGraph.of(roster.graphNonce().toArray(), roster.root().toArray(), chosen);
    entries(roster, graph, now);
    SortedMap<Integer, Advert> neighbours = new TreeMap<>();
    roster.neighbours().forEach(entry -> neighbours.put(entry.index(), entry.advert()));
    BitSet group = new BitSet(roster.size());
    for (int member : graph.members(graph.group(roster.self().index()))) {
      group.set(member);
    }
    return new Neighbourhood(chosen, roster.root(), roster.self().index(), neighbours, group);
  }

  /**
   * Recomputes what the assumptions need. The degree has to be exactly the computed one: a larger
   * neighbourhood with the same threshold would be weaker against a two-faced server.
   */
  private GraphParameters floor(Roster roster) throws Refusal {
    GraphParameters floor;
    try {
      floor =
          ParameterChoice.choose(
              roster.size(),
              ParameterCheck.assumptionsOf(terms),
              terms.reconstructionThreshold(),
              ParameterCheck.groupingOf(terms)
                  .map(grouping -> grouping.groups(roster.size()))
                  .orElse(1));
    } catch (InfeasibleParametersException e) {
      throw new Refusal(RefusalReason.GRAPH_BELOW_FLOOR, String.valueOf(e.getMessage()));
    }
    unless(
        roster.degree() == floor.degree(),
        RefusalReason.GRAPH_BELOW_FLOOR,
        "degree must be "
            + floor.degree()
            + " for "
            + roster.size()
            + " devices, not "
            + roster.degree());
    int most = Math.min(floor.degree(), floor.smallestGroup() - 1);
    unless(
        roster.threshold() >= floor.threshold() && roster.threshold() <= most,
        RefusalReason.GRAPH_BELOW_FLOOR,
        "threshold must be from "
            + floor.threshold()
            + " to "
            + most
            + " for "
            + roster.size()
            + " devices, not "
            + roster.threshold());
    return new GraphParameters(roster.size(), roster.degree(), roster.threshold(), floor.groups());
  }

  private void ownEntry(Roster roster, Advert own) throws Refusal {
    unless(
        roster.self().advert().equals(own),
        RefusalReason.OWN_ENTRY_ALTERED,
        "the roster's entry of this device is not what it advertised");
    int index = roster.self().index();
    unless(
        index >= 0 && index < roster.size(),
        RefusalReason.ROSTER_PROOF_INVALID,
        "self.index must be below " + roster.size() + ", not " + Integer.toUnsignedString(index));
    proof(roster, roster.self());
  }

  private void entries(Roster roster, NeighbourGraph graph, Instant now) throws Refusal {
    int[] expected = graph.neighbours(roster.self().index());
    int[] actual = roster.neighbours().stream().mapToInt(RosterEntry::index).toArray();
    unless(
        Arrays.equals(actual, expected),
        RefusalReason.NOT_MY_NEIGHBOURS,
        "neighbours must be " + Arrays.toString(expected) + ", not " + Arrays.toString(actual));
    // Kind by kind, as the relay keeps them apart: two hostile devices that cross their keys must
    // not look like a lie of the relay.
    List<Set<Bytes>> seen =
        identifiers(roster.self().advert()).stream()
            .<Set<Bytes>>map(own -> new HashSet<>(Set.of(own)))
            .toList();
    for (RosterEntry entry : roster.neighbours()) {
      List<Bytes> identifiers = identifiers(entry.advert());
      for (int kind = 0; kind < identifiers.size(); kind++) {
        Bytes identifier = identifiers.get(kind);
        unless(
            seen.get(kind).add(identifier),
            RefusalReason.DUPLICATE_ROSTER_ENTRY,
            "device " + entry.index() + " repeats " + identifier);
      }
    }
    for (RosterEntry entry : roster.neighbours()) {
      certificates.check(entry.index(), entry.advert().certificate(), now);
      signature(entry);
      proof(roster, entry);
      usable(entry, "mask_public_key", entry.advert().maskPublicKey());
      usable(entry, "share_public_key", entry.advert().sharePublicKey());
    }
    order(roster);
  }

  /** What must be one device's alone. */
  private static List<Bytes> identifiers(Advert advert) {
    return List.of(
        advert.participantId(),
        advert.maskPublicKey(),
        advert.sharePublicKey(),
        advert.roundPublicKey(),
        advert.certificate().devicePublicKey());
  }

  private void signature(RosterEntry entry) throws Refusal {
    Advert advert = entry.advert();
    unless(
        SigningKeyPair.verify(
            advert.certificate().devicePublicKey().toArray(),
            transcript(entry.index(), advert),
            advert.signature().toArray()),
        RefusalReason.INVALID_ADVERT_SIGNATURE,
        "the advert of device " + entry.index() + " is not signed by its key for this round");
  }

  private byte[] transcript(int index, Advert advert) throws Refusal {
    try {
      return Transcripts.advert(
          roundHash,
          advert.participantId().toArray(),
          advert.maskPublicKey().toArray(),
          advert.sharePublicKey().toArray(),
          advert.selfMaskCommitment().toArray(),
          advert.roundPublicKey().toArray());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.MALFORMED_ANSWER, "the advert of device " + index + ": " + e.getMessage());
    }
  }

  private void proof(Roster roster, RosterEntry entry) throws Refusal {
    Advert advert = entry.advert();
    byte[] leaf;
    try {
      leaf =
          Transcripts.rosterLeaf(
              transcript(entry.index(), advert),
              advert.certificate().devicePublicKey().toArray(),
              advert.signature().toArray());
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          RefusalReason.MALFORMED_ANSWER,
          "the advert of device " + entry.index() + ": " + e.getMessage());
    }
    List<byte[]> proof = entry.merkleProof().stream().map(Bytes::toArray).toList();
    unless(
        MerkleTree.verify(roster.root().toArray(), roster.size(), entry.index(), leaf, proof),
        RefusalReason.ROSTER_PROOF_INVALID,
        "device " + entry.index() + " is not in the roster with root " + roster.root());
  }

  private static void usable(RosterEntry entry, String field, Bytes key) throws Refusal {
    unless(
        key.size() == KEY_BYTES && X25519KeyPair.isValidPublicKey(key.toArray()),
        RefusalReason.INVALID_PUBLIC_KEY,
        field + " of device " + entry.index() + " is of low order: " + key);
  }

  /** Indices follow the order of the mask keys, so that nobody can choose a place on the roster. */
  private static void order(Roster roster) throws Refusal {
    List<RosterEntry> all = new ArrayList<>(roster.neighbours());
    all.add(roster.self());
    all.sort((a, b) -> Integer.compare(a.index(), b.index()));
    for (int i = 1; i < all.size(); i++) {
      unless(
          all.get(i - 1).advert().maskPublicKey().compareTo(all.get(i).advert().maskPublicKey())
              < 0,
          RefusalReason.ROSTER_PROOF_INVALID,
          "devices "
              + all.get(i - 1).index()
              + " and "
              + all.get(i).index()
              + " are not in the order of their keys");
    }
  }
}
