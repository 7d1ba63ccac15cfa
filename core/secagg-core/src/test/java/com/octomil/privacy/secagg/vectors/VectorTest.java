package com.octomil.privacy.secagg.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.keyagreement.ShareCipher;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.secretsharing.SecretReconstruction;
import com.octomil.privacy.secagg.secretsharing.Share;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

/**
 * The committed vectors are what the program writes today, and they are what docs/PROTOCOL.md
 * describes: the second half computes the central steps anew from the document, with the platform's
 * primitives only.
 */
class VectorTest {
  private static final BigInteger P = BigInteger.ONE.shiftLeft(61).subtract(BigInteger.ONE);

  private static Path directory() {
    return Path.of(System.getProperty("basedir", "."), "..", "..", "proto", "vectors").normalize();
  }

  private static JsonNode vectors(String file) throws Exception {
    return new ObjectMapper().readTree(directory().resolve(file).toFile());
  }

  @Test
  void committedVectorsAreWhatTheProgramWrites() throws Exception {
    if (Boolean.getBoolean("vectors.write")) {
      VectorWriter.write(directory());
    }
    for (Map.Entry<String, String> file : VectorWriter.files().entrySet()) {
      assertThat(Files.readString(directory().resolve(file.getKey())))
          .as(file.getKey())
          .isEqualTo(file.getValue());
    }
    try (var files = Files.list(directory())) {
      assertThat(
              files
                  .map(path -> path.getFileName().toString())
                  .filter(name -> name.endsWith(".json")))
          .containsExactlyInAnyOrderElementsOf(VectorWriter.files().keySet());
    }
  }

  @Test
  void hashesFollowTheDocument() throws Exception {
    JsonNode node = vectors("hashes.json");
    for (JsonNode round : node.get("round_hash")) {
      byte[] parameters = bytes(round, "round_parameters");
      assertThat(sha256(label("round"), u32(parameters.length), parameters))
          .isEqualTo(bytes(round, "round_hash"));
    }
    JsonNode nonce = node.get("graph_nonce");
    assertThat(sha256(label("graph-nonce"), bytes(nonce, "nonce")))
        .isEqualTo(bytes(nonce, "commitment"));
    JsonNode self = node.get("self_mask");
    assertThat(
            sha256(label("self-mask-commitment"), bytes(self, "round_hash"), bytes(self, "seed")))
        .isEqualTo(bytes(self, "commitment"));
  }

  @Test
  void masksFollowTheDocument() throws Exception {
    for (JsonNode entry : vectors("masks.json").get("self")) {
      byte[] key = hkdf(bytes(entry, "round_hash"), bytes(entry, "seed"), label("self-mask"), 16);
      assertThat(longs(entry.get("masked_zero")))
          .isEqualTo(mask(key, entry.get("ring_bits").intValue(), 11, false));
    }
    for (JsonNode entry : vectors("masks.json").get("pair")) {
      int own = entry.get("own_index").intValue();
      int peer = entry.get("peer_index").intValue();
      byte[] agreed =
          X25519KeyPair.fromPrivateKey(bytes(entry, "own_mask_private_key"))
              .agree(bytes(entry, "peer_mask_public_key"));
      byte[] info = join(label("pair-mask"), u32(Math.min(own, peer)), u32(Math.max(own, peer)));
      byte[] key = hkdf(bytes(entry, "round_hash"), agreed, info, 16);
      assertThat(longs(entry.get("masked_zero")))
          .isEqualTo(mask(key, entry.get("ring_bits").intValue(), 11, own > peer));
    }
  }

  @Test
  void sharesFollowTheDocument() throws Exception {
    for (JsonNode entry : vectors("shares.json").get("shamir")) {
      byte[] secret = bytes(entry, "secret");
      BigInteger whole = littleEndian(secret);
      List<byte[]> coefficients = new ArrayList<>();
      entry
          .get("coefficients_by_degree")
          .forEach(c -> coefficients.add(HexFormat.of().parseHex(c.textValue())));
      for (int limb = 0; limb < 5; limb++) {
        assertThat(element(coefficients.get(0), limb))
            .isEqualTo(whole.shiftRight(60 * limb).mod(BigInteger.ONE.shiftLeft(60)));
        for (JsonNode share : entry.get("shares")) {
          BigInteger x = BigInteger.valueOf(share.get("x").intValue());
          BigInteger y = BigInteger.ZERO;
          for (int degree = coefficients.size() - 1; degree >= 0; degree--) {
            y = y.multiply(x).add(element(coefficients.get(degree), limb)).mod(P);
          }
          assertThat(element(bytes(share, "share"), limb)).isEqualTo(y);
        }
      }
      List<Share> shares = new ArrayList<>();
      entry
          .get("shares")
          .forEach(s -> shares.add(new Share(s.get("x").intValue() - 1, bytes(s, "share"))));
      assertThat(
              new SecretReconstruction(entry.get("threshold").intValue())
                  .rebuild(shares, candidate -> Arrays.equals(candidate, secret)))
          .isEqualTo(new SecretReconstruction.Rebuilt(secret, List.of()));
    }
  }

  @Test
  void graphFollowsTheDocument() throws Exception {
    for (JsonNode entry : vectors("graph.json").get("neighbours")) {
      int n = entry.get("n").intValue();
      int k = entry.get("k").intValue();
      byte[] seed =
          sha256(
              label("graph-seed"),
              bytes(entry, "graph_nonce"),
              bytes(entry, "roster_root"),
              u32(n));
      int[] ring = new int[n];
      Arrays.setAll(ring, i -> i);
      long word = 0;
      for (int i = n - 1; i > 0; i--) {
        long value;
        do {
          byte[] block = sha256(label("graph-stream"), seed, u32(0), u32((int) (word / 8)));
          value = ByteBuffer.wrap(block).getInt((int) (word % 8) * 4) & 0xffff_ffffL;
          word++;
        } while (value >= (1L << 32) / (i + 1) * (i + 1));
        int j = (int) (value % (i + 1));
        int swap = ring[i];
        ring[i] = ring[j];
        ring[j] = swap;
      }
      int groups = entry.get("groups").intValue();
      for (int group = 0; group < groups; group++) {
        int[] arc = Arrays.copyOfRange(ring, group * n / groups, (group + 1) * n / groups);
        int m = arc.length;
        for (int position = 0; position < m; position++) {
          List<Integer> expected = new ArrayList<>();
          for (int distance = 1; distance < m; distance++) {
            if (k >= m - 1 || Math.min(distance, m - distance) <= k / 2) {
              expected.add(arc[(position + distance) % m]);
            }
          }
          expected.sort(null);
          assertThat(integers(entry.get("neighbours_by_index").get(arc[position])))
              .isEqualTo(expected);
        }
        Arrays.sort(arc);
        assertThat(integers(entry.get("members_by_group").get(group)))
            .isEqualTo(Arrays.stream(arc).boxed().toList());
      }
    }
  }

  private static List<Integer> integers(JsonNode array) {
    List<Integer> integers = new ArrayList<>();
    array.forEach(element -> integers.add(element.intValue()));
    return integers;
  }

  @Test
  void theRoundHoldsTogether() throws Exception {
    JsonNode round = vectors("round.json");
    RoundHash roundHash = RoundHash.of(bytes(round, "round_parameters"));
    assertThat(roundHash.bytes()).isEqualTo(bytes(round, "round_hash"));
    int threshold = round.get("threshold").intValue();
    int bits = round.get("ring_bits").intValue();
    int length = round.get("coordinates").intValue();
    JsonNode devices = round.get("devices");
    long[] sum = new long[length];
    long[] expected = new long[length];
    for (int i = 0; i < devices.size(); i++) {
      JsonNode device = devices.get(i);
      verify(
          bytes(round, "enrollment_authority_public_key"),
          Transcripts.certificate(bytes(device, "certificate_content")),
          bytes(device, "certificate_signature"));
      verify(
          bytes(round, "ticket_public_key"),
          Transcripts.ticket(bytes(device, "ticket_content")),
          bytes(device, "ticket_signature"));
      if (device.has("upload_payload")) {
        BigInteger packed = littleEndian(bytes(device, "upload_payload"));
        for (int c = 0; c < length; c++) {
          sum[c] += packed.shiftRight(bits * c).mod(BigInteger.ONE.shiftLeft(bits)).longValue();
          expected[c] += device.get("vector").get(c).intValue();
        }
        verify(
            bytes(device, "round_public_key"),
            Transcripts.survivors(
                roundHash, bytes(round, "roster_root"), bytes(round, "survivors")),
            bytes(device, "survivors_signature"));
      }
    }
    for (int owner = 0; owner < devices.size(); owner++) {
      JsonNode device = devices.get(owner);
      boolean survived = device.has("upload_payload");
      List<Share> shares = new ArrayList<>();
      for (int holder = 0; holder < devices.size(); holder++) {
        for (JsonNode revealed : devices.get(holder).path("revealed_shares")) {
          if (revealed.get("owner_index").intValue() == owner) {
            assertThat(bytes(revealed, "share"))
                .isEqualTo(opened(round, roundHash, owner, holder, survived));
            shares.add(new Share(holder, bytes(revealed, "share")));
          }
        }
      }
      byte[] secret = bytes(device, survived ? "self_mask_seed" : "mask_private_key");
      assertThat(new SecretReconstruction(threshold).rebuild(shares, s -> Arrays.equals(s, secret)))
          .isEqualTo(new SecretReconstruction.Rebuilt(secret, List.of()));
      if (survived) {
        subtract(
            sum, mask(hkdf(roundHash.bytes(), secret, label("self-mask"), 16), 32, length, false));
      } else {
        for (int peer = 0; peer < devices.size(); peer++) {
          if (peer != owner) {
            byte[] agreed =
                X25519KeyPair.fromPrivateKey(secret)
                    .agree(bytes(devices.get(peer), "mask_public_key"));
            byte[] info =
                join(label("pair-mask"), u32(Math.min(owner, peer)), u32(Math.max(owner, peer)));
            subtract(
                sum, mask(hkdf(roundHash.bytes(), agreed, info, 16), 32, length, peer > owner));
          }
        }
      }
    }
    for (int c = 0; c < length; c++) {
      long reduced = Math.floorMod(sum[c], 1L << bits);
      assertThat(reduced >= 1L << (bits - 1) ? reduced - (1L << bits) : reduced)
          .isEqualTo(expected[c])
          .isEqualTo(round.get("sum").get(c).longValue());
    }
  }

  /** The share of a survivor's seed or of a drop-out's mask key, from the ciphertext. */
  private static byte[] opened(
      JsonNode round, RoundHash roundHash, int owner, int holder, boolean survived)
      throws Exception {
    JsonNode devices = round.get("devices");
    for (JsonNode encrypted : devices.get(owner).get("encrypted_shares")) {
      if (encrypted.get("to_index").intValue() == holder) {
        byte[] both =
            ShareCipher.open(
                roundHash,
                X25519KeyPair.fromPrivateKey(bytes(devices.get(holder), "share_private_key")),
                bytes(devices.get(owner), "share_public_key"),
                owner,
                holder,
                bytes(encrypted, "ciphertext"));
        return survived ? Arrays.copyOf(both, 40) : Arrays.copyOfRange(both, 40, 80);
      }
    }
    throw new AssertionError("no share from " + owner + " to " + holder);
  }

  private static void verify(byte[] key, byte[] message, byte[] signature) {
    assertThat(SigningKeyPair.verify(key, message, signature)).isTrue();
  }

  private static void subtract(long[] sum, long[] mask) {
    for (int c = 0; c < sum.length; c++) {
      sum[c] -= mask[c];
    }
  }

  private static long[] mask(byte[] key, int bits, int length, boolean negative) throws Exception {
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[16]));
    ByteBuffer stream =
        ByteBuffer.wrap(cipher.doFinal(new byte[4 * length])).order(ByteOrder.LITTLE_ENDIAN);
    long[] mask = new long[length];
    for (int i = 0; i < length; i++) {
      long word = stream.getInt() & 0xffff_ffffL;
      mask[i] = Math.floorMod(negative ? -word : word, 1L << bits);
    }
    return mask;
  }

  private static byte[] hkdf(byte[] salt, byte[] ikm, byte[] info, int length) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(salt, "HmacSHA256"));
    byte[] key = mac.doFinal(ikm);
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return Arrays.copyOf(mac.doFinal(join(info, new byte[] {1})), length);
  }

  private static byte[] label(String name) {
    return ("octomil.secagg.v1/" + name + "\0").getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] u32(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] join(byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    ByteBuffer joined = ByteBuffer.allocate(length);
    for (byte[] part : parts) {
      joined.put(part);
    }
    return joined.array();
  }

  private static byte[] sha256(byte[]... parts) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(join(parts));
  }

  private static BigInteger littleEndian(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static BigInteger element(byte[] share, int limb) {
    return littleEndian(Arrays.copyOfRange(share, 8 * limb, 8 * limb + 8));
  }

  private static byte[] bytes(JsonNode node, String field) {
    return HexFormat.of().parseHex(Objects.requireNonNull(node.get(field).textValue()));
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    Arrays.setAll(values, i -> array.get(i).longValue());
    return values;
  }
}
