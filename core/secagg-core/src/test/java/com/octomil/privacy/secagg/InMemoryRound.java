package com.octomil.privacy.secagg;

import com.octomil.privacy.secagg.graph.GraphNonce;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.keyagreement.AuthenticationFailedException;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.DeviceMasker;
import com.octomil.privacy.secagg.masking.RingVector;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.masking.Unmasker;
import com.octomil.privacy.secagg.secretsharing.SecretReconstruction;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import com.octomil.privacy.secagg.secretsharing.Share;
import com.octomil.privacy.secagg.wire.BitPacking;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A round between honest parties in one process, built from the parts of this library in the order
 * of the protocol.
 */
final class InMemoryRound {
  /** What a device does in the round. */
  enum Behaviour {
    STAYS,
    DROPS_BEFORE_SHARING,
    DROPS_BEFORE_UPLOAD,
    DROPS_BEFORE_REVEAL,
    REVEALS_WRONG_SHARES,
    /** What it makes for every second neighbour does not open; it uploads. */
    SHARES_GARBAGE,
    /** The same, and it drops out before it uploads. */
    SHARES_GARBAGE_AND_DROPS;

    boolean garbles(int neighbour) {
      return neighbour % 2 == 0 && (this == SHARES_GARBAGE || this == SHARES_GARBAGE_AND_DROPS);
    }
  }

  sealed interface Outcome {}

  /** Sum of the survivors' vectors and the roster indices whose shares were wrong. */
  record Sum(long[] sum, List<Integer> wrongHolders) implements Outcome {}

  record Aborted(String reason) implements Outcome {}

  /** One device; its index is its place in the roster. */
  static final class Device {
    final Behaviour behaviour;
    final int[] vector;
    final X25519KeyPair maskKey;
    final X25519KeyPair shareKey;
    final SigningKeyPair deviceKey;
    final SigningKeyPair roundKey;
    final byte[] participantId = new byte[Transcripts.PARTICIPANT_ID_BYTES];
    final byte[] selfMaskSeed = new byte[SelfMask.SEED_BYTES];
    final Map<Integer, byte[]> received = new HashMap<>();

    Device(Behaviour behaviour, int[] vector, SecureRandom random) {
      this.behaviour = behaviour;
      this.vector = vector;
      maskKey = X25519KeyPair.generate(random);
      shareKey = X25519KeyPair.generate(random);
      deviceKey = SigningKeyPair.generate(random);
      roundKey = SigningKeyPair.generate(random);
      random.nextBytes(participantId);
      random.nextBytes(selfMaskSeed);
    }

    boolean shares() {
      return behaviour != Behaviour.DROPS_BEFORE_SHARING;
    }

    boolean uploads() {
      return shares()
          && behaviour != Behaviour.DROPS_BEFORE_UPLOAD
          && behaviour != Behaviour.SHARES_GARBAGE_AND_DROPS;
    }

    boolean reveals() {
      return uploads() && behaviour != Behaviour.DROPS_BEFORE_REVEAL;
    }
  }

  final RoundHash roundHash;
  final GraphParameters parameters;
  final NeighbourGraph graph;
  final List<Device> roster;
  final int bits;
  final int minSurvivors;
  private final SecureRandom random;
  private final byte[] root;

  InMemoryRound(
      List<Device> devices,
      GraphParameters parameters,
      int bits,
      int minSurvivors,
      SecureRandom random) {
    this.random = random;
    this.parameters = parameters;
    this.bits = bits;
    this.minSurvivors = minSurvivors;
    byte[] nonce = new byte[GraphNonce.BYTES];
    random.nextBytes(nonce);
    byte[] commitment = GraphNonce.commit(nonce);
    roundHash = RoundHash.of(commitment);
    roster = new ArrayList<>(devices);
    roster.sort(
        Comparator.comparing(device -> device.maskKey.publicKey(), Arrays::compareUnsigned));
    List<byte[]> leaves = new ArrayList<>();
    for (Device device : roster) {
      byte[] advert =
          Transcripts.advert(
              roundHash,
              device.participantId,
              device.maskKey.publicKey(),
              device.shareKey.publicKey(),
              SelfMask.commit(roundHash, device.selfMaskSeed),
              device.roundKey.publicKey());
      leaves.add(
          Transcripts.rosterLeaf(
              advert, device.deviceKey.publicKey(), device.deviceKey.sign(advert)));
    }
    root = new MerkleTree(leaves).root();
    if (!GraphNonce.opens(commitment, nonce)) {
      throw new AssertionError("the nonce opens its own commitment");
    }
    graph = NeighbourGraph.of(nonce, root, parameters);
  }

  Outcome run() throws AuthenticationFailedException {
    int n = roster.size();
    int length = roster.get(0).vector.length;
    for (int i = 0; i < n; i++) {
      if (roster.get(i).shares()) {
        share(i);
      }
    }
    int[] sum = new int[length];
    BitSet survivors = new BitSet(n);
    for (int i = 0; i < n; i++) {
      if (roster.get(i).uploads()) {
        BitPacking.addPacked(sum, upload(i), bits);
        survivors.set(i);
      }
    }
    if (survivors.cardinality() < minSurvivors) {
      return new Aborted("too few survivors");
    }
    survivors = confirmed(survivors);
    return unmask(sum, survivors);
  }

  private void share(int index) throws AuthenticationFailedException {
    Device device = roster.get(index);
    int[] neighbours = graph.neighbours(index);
    int[] xs = Arrays.stream(neighbours).map(i -> i + 1).toArray();
    byte[][] seedShares = Shamir.split(device.selfMaskSeed, parameters.threshold(), xs, random);
    byte[][] keyShares =
        Shamir.split(device.maskKey.privateKey(), parameters.threshold(), xs, random);
    for (int k = 0; k < neighbours.length; k++) {
      byte[] plaintext = Arrays.copyOf(seedShares[k], 2 * Shamir.SHARE_BYTES);
      System.arraycopy(keyShares[k], 0, plaintext, Shamir.SHARE_BYTES, Shamir.SHARE_BYTES);
      Device neighbour = roster.get(neighbours[k]);
      byte[] sealed =
          ShareCipher.seal(
              roundHash,
              device.shareKey,
              neighbour.shareKey.publicKey(),
              index,
              neighbours[k],
              plaintext);
      if (device.behaviour.garbles(neighbours[k])) {
        sealed[random.nextInt(sealed.length)] ^= 1;
      }
      try {
        neighbour.received.put(
            index,
            ShareCipher.open(
                roundHash,
                neighbour.shareKey,
                device.shareKey.publicKey(),
                index,
                neighbours[k],
                sealed));
      } catch (AuthenticationFailedException e) {
        if (!device.behaviour.garbles(neighbours[k])) {
          throw e;
        }
      }
    }
  }

  private byte[] upload(int index) {
    Device device = roster.get(index);
    int[] masked = device.vector.clone();
    try (DeviceMasker masker = new DeviceMasker(roundHash, bits)) {
      masker.addSelfMask(device.selfMaskSeed);
      for (int neighbour : graph.neighbours(index)) {
        if (roster.get(neighbour).shares()) {
          masker.addPairMask(
              device.maskKey, index, roster.get(neighbour).maskKey.publicKey(), neighbour);
        }
      }
      masker.apply(masked);
    }
    return BitPacking.pack(masked, bits);
  }

  /** Every survivor signs the set; what comes back over the wire is the same set. */
  private BitSet confirmed(BitSet survivors) {
    byte[] bitmap = IndexBitmap.of(roster.size(), survivors);
    byte[] transcript = Transcripts.survivors(roundHash, root, bitmap);
    for (Device device : roster) {
      if (device.uploads()
          && !SigningKeyPair.verify(
              device.roundKey.publicKey(), transcript, device.roundKey.sign(transcript))) {
        throw new AssertionError("a survivor's signature verifies");
      }
    }
    return IndexBitmap.parse(bitmap, roster.size());
  }

  private Outcome unmask(int[] sum, BitSet survivors) {
    SecretReconstruction reconstruction = new SecretReconstruction(parameters.threshold());
    List<Integer> wrongHolders = new ArrayList<>();
    try (Unmasker unmasker = new Unmasker(roundHash, bits)) {
      for (int owner = 0; owner < roster.size(); owner++) {
        Device device = roster.get(owner);
        if (!device.shares()) {
          continue;
        }
        boolean survived = survivors.get(owner);
        List<Share> shares = new ArrayList<>();
        for (int holder : graph.neighbours(owner)) {
          if (roster.get(holder).reveals() && roster.get(holder).received.containsKey(owner)) {
            shares.add(new Share(holder, reveal(holder, owner, survived)));
          }
        }
        byte[] commitment = SelfMask.commit(roundHash, device.selfMaskSeed);
        SecretReconstruction.Result result =
            reconstruction.rebuild(
                shares,
                secret ->
                    survived
                        ? SelfMask.opens(roundHash, commitment, secret)
                        : Arrays.equals(
                            X25519KeyPair.fromPrivateKey(secret).publicKey(),
                            device.maskKey.publicKey()));
        if (result instanceof SecretReconstruction.Failed failed) {
          return new Aborted(failed.reason());
        }
        SecretReconstruction.Rebuilt rebuilt = (SecretReconstruction.Rebuilt) result;
        wrongHolders.addAll(rebuilt.wrongHolders());
        if (survived) {
          unmasker.removeSelfMask(rebuilt.secret());
        } else {
          for (int peer : graph.neighbours(owner)) {
            if (survivors.get(peer)) {
              unmasker.removePairMasks(
                  owner,
                  X25519KeyPair.fromPrivateKey(rebuilt.secret()),
                  peer,
                  roster.get(peer).maskKey.publicKey());
            }
          }
        }
      }
      unmasker.apply(sum);
    }
    return new Sum(RingVector.toSigned(sum, bits), wrongHolders);
  }

  /** Exactly one of the two shares. */
  private byte[] reveal(int holder, int owner, boolean ownerSurvived) {
    byte[] both = Objects.requireNonNull(roster.get(holder).received.get(owner));
    byte[] share =
        ownerSurvived
            ? Arrays.copyOf(both, Shamir.SHARE_BYTES)
            : Arrays.copyOfRange(both, Shamir.SHARE_BYTES, both.length);
    if (roster.get(holder).behaviour == Behaviour.REVEALS_WRONG_SHARES) {
      share[random.nextInt(share.length)] ^= (byte) (1 + random.nextInt(127));
    }
    return share;
  }
}
