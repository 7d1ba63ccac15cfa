package com.octomil.privacy.secagg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SecretBytesTest {
  private static byte[] filled(int value) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  @Test
  void printsAndHashesNothingOfItsContent() {
    SecretBytes secret = new SecretBytes(filled(0x5a));
    assertThat(secret).hasToString("SecretBytes[32 bytes]");
    assertThat(secret.hashCode()).isEqualTo(new SecretBytes(filled(0x17)).hashCode());
  }

  @Test
  void comparesByContent() {
    assertThat(new SecretBytes(filled(1))).isEqualTo(new SecretBytes(filled(1)));
    assertThat(new SecretBytes(filled(1))).isNotEqualTo(new SecretBytes(filled(2)));
    assertThat(new SecretBytes(filled(1))).isNotEqualTo(new SecretBytes(new byte[31]));
  }

  @Test
  void copiesInAndOut() {
    byte[] bytes = filled(7);
    SecretBytes secret = new SecretBytes(bytes);
    bytes[0] = 0;
    secret.reveal()[1] = 0;
    assertThat(secret.reveal()).isEqualTo(filled(7));
  }

  @Test
  void isGoneAfterClose() {
    SecretBytes secret = new SecretBytes(filled(7));
    secret.close();
    secret.close();
    assertThat(secret.isClosed()).isTrue();
    assertThat(secret.length()).isEqualTo(32);
    assertThat(secret)
        .isNotEqualTo(new SecretBytes(filled(7)))
        .isNotEqualTo(new SecretBytes(filled(0)));
    assertThatThrownBy(secret::reveal)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the secret has been erased");
  }
}
