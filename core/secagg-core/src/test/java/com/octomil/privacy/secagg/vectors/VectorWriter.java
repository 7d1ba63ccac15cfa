package com.octomil.privacy.secagg.vectors;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.ParameterChoice;
import com.octomil.privacy.secagg.RingWidth;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.graph.GraphNonce;
import com.octomil.privacy.secagg.graph.MerkleTree;
import com.octomil.privacy.secagg.graph.NeighbourGraph;
import com.octomil.privacy.secagg.keyagreement.Hkdf;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.DeviceMasker;
import com.octomil.privacy.secagg.masking.RingVector;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.masking.Unmasker;
import com.octomil.privacy.secagg.secretsharing.ShamirFixture;
import com.octomil.privacy.secagg.wire.BitPacking;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import com.octomil.privacy.secagg.wire.RevealItem;
import com.octomil.privacy.secagg.wire.SecretKind;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes {@code proto/vectors/*.json} from fixed seeds. Byte strings are lower-case hexadecimal,
 * integers are JSON numbers. Run {@code main} with the target directory, or the test with {@code
 * -Dvectors.write=true}.
 */
final class VectorWriter {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private VectorWriter() {}

  public static void main(String[] arguments) throws Exception {
    write(Path.of(arguments[0]));
  }

  static void write(Path directory) throws Exception {
    Files.createDirectories(directory);
    for (Map.Entry<String, String> file : files().entrySet()) {
      Files.writeString(directory.resolve(file.getKey()), file.getValue());
    }
  }

  /** File names and contents. */
  static Map<String, String> files() throws Exception {
    Map<String, ObjectNode> nodes = new LinkedHashMap<>();
    nodes.put("keys.json", keys());
    nodes.put("hashes.json", hashes());
    nodes.put("parameters.json", parameters());
    nodes.put("graph.json", graph());
    nodes.put("shares.json", shares());
    nodes.put("masks.json", masks());
    nodes.put("packing.json", packing());
    nodes.put("transcripts.json", transcripts());
    nodes.put("weighting.json", weighting());
    nodes.put("clipping.json", clipping());
    nodes.put("round.json", new RoundVector().write());
    Map<String, String> files = new LinkedHashMap<>();
    for (Map.Entry<String, ObjectNode> node : nodes.entrySet()) {
      files.put(node.getKey(), print(node.getValue()));
    }
    return files;
  }

  private static String print(ObjectNode node) throws IOException {
    DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
    printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
    printer.indentArraysWith(new DefaultIndenter("  ", "\n"));
    return new ObjectMapper().writer(printer).writeValueAsString(node) + "\n";
  }

  private static ObjectNode file(String description) {
    return JSON.objectNode().put("description", description);
  }

  private static ObjectNode keys() {
    SeededRandom random = new SeededRandom("keys");
    ObjectNode node = file("X25519, Ed25519 and HKDF-SHA256. RFC 7748, RFC 8032, RFC 5869.");
    ArrayNode agreements = node.putArray("x25519");
    ArrayNode signatures = node.putArray("ed25519");
    ArrayNode derivations = node.putArray("hkdf_sha256");
    for (int i = 0; i < 3; i++) {
      X25519KeyPair own = X25519KeyPair.fromPrivateKey(random.bytes(32));
      X25519KeyPair peer = X25519KeyPair.fromPrivateKey(random.bytes(32));
      agreements
          .addObject()
          .put("private_key", hex(own.privateKey()))
          .put("public_key", hex(own.publicKey()))
          .put("peer_public_key", hex(peer.publicKey()))
          .put("shared_secret", hex(own.agree(peer.publicKey())));
      SigningKeyPair signing = SigningKeyPair.fromSeed(random.bytes(32));
      byte[] message = random.bytes(17 * i);
      signatures
          .addObject()
          .put("seed", hex(signing.seed()))
          .put("public_key", hex(signing.publicKey()))
          .put("message", hex(message))
          .put("signature", hex(signing.sign(message)));
      byte[] salt = random.bytes(32);
      byte[] ikm = random.bytes(32);
      byte[] info = random.bytes(10 * i);
      int length = 16 + 24 * i;
      derivations
          .addObject()
          .put("salt", hex(salt))
          .put("ikm", hex(ikm))
          .put("info", hex(info))
          .put("length", length)
          .put("okm", hex(Hkdf.sha256(salt, ikm, info, length)));
    }
    ArrayNode refused = node.putArray("x25519_refused_public_keys");
    refused.add(hex(new byte[32])).add("01" + "00".repeat(31));
    refused.add("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800");
    refused.add("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157");
    refused.add("ec" + "ff".repeat(30) + "7f");
    return node;
  }

  private static ObjectNode hashes() {
    SeededRandom random = new SeededRandom("hashes");
    ObjectNode node = file("Round hash and commitments.");
    ArrayNode rounds = node.putArray("round_hash");
    for (int length : new int[] {0, 1, 100}) {
      byte[] parameters = random.bytes(length);
      rounds
          .addObject()
          .put("round_parameters", hex(parameters))
          .put("round_hash", hex(RoundHash.of(parameters).bytes()));
    }
    byte[] nonce = random.bytes(32);
    node.putObject("graph_nonce")
        .put("nonce", hex(nonce))
        .put("commitment", hex(GraphNonce.commit(nonce)));
    RoundHash roundHash = new RoundHash(random.bytes(32));
    byte[] seed = random.bytes(32);
    node.putObject("self_mask")
        .put("round_hash", hex(roundHash.bytes()))
        .put("seed", hex(seed))
        .put("commitment", hex(SelfMask.commit(roundHash, seed)));
    return node;
  }

  private static ObjectNode parameters() {
    ObjectNode node =
        file(
            "Degree k and threshold t of a roster in groups; both null if no graph meets the assumptions.");
    ArrayNode cases = node.putArray("cases");
    AdversaryModel[] models = AdversaryModel.values();
    int[] cohorts = {
      3, 4, 5, 6, 7, 8, 10, 15, 20, 33, 57, 100, 101, 200, 1000, 5000, 10_000, 100_000, 1_000_000
    };
    double[][] fractions = {
      {0, 0}, {0, 0.3}, {0.05, 0.05}, {0.1, 0.2}, {0.2, 0.1}, {0.3, 0.3}, {0.33, 0.34}
    };
    for (int n : cohorts) {
      for (double[] f : fractions) {
        for (AdversaryModel model : models) {
          choice(cases, n, new CohortAssumptions(model, f[0], f[1], 40, 20));
        }
      }
    }
    for (int[] split :
        new int[][] {
          {16, 2}, {24, 2}, {25, 2}, {60, 4}, {1001, 2}, {2500, 3}, {10_000, 10}, {100_000, 100}
        }) {
      for (double[] f : fractions) {
        for (AdversaryModel model : models) {
          choice(cases, split[0], split[1], new CohortAssumptions(model, f[0], f[1], 40, 20));
        }
      }
    }
    for (int[] bits : new int[][] {{20, 10}, {64, 30}, {128, 40}}) {
      choice(
          cases,
          300,
          new CohortAssumptions(AdversaryModel.SEMI_MALICIOUS, 0.1, 0.1, bits[0], bits[1]));
      choice(
          cases,
          3000,
          new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0.1, 0.1, bits[0], bits[1]));
    }
    return node;
  }

  private static void choice(ArrayNode cases, int cohort, CohortAssumptions assumptions) {
    choice(cases, cohort, 1, assumptions);
  }

  private static void choice(
      ArrayNode cases, int cohort, int groups, CohortAssumptions assumptions) {
    ObjectNode node =
        cases
            .addObject()
            .put("n", cohort)
            .put("groups", groups)
            .put("gamma", assumptions.corruptFraction())
            .put("delta", assumptions.dropoutFraction())
            .put("adversary", assumptions.adversary().name())
            .put("sigma", assumptions.securityBits())
            .put("eta", assumptions.correctnessBits());
    try {
      GraphParameters chosen = ParameterChoice.choose(cohort, assumptions, 0, groups);
      node.put("k", chosen.degree()).put("t", chosen.threshold());
    } catch (InfeasibleParametersException e) {
      node.putNull("k").putNull("t");
    }
  }

  private static ObjectNode graph() {
    SeededRandom random = new SeededRandom("graph");
    ObjectNode node = file("Merkle tree over roster leaves and the neighbour graph.");
    ArrayNode trees = node.putArray("merkle");
    for (int size : new int[] {1, 2, 3, 5, 8, 11}) {
      List<byte[]> leaves = new ArrayList<>();
      ObjectNode entry = trees.addObject();
      ArrayNode leafNode = entry.putArray("leaves");
      for (int i = 0; i < size; i++) {
        leaves.add(random.bytes(5 * i));
        leafNode.add(hex(leaves.get(i)));
      }
      MerkleTree tree = new MerkleTree(leaves);
      entry.put("root", hex(tree.root()));
      ArrayNode proofs = entry.putArray("proofs");
      for (int i = 0; i < size; i++) {
        ArrayNode proof = proofs.addArray();
        tree.proof(i).forEach(hash -> proof.add(hex(hash)));
      }
    }
    ArrayNode graphs = node.putArray("neighbours");
    for (int[] shape :
        new int[][] {
          {3, 2, 1},
          {5, 2, 1},
          {5, 4, 1},
          {10, 6, 1},
          {10, 9, 1},
          {50, 8, 1},
          {10, 4, 2},
          {11, 5, 2},
          {17, 4, 3},
          {50, 8, 4}
        }) {
      byte[] nonce = random.bytes(32);
      byte[] root = random.bytes(32);
      NeighbourGraph graph =
          NeighbourGraph.of(nonce, root, new GraphParameters(shape[0], shape[1], 2, shape[2]));
      ObjectNode entry =
          graphs
              .addObject()
              .put("graph_nonce", hex(nonce))
              .put("roster_root", hex(root))
              .put("n", shape[0])
              .put("k", shape[1])
              .put("groups", shape[2]);
      ArrayNode members = entry.putArray("members_by_group");
      for (int group = 0; group < shape[2]; group++) {
        members.add(numbers(graph.members(group)));
      }
      ArrayNode all = entry.putArray("neighbours_by_index");
      for (int i = 0; i < shape[0]; i++) {
        all.add(numbers(graph.neighbours(i)));
      }
    }
    return node;
  }

  private static ObjectNode shares() {
    SeededRandom random = new SeededRandom("shares");
    ObjectNode node = file("Shamir shares over GF(2^61 - 1) and their encryption.");
    ArrayNode splits = node.putArray("shamir");
    for (int[] shape : new int[][] {{1, 1}, {2, 3}, {3, 5}, {7, 12}}) {
      byte[] secret = shape[0] == 3 ? filled(32, 0xff) : random.bytes(32);
      int[] xs = new int[shape[1]];
      Arrays.setAll(xs, i -> shape[0] == 7 ? 1000 * i + 1 : i + 1);
      splits.add(split(secret, shape[0], xs, random));
    }
    ArrayNode sealed = node.putArray("encrypted");
    for (int i = 0; i < 2; i++) {
      RoundHash roundHash = new RoundHash(random.bytes(32));
      X25519KeyPair sender = X25519KeyPair.fromPrivateKey(random.bytes(32));
      X25519KeyPair receiver = X25519KeyPair.fromPrivateKey(random.bytes(32));
      byte[] plaintext = random.bytes(80);
      int from = 3 + 1000 * i;
      int to = 1 + 70_000 * i;
      sealed
          .addObject()
          .put("round_hash", hex(roundHash.bytes()))
          .put("sender_share_private_key", hex(sender.privateKey()))
          .put("receiver_share_private_key", hex(receiver.privateKey()))
          .put("from_index", from)
          .put("to_index", to)
          .put("plaintext", hex(plaintext))
          .put(
              "ciphertext",
              hex(ShareCipher.seal(roundHash, sender, receiver.publicKey(), from, to, plaintext)));
    }
    return node;
  }

  private static ObjectNode split(byte[] secret, int threshold, int[] xs, SeededRandom random) {
    long[][] polynomials = ShamirFixture.polynomials(secret, threshold, random);
    ObjectNode node = JSON.objectNode().put("secret", hex(secret)).put("threshold", threshold);
    ArrayNode coefficients = node.putArray("coefficients_by_degree");
    for (long[] row : polynomials) {
      coefficients.add(hex(ShamirFixture.encode(row)));
    }
    ArrayNode shares = node.putArray("shares");
    byte[][] values = ShamirFixture.evaluate(polynomials, xs);
    for (int i = 0; i < xs.length; i++) {
      shares.addObject().put("x", xs[i]).put("share", hex(values[i]));
    }
    return node;
  }

  private static ObjectNode masks() {
    SeededRandom random = new SeededRandom("masks");
    ObjectNode node = file("Masks: a zero vector after adding one mask.");
    ArrayNode self = node.putArray("self");
    ArrayNode pair = node.putArray("pair");
    for (int bits : new int[] {1, 7, 20, 32}) {
      RoundHash roundHash = new RoundHash(random.bytes(32));
      byte[] seed = random.bytes(32);
      int[] vector = new int[11];
      try (DeviceMasker masker = new DeviceMasker(roundHash, bits)) {
        masker.addSelfMask(seed);
        masker.apply(vector);
      }
      self.addObject()
          .put("round_hash", hex(roundHash.bytes()))
          .put("seed", hex(seed))
          .put("ring_bits", bits)
          .set("masked_zero", unsigned(vector));
      X25519KeyPair own = X25519KeyPair.fromPrivateKey(random.bytes(32));
      X25519KeyPair peer = X25519KeyPair.fromPrivateKey(random.bytes(32));
      for (int[] ends : new int[][] {{4, 300}, {300, 4}}) {
        vector = new int[11];
        try (DeviceMasker masker = new DeviceMasker(roundHash, bits)) {
          masker.addPairMask(own, ends[0], peer.publicKey(), ends[1]);
          masker.apply(vector);
        }
        pair.addObject()
            .put("round_hash", hex(roundHash.bytes()))
            .put("own_mask_private_key", hex(own.privateKey()))
            .put("peer_mask_public_key", hex(peer.publicKey()))
            .put("own_index", ends[0])
            .put("peer_index", ends[1])
            .put("ring_bits", bits)
            .set("masked_zero", unsigned(vector));
      }
    }
    return node;
  }

  private static ObjectNode packing() {
    SeededRandom random = new SeededRandom("packing");
    ObjectNode node = file("Packed vectors, index bitmaps, ring widths.");
    ArrayNode packed = node.putArray("packed");
    for (int bits : new int[] {1, 3, 8, 13, 20, 31, 32}) {
      int[] vector = new int[9];
      Arrays.setAll(vector, i -> random.nextInt() & RingWidth.mask(bits));
      packed
          .addObject()
          .put("ring_bits", bits)
          .put("packed", hex(BitPacking.pack(vector, bits)))
          .set("vector", unsigned(vector));
    }
    ArrayNode bitmaps = node.putArray("bitmaps");
    for (int[] indices : new int[][] {{}, {0}, {0, 3, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}) {
      bitmaps
          .addObject()
          .put("size", 10)
          .put("bitmap", hex(IndexBitmap.of(10, Arrays.stream(indices).boxed().toList())))
          .set("indices", numbers(indices));
    }
    ArrayNode widths = node.putArray("ring_widths");
    for (int[] width :
        new int[][] {{5, 100}, {57, 65_536}, {1000, 65_536}, {1_000_000, 1000}, {1, 1}}) {
      widths
          .addObject()
          .put("cohort", width[0])
          .put("max_abs_coordinate", width[1])
          .put("ring_bits", RingWidth.bitsFor(width[0], width[1]));
    }
    return node;
  }

  private static ObjectNode transcripts() {
    SeededRandom random = new SeededRandom("transcripts");
    RoundHash roundHash = new RoundHash(random.bytes(32));
    byte[] participantId = random.bytes(16);
    byte[] maskKey = random.bytes(32);
    byte[] shareKey = random.bytes(32);
    byte[] commitment = random.bytes(32);
    byte[] roundKey = random.bytes(32);
    byte[] deviceKey = random.bytes(32);
    byte[] signature = random.bytes(64);
    byte[] root = random.bytes(32);
    byte[] content = random.bytes(21);
    byte[] payloadHash = random.bytes(32);
    byte[] bitmap = {0x0d, 0x01};
    byte[] share = random.bytes(40);
    ObjectNode node = file("The exact bytes that are signed or hashed.");
    node.putObject("inputs")
        .put("round_hash", hex(roundHash.bytes()))
        .put("participant_id", hex(participantId))
        .put("mask_public_key", hex(maskKey))
        .put("share_public_key", hex(shareKey))
        .put("self_mask_commitment", hex(commitment))
        .put("round_public_key", hex(roundKey))
        .put("device_public_key", hex(deviceKey))
        .put("signature", hex(signature))
        .put("roster_root", hex(root))
        .put("content", hex(content))
        .put("payload_sha256", hex(payloadHash))
        .put("survivors", hex(bitmap))
        .put("enrollment_code", "Zürich-7")
        .put("revealed_share", hex(share))
        .put("revealed_owner_indices", "2 as SELF_MASK_SEED, then 70000 as MASK_KEY");
    byte[] advert =
        Transcripts.advert(roundHash, participantId, maskKey, shareKey, commitment, roundKey);
    node.putObject("transcripts")
        .put("advert", hex(advert))
        .put("roster_leaf", hex(Transcripts.rosterLeaf(advert, deviceKey, signature)))
        .put("ticket", hex(Transcripts.ticket(content)))
        .put("certificate", hex(Transcripts.certificate(content)))
        .put("enrollment", hex(Transcripts.enrollment("Zürich-7", deviceKey)))
        .put("upload", hex(Transcripts.upload(roundHash, participantId, payloadHash)))
        .put("survivors", hex(Transcripts.survivors(roundHash, root, bitmap)))
        .put(
            "reveal",
            hex(
                Transcripts.reveal(
                    roundHash,
                    participantId,
                    List.of(
                        new RevealItem(2, SecretKind.SELF_MASK_SEED, share),
                        new RevealItem(70_000, SecretKind.MASK_KEY, share)))));
    return node;
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /**
   * Updates that are on the grid once they are clipped and weighed, so that rounding is certain.
   */
  private static ObjectNode weighting() {
    ObjectNode node =
        file(
            "Weighted updates: clip to clip_norm, multiply by weight / max_weight, divide by grid_step,"
                + " append the weight.");
    ArrayNode cases = node.putArray("cases");
    weighted(cases, new float[] {0.5f, -0.25f, 0}, 1, 0x1p-10, 3, 8);
    weighted(cases, new float[] {0.5f, -0.25f, 0.125f}, 1, 0x1p-10, 8, 8);
    weighted(cases, new float[] {0.5f, -0.25f, 0.125f}, 1, 0x1p-10, 1_000_000, 8);
    // Longer than the norm: (3, -4) has length 5 and is clipped to (1.5, -2).
    weighted(cases, new float[] {3, -4}, 2.5, 0x1p-6, 1, 2);
    weighted(cases, new float[] {3, -4}, 2.5, 0x1p-6, 2, 2);
    return node;
  }

  private static void weighted(
      ArrayNode cases,
      float[] update,
      double clipNorm,
      double gridStep,
      int examples,
      int maxWeight) {
    double squares = 0;
    for (float value : update) {
      squares += (double) value * value;
    }
    double shorten = Math.min(1, clipNorm / Math.sqrt(squares));
    int weight = Math.min(examples, maxWeight);
    ObjectNode node = cases.addObject();
    ArrayNode values = node.putArray("update");
    ArrayNode vector = JSON.arrayNode();
    for (float value : update) {
      values.add(value);
      double integer = value * shorten * weight / maxWeight / gridStep;
      if (integer != Math.rint(integer)) {
        throw new IllegalStateException(integer + " is not on the grid");
      }
      vector.add((int) integer);
    }
    node.put("clip_norm", clipNorm)
        .put("grid_step", gridStep)
        .put("examples", examples)
        .put("max_weight", maxWeight)
        .put("weight", weight)
        .set("vector", vector.add(weight));
  }

  private static ObjectNode clipping() {
    ObjectNode node =
        file(
            "Clipping bits: 1 if the L2 norm of the update, in binary64, is at most clip_norm, else -1.");
    ArrayNode cases = node.putArray("cases");
    clipped(cases, new float[] {3, -4}, 5, 1);
    clipped(cases, new float[] {3, -4}, Math.nextDown(5.0), -1);
    clipped(cases, new float[] {3, -4}, 2.5, -1);
    clipped(cases, new float[] {0, 0, 0}, 1e-9, 1);
    clipped(cases, new float[] {0x1p127f, 0x1p127f}, 0x1p127, -1);
    clipped(cases, new float[] {0x1p-140f, 0}, 0x1p-141, -1);
    return node;
  }

  private static void clipped(ArrayNode cases, float[] update, double clipNorm, int bit) {
    ObjectNode node = cases.addObject();
    ArrayNode values = node.putArray("update");
    for (float value : update) {
      values.add((double) value);
    }
    node.put("clip_norm", clipNorm).put("bit", bit);
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static ArrayNode numbers(int[] values) {
    ArrayNode node = JSON.arrayNode();
    for (int value : values) {
      node.add(value);
    }
    return node;
  }

  private static ArrayNode unsigned(int[] values) {
    ArrayNode node = JSON.arrayNode();
    for (int value : values) {
      node.add(Integer.toUnsignedLong(value));
    }
    return node;
  }

  /** Five devices, complete graph, device with roster index 2 drops out after sharing. */
  private static final class RoundVector {
    private static final int COHORT = 5;
    private static final int DROPPED = 2;
    private static final int LENGTH = 7;
    private static final int MAX_ABS = 100;
    private static final int MAX_WEIGHT = 120;

    /** Those of the model, then the weight. */
    private static final int COORDINATES = LENGTH + 1;

    private static final long NOW = 1_767_225_600_000L;

    private final SeededRandom random = new SeededRandom("round");
    private final SigningKeyPair authority = SigningKeyPair.fromSeed(random.bytes(32));
    private final SigningKeyPair ticketKey = SigningKeyPair.fromSeed(random.bytes(32));
    private final byte[] nonce = random.bytes(32);
    private final byte[] roundId = random.bytes(16);
    private final int bits = RingWidth.bitsFor(COHORT, MAX_WEIGHT);
    private final byte[] parameters = roundParameters();
    private final RoundHash roundHash = RoundHash.of(parameters);
    private final List<Member> members = new ArrayList<>();

    private static final class Member {
      final SigningKeyPair deviceKey;
      final SigningKeyPair roundKey;
      final X25519KeyPair maskKey;
      final X25519KeyPair shareKey;
      final byte[] seed;
      final byte[] participantId;
      final int[] vector;

      Member(SeededRandom random) {
        deviceKey = SigningKeyPair.fromSeed(random.bytes(32));
        roundKey = SigningKeyPair.fromSeed(random.bytes(32));
        maskKey = X25519KeyPair.fromPrivateKey(random.bytes(32));
        shareKey = X25519KeyPair.fromPrivateKey(random.bytes(32));
        seed = random.bytes(32);
        participantId = random.bytes(16);
        vector = Arrays.copyOf(random.ints(LENGTH, -MAX_ABS, MAX_ABS + 1).toArray(), COORDINATES);
        vector[LENGTH] = random.ints(1, 1, MAX_WEIGHT + 1).sum();
      }
    }

    private byte[] roundParameters() {
      return new ProtoWriter()
          .number(1, 1)
          .bytes(2, roundId)
          .text(3, "health-risk-model")
          .number(4, 1)
          .bytes(5, random.bytes(32))
          .number(6, LENGTH)
          .message(
              7,
              new ProtoWriter()
                  .real(1, 1.0)
                  .real(2, 1.0 / MAX_ABS)
                  .number(3, MAX_ABS * MAX_ABS)
                  .number(4, bits))
          .message(
              8,
              new ProtoWriter()
                  .number(1, 1)
                  .real(2, 0)
                  .real(3, 0.2)
                  .number(4, 40)
                  .number(5, 20)
                  .real(6, 0.6)
                  .bytes(7, GraphNonce.commit(nonce)))
          .number(10, COHORT)
          .number(11, 3)
          .message(
              12,
              new ProtoWriter()
                  .number(1, NOW + 10_000)
                  .number(2, NOW + 20_000)
                  .number(3, NOW + 30_000)
                  .number(4, NOW + 40_000)
                  .number(5, NOW + 50_000))
          .message(13, new ProtoWriter().text(1, "fedavg").number(2, 1).real(3, 0.5).number(4, 1))
          .message(15, new ProtoWriter().number(1, MAX_WEIGHT).bytes(2, new byte[] {1}))
          .toBytes();
    }

    ObjectNode write() throws Exception {
      for (int i = 0; i < COHORT; i++) {
        members.add(new Member(random));
      }
      members.sort(
          Comparator.comparing(member -> member.maskKey.publicKey(), Arrays::compareUnsigned));
      GraphParameters shape =
          ParameterChoice.choose(
              COHORT, new CohortAssumptions(AdversaryModel.SEMI_HONEST, 0, 0.2, 40, 20), 0.6);
      ObjectNode node =
          file(
              "A complete round of five devices in which the device with roster index "
                  + DROPPED
                  + " drops out after sharing. Devices are listed in roster order. Updates are weighted:"
                  + " the last coordinate of a vector is the weight.");
      node.put("round_parameters", hex(parameters))
          .put("round_hash", hex(roundHash.bytes()))
          .put("graph_nonce", hex(nonce))
          .put("graph_nonce_commitment", hex(GraphNonce.commit(nonce)))
          .put("enrollment_authority_public_key", hex(authority.publicKey()))
          .put("ticket_public_key", hex(ticketKey.publicKey()))
          .put("ring_bits", bits)
          .put("vector_length", LENGTH)
          .put("max_weight", MAX_WEIGHT)
          .put("coordinates", COORDINATES)
          .put("degree", shape.degree())
          .put("threshold", shape.threshold());
      ArrayNode devices = node.putArray("devices");
      List<byte[]> leaves = new ArrayList<>();
      for (Member member : members) {
        leaves.add(advertise(member, devices.addObject()));
      }
      MerkleTree tree = new MerkleTree(leaves);
      node.put("roster_root", hex(tree.root()));
      NeighbourGraph graph = NeighbourGraph.of(nonce, tree.root(), shape);
      byte[][][] seedShares = new byte[COHORT][][];
      byte[][][] keyShares = new byte[COHORT][][];
      for (int i = 0; i < COHORT; i++) {
        ObjectNode device = (ObjectNode) devices.get(i);
        ArrayNode proof = device.putArray("merkle_proof");
        tree.proof(i).forEach(hash -> proof.add(hex(hash)));
        device.set("neighbours", numbers(graph.neighbours(i)));
        int[] xs = Arrays.stream(graph.neighbours(i)).map(x -> x + 1).toArray();
        seedShares[i] =
            ShamirFixture.evaluate(
                ShamirFixture.polynomials(members.get(i).seed, shape.threshold(), random), xs);
        keyShares[i] =
            ShamirFixture.evaluate(
                ShamirFixture.polynomials(
                    members.get(i).maskKey.privateKey(), shape.threshold(), random),
                xs);
        encryptShares(
            i,
            graph.neighbours(i),
            seedShares[i],
            keyShares[i],
            device.putArray("encrypted_shares"));
      }
      node.put("sharers", hex(IndexBitmap.of(COHORT, List.of(0, 1, 2, 3, 4))));
      int[] sum = new int[COORDINATES];
      List<Integer> survivors = new ArrayList<>();
      for (int i = 0; i < COHORT; i++) {
        if (i != DROPPED) {
          survivors.add(i);
          upload(i, graph, sum, (ObjectNode) devices.get(i));
        }
      }
      byte[] bitmap = IndexBitmap.of(COHORT, survivors);
      node.put("survivors", hex(bitmap)).set("masked_sum", unsigned(sum));
      for (int holder : survivors) {
        ObjectNode device = (ObjectNode) devices.get(holder);
        byte[] transcript = Transcripts.survivors(roundHash, tree.root(), bitmap);
        device.put("survivors_signature", hex(members.get(holder).roundKey.sign(transcript)));
        reveal(holder, graph, seedShares, keyShares, device);
      }
      try (Unmasker unmasker = new Unmasker(roundHash, bits, 1)) {
        for (int i : survivors) {
          unmasker.removeSelfMask(members.get(i).seed);
          unmasker.removePairMasks(
              DROPPED, members.get(DROPPED).maskKey, i, members.get(i).maskKey.publicKey());
        }
        unmasker.apply(sum);
      }
      ArrayNode result = node.putArray("sum");
      for (long coordinate : RingVector.toSigned(sum, bits)) {
        result.add(coordinate);
      }
      return node;
    }

    private byte[] advertise(Member member, ObjectNode node) {
      byte[] certificate =
          new ProtoWriter()
              .bytes(1, member.deviceKey.publicKey())
              .text(2, "health-risk-model")
              .number(3, NOW - 1000)
              .number(4, NOW + 1_000_000_000L)
              .toBytes();
      byte[] ticket =
          new ProtoWriter()
              .bytes(1, roundId)
              .bytes(2, roundHash.bytes())
              .bytes(3, member.participantId)
              .bytes(4, member.roundKey.publicKey())
              .number(5, NOW + 60_000)
              .toBytes();
      byte[] commitment = SelfMask.commit(roundHash, member.seed);
      byte[] advert =
          Transcripts.advert(
              roundHash,
              member.participantId,
              member.maskKey.publicKey(),
              member.shareKey.publicKey(),
              commitment,
              member.roundKey.publicKey());
      byte[] signature = member.deviceKey.sign(advert);
      node.put("device_seed", hex(member.deviceKey.seed()))
          .put("device_public_key", hex(member.deviceKey.publicKey()))
          .put(
              "proof_of_possession",
              hex(
                  member.deviceKey.sign(
                      Transcripts.enrollment("one-time-code", member.deviceKey.publicKey()))))
          .put("certificate_content", hex(certificate))
          .put("certificate_signature", hex(authority.sign(Transcripts.certificate(certificate))))
          .put("ticket_content", hex(ticket))
          .put("ticket_signature", hex(ticketKey.sign(Transcripts.ticket(ticket))))
          .put("participant_id", hex(member.participantId))
          .put("round_seed", hex(member.roundKey.seed()))
          .put("round_public_key", hex(member.roundKey.publicKey()))
          .put("mask_private_key", hex(member.maskKey.privateKey()))
          .put("mask_public_key", hex(member.maskKey.publicKey()))
          .put("share_private_key", hex(member.shareKey.privateKey()))
          .put("share_public_key", hex(member.shareKey.publicKey()))
          .put("self_mask_seed", hex(member.seed))
          .put("self_mask_commitment", hex(commitment))
          .put("advert_signature", hex(signature));
      node.set("vector", numbers(member.vector));
      return Transcripts.rosterLeaf(advert, member.deviceKey.publicKey(), signature);
    }

    private void encryptShares(
        int from, int[] neighbours, byte[][] seedShares, byte[][] keyShares, ArrayNode out) {
      for (int k = 0; k < neighbours.length; k++) {
        byte[] plaintext = Arrays.copyOf(seedShares[k], 80);
        System.arraycopy(keyShares[k], 0, plaintext, 40, 40);
        byte[] sealed =
            ShareCipher.seal(
                roundHash,
                members.get(from).shareKey,
                members.get(neighbours[k]).shareKey.publicKey(),
                from,
                neighbours[k],
                plaintext);
        out.addObject().put("to_index", neighbours[k]).put("ciphertext", hex(sealed));
      }
    }

    private void upload(int index, NeighbourGraph graph, int[] sum, ObjectNode node)
        throws Exception {
      Member member = members.get(index);
      int[] masked = member.vector.clone();
      try (DeviceMasker masker = new DeviceMasker(roundHash, bits)) {
        masker.addSelfMask(member.seed);
        for (int neighbour : graph.neighbours(index)) {
          masker.addPairMask(
              member.maskKey, index, members.get(neighbour).maskKey.publicKey(), neighbour);
        }
        masker.apply(masked);
      }
      byte[] payload = BitPacking.pack(masked, bits);
      BitPacking.addPacked(sum, payload, bits);
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(payload);
      node.put("upload_payload", hex(payload))
          .put("upload_payload_sha256", hex(hash))
          .put(
              "upload_signature",
              hex(member.roundKey.sign(Transcripts.upload(roundHash, member.participantId, hash))));
    }

    private void reveal(
        int holder,
        NeighbourGraph graph,
        byte[][][] seedShares,
        byte[][][] keyShares,
        ObjectNode node) {
      List<RevealItem> items = new ArrayList<>();
      ArrayNode revealed = JSON.arrayNode();
      for (int owner : graph.neighbours(holder)) {
        int position = Arrays.binarySearch(graph.neighbours(owner), holder);
        SecretKind kind = owner == DROPPED ? SecretKind.MASK_KEY : SecretKind.SELF_MASK_SEED;
        byte[] share = owner == DROPPED ? keyShares[owner][position] : seedShares[owner][position];
        items.add(new RevealItem(owner, kind, share));
        revealed
            .addObject()
            .put("owner_index", owner)
            .put("kind", kind.number())
            .put("share", hex(share));
      }
      Member member = members.get(holder);
      node.set("revealed_shares", revealed);
      node.put(
          "reveal_signature",
          hex(member.roundKey.sign(Transcripts.reveal(roundHash, member.participantId, items))));
    }
  }
}
