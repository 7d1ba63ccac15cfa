package com.octomil.privacy.secagg.secretsharing;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.SecureRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class Field61PropertyTest {
  private static final BigInteger P = BigInteger.valueOf(Field61.P);

  @Property
  void agreesWithBigIntegers(@ForAll("elements") long a, @ForAll("elements") long b) {
    BigInteger bigA = BigInteger.valueOf(a);
    BigInteger bigB = BigInteger.valueOf(b);
    assertThat(Field61.add(a, b)).isEqualTo(bigA.add(bigB).mod(P).longValue());
    assertThat(Field61.subtract(a, b)).isEqualTo(bigA.subtract(bigB).mod(P).longValue());
    assertThat(Field61.multiply(a, b)).isEqualTo(bigA.multiply(bigB).mod(P).longValue());
    if (a != 0) {
      assertThat(Field61.inverse(a)).isEqualTo(bigA.modInverse(P).longValue());
    }
  }

  @Property(tries = 200)
  void randomElementsAreCanonical() {
    assertThat(Field61.isCanonical(Field61.random(new SecureRandom()))).isTrue();
  }

  @Example
  void theOneInvalidDrawIsRejected() {
    SecureRandom allOnesFirst =
        new SecureRandom() {
          private static final long serialVersionUID = 1L;
          private long next = -1;

          @Override
          public long nextLong() {
            return next++;
          }
        };
    // The first draw is p itself, which would be a second encoding of zero; the next is 0.
    assertThat(Field61.random(allOnesFirst)).isZero();
    assertThat(allOnesFirst.nextLong()).isEqualTo(1);
  }

  @Example
  void batchInversion() {
    long[] elements = {1, 2, Field61.P - 1, 12345678901234L};
    long[] inverses = Field61.inverses(elements);
    for (int i = 0; i < elements.length; i++) {
      assertThat(Field61.multiply(elements[i], inverses[i])).isEqualTo(1);
    }
  }

  @Provide
  Arbitrary<Long> elements() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(0, Field61.P - 1),
        Arbitraries.of(0L, 1L, 2L, Field61.P - 1, Field61.P - 2, 1L << 60, (1L << 60) - 1));
  }
}
