package com.octomil.privacy.secagg.keyagreement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Vectors of RFC 7748, RFC 8032 and RFC 5869, and hostile inputs of the kinds that Wycheproof
 * collects.
 */
class PublishedVectorTest {
  private static final BigInteger ORDER =
      BigInteger.ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));

  @ParameterizedTest
  @CsvSource({
    // Section 5.2.
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
        + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
        + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
        + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
        + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    // Section 6.1, both sides.
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a,"
        + "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f,"
        + "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb,"
        + "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a,"
        + "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
  })
  void rfc7748(String scalar, String point, String result) {
    assertThat(X25519KeyPair.fromPrivateKey(hex(scalar)).agree(hex(point))).isEqualTo(hex(result));
  }

  @Test
  void rfc7748PublicKeys() {
    assertThat(
            X25519KeyPair.fromPrivateKey(
                    hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"))
                .publicKey())
        .isEqualTo(hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"));
  }

  @Test
  void rfc7748Iterated() {
    byte[] k = new byte[32];
    k[0] = 9;
    byte[] u = k.clone();
    for (int i = 0; i < 1000; i++) {
      byte[] next = X25519KeyPair.fromPrivateKey(k).agree(u);
      u = k;
      k = next;
      if (i == 0) {
        assertThat(k)
            .isEqualTo(hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"));
      }
    }
    assertThat(k)
        .isEqualTo(hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880",
      })
  void lowOrderPublicKeysAreRefused(String point) {
    X25519KeyPair own = X25519KeyPair.generate(new SecureRandom());
    assertThat(X25519KeyPair.isValidPublicKey(hex(point))).isFalse();
    assertThatThrownBy(() -> own.agree(hex(point)))
        .isInstanceOf(InvalidPublicKeyException.class)
        .hasMessageContaining(point);
  }

  @Test
  void keysOfWrongLengthAreRefused() {
    assertThat(X25519KeyPair.isValidPublicKey(new byte[31])).isFalse();
    assertThatThrownBy(() -> X25519KeyPair.generate(new SecureRandom()).agree(new byte[33]))
        .hasMessage("public key has 33 bytes; it must have 32");
    assertThatThrownBy(() -> SigningKeyPair.fromSeed(new byte[0]))
        .hasMessage("seed has 0 bytes; it must have 32");
  }

  @ParameterizedTest
  @CsvSource({
    // Section 7.1, tests 1 to 3.
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
        + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,"
        + "'',"
        + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
        + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,"
        + "72,"
        + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7,"
        + "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025,"
        + "af82,"
        + "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  })
  void rfc8032(String seed, String publicKey, String message, String signature) {
    SigningKeyPair pair = SigningKeyPair.fromSeed(hex(seed));
    assertThat(pair.publicKey()).isEqualTo(hex(publicKey));
    assertThat(pair.sign(hex(message))).isEqualTo(hex(signature));
    assertThat(SigningKeyPair.verify(hex(publicKey), hex(message), hex(signature))).isTrue();
  }

  @Test
  void alteredSignaturesAreRefused() {
    SigningKeyPair pair = SigningKeyPair.generate(new SecureRandom());
    byte[] message = {1, 2, 3};
    byte[] signature = pair.sign(message);
    for (int bit = 0; bit < 512; bit++) {
      byte[] altered = signature.clone();
      altered[bit >> 3] ^= (byte) (1 << (bit & 7));
      assertThat(SigningKeyPair.verify(pair.publicKey(), message, altered))
          .as("bit %d", bit)
          .isFalse();
    }
    assertThat(SigningKeyPair.verify(pair.publicKey(), message, Arrays.copyOf(signature, 63)))
        .isFalse();
    assertThat(SigningKeyPair.verify(pair.publicKey(), message, Arrays.copyOf(signature, 65)))
        .isFalse();
    assertThat(SigningKeyPair.verify(pair.publicKey(), message, new byte[64])).isFalse();
    assertThat(SigningKeyPair.verify(new byte[31], message, signature)).isFalse();
    assertThat(SigningKeyPair.verify(pair.publicKey(), new byte[] {1, 2}, signature)).isFalse();
  }

  @Test
  void malleableSignaturesAreRefused() {
    SigningKeyPair pair = SigningKeyPair.generate(new SecureRandom());
    byte[] message = {42};
    byte[] signature = pair.sign(message);
    BigInteger s = littleEndian(Arrays.copyOfRange(signature, 32, 64));
    for (int multiple = 1; multiple <= 14; multiple++) {
      byte[] encoded = littleEndian(s.add(ORDER.multiply(BigInteger.valueOf(multiple))));
      byte[] malleated = signature.clone();
      System.arraycopy(encoded, 0, malleated, 32, 32);
      assertThat(SigningKeyPair.verify(pair.publicKey(), message, malleated)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
      })
  void signingKeysOfLowOrderAreRefused(String publicKey) {
    // R = identity and S = 0 verifies for some messages under such keys unless they are refused as
    // such.
    byte[] signature = new byte[64];
    signature[0] = 1;
    for (byte message = 0; message < 32; message++) {
      assertThat(SigningKeyPair.verify(hex(publicKey), new byte[] {message}, signature)).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "000102030405060708090a0b0c,"
        + "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b,"
        + "f0f1f2f3f4f5f6f7f8f9,"
        + "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
        + "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
        + "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf,"
        + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
        + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
        + "404142434445464748494a4b4c4d4e4f,"
        + "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
        + "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
        + "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff,"
        + "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
        + "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
        + "cc30c58179ec3e87c14c01d5c1f3434f1d87",
    "'',0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b,'',"
        + "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  })
  void rfc5869(String salt, String ikm, String info, String okm) {
    assertThat(Hkdf.sha256(hex(salt), hex(ikm), hex(info), okm.length() / 2)).isEqualTo(hex(okm));
  }

  @Test
  void hkdfLengthIsBounded() {
    assertThat(Hkdf.sha256(new byte[1], new byte[1], new byte[0], 255 * 32)).hasSize(255 * 32);
    assertThatThrownBy(() -> Hkdf.sha256(new byte[1], new byte[1], new byte[0], 255 * 32 + 1))
        .hasMessage("length is 8161; it must be between 1 and 8160");
  }

  private static BigInteger littleEndian(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static byte[] littleEndian(BigInteger value) {
    byte[] bytes = new byte[32];
    for (int i = 0; i < 32; i++) {
      bytes[i] = value.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  private static byte[] hex(String value) {
    return HexFormat.of().parseHex(value);
  }
}
