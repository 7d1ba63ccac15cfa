package com.octomil.privacy.secagg.keyagreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import org.junit.jupiter.api.Test;

/**
 * Every case of the vectors in {@code src/test/resources/wycheproof} is decided as the files say,
 * with two exceptions by design: X25519 refuses an all-zero result, which the file leaves open
 * ("acceptable"), and AES-GCM is used with keys of 256 bits and nonces of 96 bits only.
 */
class WycheproofTest {

  private static JsonNode vectors(String name, int tests) throws IOException {
    try (InputStream file =
        Objects.requireNonNull(WycheproofTest.class.getResourceAsStream("/wycheproof/" + name))) {
      JsonNode vectors = new ObjectMapper().readTree(file);
      int count = 0;
      for (JsonNode group : vectors.path("testGroups")) {
        count += group.path("tests").size();
      }
      assertThat(count).isEqualTo(vectors.path("numberOfTests").asInt()).isEqualTo(tests);
      return vectors;
    }
  }

  private static byte[] hex(JsonNode node, String field) {
    return HexFormat.of().parseHex(node.path(field).asText());
  }

  private static String describe(JsonNode test) {
    return test.path("tcId") + " " + test.path("comment").asText();
  }

  private static boolean valid(JsonNode test) {
    return test.path("result").asText().equals("valid");
  }

  @Test
  void x25519() throws Exception {
    int refused = 0;
    for (JsonNode group : vectors("x25519_test.json", 518).path("testGroups")) {
      for (JsonNode test : group.path("tests")) {
        byte[] shared = hex(test, "shared");
        byte[] peer = hex(test, "public");
        try (X25519KeyPair own = X25519KeyPair.fromPrivateKey(hex(test, "private"))) {
          if (Arrays.equals(shared, new byte[32])) {
            assertThat(valid(test)).isFalse();
            assertThatThrownBy(() -> own.agree(peer))
                .as(describe(test))
                .isInstanceOf(InvalidPublicKeyException.class);
            assertThat(X25519KeyPair.isValidPublicKey(peer)).as(describe(test)).isFalse();
            refused++;
          } else {
            assertThat(own.agree(peer)).as(describe(test)).isEqualTo(shared);
            assertThat(X25519KeyPair.isValidPublicKey(peer)).as(describe(test)).isTrue();
          }
        }
      }
    }
    assertThat(refused).isEqualTo(31);
  }

  @Test
  void ed25519() throws Exception {
    for (JsonNode group : vectors("eddsa_test.json", 145).path("testGroups")) {
      byte[] publicKey = hex(group.path("key"), "pk");
      try (SigningKeyPair key = SigningKeyPair.fromSeed(hex(group.path("key"), "sk"))) {
        assertThat(key.publicKey()).isEqualTo(publicKey);
        for (JsonNode test : group.path("tests")) {
          byte[] message = hex(test, "msg");
          byte[] signature = hex(test, "sig");
          assertThat(SigningKeyPair.verify(publicKey, message, signature))
              .as(describe(test))
              .isEqualTo(valid(test));
          if (valid(test)) {
            assertThat(key.sign(message)).as(describe(test)).isEqualTo(signature);
          }
        }
      }
    }
  }

  @Test
  void hkdfSha256() throws Exception {
    for (JsonNode group : vectors("hkdf_sha256_test.json", 105).path("testGroups")) {
      for (JsonNode test : group.path("tests")) {
        int size = test.path("size").asInt();
        if (valid(test)) {
          assertThat(Hkdf.sha256(hex(test, "salt"), hex(test, "ikm"), hex(test, "info"), size))
              .as(describe(test))
              .isEqualTo(hex(test, "okm"));
        } else {
          assertThatThrownBy(
                  () -> Hkdf.sha256(hex(test, "salt"), hex(test, "ikm"), hex(test, "info"), size))
              .as(describe(test))
              .isInstanceOf(IllegalArgumentException.class);
        }
      }
    }
  }

  @Test
  void aes256Gcm() throws Exception {
    int decided = 0;
    for (JsonNode group : vectors("aes_gcm_test.json", 256).path("testGroups")) {
      boolean ours = group.path("keySize").asInt() == 256 && group.path("ivSize").asInt() == 96;
      assertThat(group.path("tagSize").asInt()).isEqualTo(128);
      for (JsonNode test : group.path("tests")) {
        byte[] key = hex(test, "key");
        byte[] nonce = hex(test, "iv");
        byte[] associated = hex(test, "aad");
        if (!ours) {
          assertThatThrownBy(() -> ShareCipher.aesGcm(Cipher.ENCRYPT_MODE, key, nonce, associated))
              .as(describe(test))
              .isInstanceOf(IllegalArgumentException.class);
          continue;
        }
        byte[] message = hex(test, "msg");
        byte[] sealed =
            HexFormat.of().parseHex(test.path("ct").asText() + test.path("tag").asText());
        Cipher open = ShareCipher.aesGcm(Cipher.DECRYPT_MODE, key, nonce, associated);
        if (valid(test)) {
          assertThat(
                  ShareCipher.aesGcm(Cipher.ENCRYPT_MODE, key, nonce, associated).doFinal(message))
              .as(describe(test))
              .isEqualTo(sealed);
          assertThat(open.doFinal(sealed)).as(describe(test)).isEqualTo(message);
        } else {
          assertThatThrownBy(() -> open.doFinal(sealed))
              .as(describe(test))
              .isInstanceOf(AEADBadTagException.class);
        }
        decided++;
      }
    }
    assertThat(decided).isEqualTo(48);
  }
}
