package com.octomil.privacy.dp.random;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.dp.mechanism.DiscreteGaussian;
import com.octomil.privacy.dp.mechanism.RoundedGaussian;
import com.octomil.privacy.dp.mechanism.Skellam;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class KeystreamRandomTest {
  /** Keys 1, 2, 3, ... repeated in every byte. */
  private static final class Keys extends SecureRandom {
    private static final long serialVersionUID = 1;
    private byte next = 1;

    @Override
    public void nextBytes(byte[] bytes) {
      Arrays.fill(bytes, next++);
    }
  }

  private static byte[] keystream(int key, int bytes) throws GeneralSecurityException {
    byte[] secret = new byte[32];
    Arrays.fill(secret, (byte) key);
    Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE, new SecretKeySpec(secret, "AES"), new IvParameterSpec(new byte[16]));
    return cipher.doFinal(new byte[bytes]);
  }

  @Test
  void wordsAreTheKeystreamOfItsKey() throws GeneralSecurityException {
    KeystreamRandom random = KeystreamRandom.keyedFrom(new Keys());
    ByteBuffer expected = ByteBuffer.wrap(keystream(1, 64_000)).order(ByteOrder.LITTLE_ENDIAN);
    while (expected.hasRemaining()) {
      assertThat(random.nextLong()).isEqualTo(expected.getLong());
    }
  }

  @Test
  void bulkReadsNeverRepeatWords() throws GeneralSecurityException {
    KeystreamRandom random = KeystreamRandom.keyedFrom(new Keys());
    byte[] odd = new byte[33_001];
    random.nextBytes(odd);
    assertThat(odd).isEqualTo(keystream(1, 33_001));
    Set<Long> words = new HashSet<>();
    byte[] bytes = new byte[8000];
    random.nextBytes(bytes);
    for (int i = 0; i < 1000; i++) {
      words.add(random.nextLong());
      words.add(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(8 * i));
    }
    assertThat(words).hasSize(2000);
  }

  @Test
  void aKeyIsUsedForOneGibibyteOnly() throws GeneralSecurityException {
    KeystreamRandom random = KeystreamRandom.keyedFrom(new Keys());
    byte[] chunk = new byte[1 << 20];
    for (long words = 0; words < KeystreamRandom.WORDS_PER_KEY; words += chunk.length / 8) {
      random.nextBytes(chunk);
    }
    byte[] after = new byte[64];
    random.nextBytes(after);
    assertThat(after).isEqualTo(keystream(2, 64));
  }

  @Test
  void noiseTakesNoGeneratorAndNoSeed() {
    for (Class<?> noise :
        new Class<?>[] {RoundedGaussian.class, DiscreteGaussian.class, Skellam.class}) {
      assertThat(noise.getConstructors()).isEmpty();
      for (Method method : noise.getMethods()) {
        if (Modifier.isStatic(method.getModifiers())) {
          assertThat(method.getParameterTypes())
              .as(method.toString())
              .containsExactly(double.class);
        }
      }
      for (Constructor<?> constructor : noise.getDeclaredConstructors()) {
        assertThat(
                Modifier.isPublic(constructor.getModifiers())
                    || Modifier.isProtected(constructor.getModifiers()))
            .isFalse();
      }
    }
    assertThat(new KeystreamRandom().nextLong()).isNotEqualTo(new KeystreamRandom().nextLong());
  }
}
