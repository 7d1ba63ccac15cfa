package com.octomil.privacy.budget.domain;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Objects;

/**
 * An amount of privacy loss as a whole number of nano-epsilon, so that a ledger compares and adds
 * integers. What is spent is rounded up, what may be spent is rounded down: rounding is always
 * against the spender.
 *
 * @param nanos 10^-9 epsilon; {@link Long#MAX_VALUE} stands for "more than any budget"
 */
public record Epsilon(long nanos) implements Comparable<Epsilon> {

  /** Nothing. */
  public static final Epsilon ZERO = new Epsilon(0);

  /** More than any budget. */
  public static final Epsilon UNBOUNDED = new Epsilon(Long.MAX_VALUE);

  private static final int DECIMALS = 9;
  private static final BigDecimal LARGEST = BigDecimal.valueOf(Long.MAX_VALUE, DECIMALS);

  /** Refuses negative amounts. */
  public Epsilon {
    if (nanos < 0) {
      throw new IllegalArgumentException("epsilon is " + nanos + " nanos; must not be negative");
    }
  }

  /**
   * A loss, rounded up to the next nano-epsilon.
   *
   * @param loss an upper bound of the loss; infinity gives {@link #UNBOUNDED}
   * @throws IllegalArgumentException if it is negative or not a number
   */
  public static Epsilon ofLoss(double loss) {
    if (Double.isNaN(loss) || loss < 0) {
      throw new IllegalArgumentException("loss is " + loss + "; must be a number >= 0");
    }
    if (Double.isInfinite(loss)) {
      return UNBOUNDED;
    }
    BigDecimal exact = new BigDecimal(loss);
    return exact.compareTo(LARGEST) >= 0 ? UNBOUNDED : nanosOf(exact, RoundingMode.CEILING);
  }

  /** A budget, rounded down to a whole nano-epsilon. */
  public static Epsilon ofBudget(BigDecimal budget) {
    return budget.compareTo(LARGEST) >= 0 ? UNBOUNDED : nanosOf(budget, RoundingMode.FLOOR);
  }

  private static Epsilon nanosOf(BigDecimal amount, RoundingMode rounding) {
    return new Epsilon(
        amount.setScale(DECIMALS, rounding).movePointRight(DECIMALS).longValueExact());
  }

  /** This amount less {@code other}, or zero if that is more. */
  public Epsilon minusDownToZero(Epsilon other) {
    return nanos <= other.nanos ? ZERO : new Epsilon(nanos - other.nanos);
  }

  /** The larger of the two. */
  public static Epsilon max(Epsilon a, Epsilon b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  /** Whether this is more than {@code other}. */
  public boolean exceeds(Epsilon other) {
    return nanos > other.nanos;
  }

  /** The exact decimal value, without trailing zeros and without an exponent. */
  public BigDecimal decimal() {
    BigDecimal stripped = BigDecimal.valueOf(nanos, DECIMALS).stripTrailingZeros();
    return stripped.scale() < 0 ? stripped.setScale(0) : stripped;
  }

  @Override
  public int compareTo(Epsilon other) {
    return Long.compare(nanos, other.nanos);
  }

  @Override
  public String toString() {
    return Objects.requireNonNull(decimal().toPlainString());
  }
}
