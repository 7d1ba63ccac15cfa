package com.octomil.privacy.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class FormatTest {

  @Test
  void canonicalJsonIsThatOfRfc8785() throws Exception {
    // Sorting by UTF-16 units and escapes as in RFC 8785, sections 3.2.2 and 3.2.3.
    var node =
        CanonicalJson.parseObject(
            "{\"\\u20ac\": \"Euro\\u000f\\n\\u2028\", \"1\": [56, {\"f\": true, \"d\": null}], \"\\r\": \"\", \"\\ud83d\\ude00\": -0}");
    assertThat(CanonicalJson.of(node))
        .isEqualTo(
            "{\"\\r\":\"\",\"1\":[56,{\"d\":null,\"f\":true}],\"\u20ac\":\"Euro\\u000f\\n\u2028\",\"\ud83d\ude00\":0}");
  }

  @Test
  void numbersThatReadersSpellDifferentlyAreRefused() {
    for (String number :
        new String[] {"0.5", "1e3", "9007199254740993", "-123456789012345678901"}) {
      assertThatThrownBy(
              () -> CanonicalJson.of(CanonicalJson.parseObject("{\"a\":[" + number + "]}")))
          .as(number)
          .isInstanceOf(AuditFormatException.class)
          .hasMessageContaining("only whole numbers");
    }
  }

  @Test
  void aNameThatOccursTwiceIsRefused() {
    assertThatThrownBy(() -> CanonicalJson.parseObject("{\"a\":1,\"a\":2}"))
        .isInstanceOf(AuditFormatException.class);
  }

  @Test
  void theChainIsTheDocumentedOne() {
    // Computed with sha256sum over the octets that the documentation gives.
    byte[] start = HashChain.start("clinic");
    byte[] digest = HashChain.digest("{}");
    assertThat(HexFormat.of().formatHex(start))
        .isEqualTo("1c7d2cc8be59cef727139a727e39f7242983af353735a28499259ce2af3b8475");
    assertThat(HexFormat.of().formatHex(digest))
        .isEqualTo("28a3a18f6cd6406b086e9ffda1f9b8a13dbcf44b0f3f32cb9031a11fd053acf9");
    assertThat(HexFormat.of().formatHex(HashChain.next(start, digest)))
        .isEqualTo("a1f5d1706aa2846e5a4dbc2ab09d27ee6bcc8aca35195b467a3c3ee255ca0a27");
  }

  @Test
  void keysOfOpensslAreRead() throws Exception {
    // The key pair of RFC 8410, section 10.3 and 10.1.
    SigningKey key =
        SigningKey.parseAll(
                """
                -----BEGIN PRIVATE KEY-----
                MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
                -----END PRIVATE KEY-----
                """)
            .getFirst();
    VerificationKey published =
        VerificationKey.parse(
            """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
            -----END PUBLIC KEY-----
            """);
    assertThat(key.publicKey()).isEqualTo(published);
    assertThat(VerificationKey.parse(published.pem())).isEqualTo(published);
    assertThat(VerificationKey.parse(published.base64())).isEqualTo(published);
  }

  @Test
  void whatIsNoKeyIsRefusedWithoutShowingIt() {
    assertThatThrownBy(() -> SigningKey.parseAll("secret"))
        .isInstanceOf(AuditFormatException.class)
        .hasMessageNotContaining("secret");
    assertThatThrownBy(() -> VerificationKey.parse("AAAA"))
        .isInstanceOf(AuditFormatException.class);
  }

  @Test
  void aCheckpointSurvivesItsJson() throws Exception {
    Checkpoint made =
        Checkpoint.sign("clinic", 9, HashChain.start("clinic"), Exports.AT, Exports.KEY);
    assertThat(Checkpoint.parse(made.toJson())).isEqualTo(made);
    assertThat(made.isSignedBy(Exports.KEY.publicKey())).isTrue();
    assertThat(made.isSignedBy(Exports.newKey().publicKey())).isFalse();
  }
}
