package com.octomil.privacy.dp.internal.loss;

import com.octomil.privacy.dp.internal.Normal;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Puts a {@link LossShape} on a lattice, from above and from below.
 *
 * <p>From above: *connect the dots* (Doroshenko et al. 2022). Mass at a loss between two dots is
 * split so that both distributions keep their mass, which replaces the convex curve by its chords.
 *
 * <p>From below: all outcomes with a loss nearer to one dot than to any other are merged, which is
 * post-processing and leaves a vertex v near the dot; (p - x q)_+ is then replaced by a smaller
 * function with vertices on dots only. If p exceeds q e^dot by r > 0, the ramp r between the dot
 * below and the dot is kept; if it falls short, the ramp is taken away between the dot and the one
 * above. Where that would leave a negative mass the vertex is simply moved down.
 *
 * <p>Dots lie every step near zero and every 1/128 to 1/256 of the loss further out: the
 * second-order error then stays a fixed small fraction of the variance of the loss.
 */
public final class LatticeBuilder {
  /**
   * Relative slack on every mass. It covers quadrature (below 2e-13 by the panel rule), the
   * elementary functions, and dots that are off by {@link LossLattice#lossError}.
   */
  static final double MASS_INFLATION = 1e-12;

  /** Relative error of p/q in a merged outcome, hence how far its vertex may be misplaced. */
  private static final double LOSS_SLACK = 1e-13;

  /** Losses beyond this range would overflow a double; such mechanisms are refused. */
  public static final double MAX_LOSS = 600;

  private static final int DOTS_PER_OCTAVE_LOG = 8;

  private static final int BALANCED_CELLS = 2;

  private static final double[] NODES5 = {
    -0.90617984593866399280,
    -0.53846931010568309104,
    0,
    0.53846931010568309104,
    0.90617984593866399280
  };
  private static final double[] WEIGHTS5 = {
    0.23692688505618908751,
    0.47862867049936646804,
    0.56888888888888888889,
    0.47862867049936646804,
    0.23692688505618908751
  };
  private static final double[] NODES3 = {-0.77459666924148337704, 0, 0.77459666924148337704};
  private static final double[] WEIGHTS3 = {
    0.55555555555555555556, 0.88888888888888888889, 0.55555555555555555556
  };

  private final double step;
  private final long[] dots;
  private final double[] odds;
  private final double[] upper;

  /** What is merged into each dot, with borders half way between dots. */
  private final Merged halfway;

  /** The same, but near the lowest loss with borders that put the merged loss on its dot. */
  private final Merged balanced;

  private double infiniteForward;
  private double infiniteBackward;
  private double firstDotMassForward;
  private double lastDotMassBackward;
  private double lossError;

  /** Second-distribution mass per dot, and how far the first exceeds or misses its share. */
  private record Merged(double[] bin, double[] above, double[] below) {
    Merged(int n) {
      this(new double[n], new double[n], new double[n]);
    }

    /**
     * p - x q at the dot; what is within round-off of zero moves the vertex by less than the slack.
     */
    double rest(int i, double share) {
      double r = above[i] - below[i];
      return Math.abs(r) <= LOSS_SLACK * share ? 0 : r;
    }
  }

  private LatticeBuilder(LossShape shape, double step) {
    this.step = step;
    double lowest = 0;
    double highest = 0;
    for (LossShape.Piece piece : shape.pieces()) {
      double low = Math.max(piece.pair().loss(piece.pair().low()), piece.lossLow());
      double high = Math.min(piece.pair().loss(piece.pair().high()), piece.lossHigh());
      lowest = Math.min(lowest, piece.swapped() ? -high : low);
      highest = Math.max(highest, piece.swapped() ? -low : high);
    }
    for (LossShape.Atom atom : shape.atoms()) {
      lowest = Math.min(lowest, atom.loss());
      highest = Math.max(highest, atom.loss());
    }
    if (!(highest <= MAX_LOSS && lowest >= -MAX_LOSS)) {
      throw new ArithmeticException("privacy losses up to " + Math.max(highest, -lowest));
    }
    this.dots = dots(lowest / step, highest / step, shape.atoms());
    int n = dots.length;
    this.odds = new double[n];
    for (int i = 0; i < n; i++) {
      odds[i] = Math.exp(dots[i] * step);
    }
    this.upper = new double[n];
    this.halfway = new Merged(n);
    this.balanced = new Merged(n);
  }

  /** Discretises with the given step, a power of two. */
  public static LossLattice build(LossShape shape, double step) {
    LatticeBuilder builder = new LatticeBuilder(shape, step);
    for (LossShape.Piece piece : shape.pieces()) {
      builder.add(piece);
    }
    for (LossShape.Atom atom : shape.atoms()) {
      builder.add(atom);
    }
    builder.infiniteForward += shape.infiniteForward();
    builder.infiniteBackward += shape.infiniteBackward();
    return builder.lattice();
  }

  private double mean(double[] mass) {
    double sum = 0;
    for (int i = 0; i < mass.length; i++) {
      sum += mass[i] * dots[i];
    }
    return sum;
  }

  /** Root mean square of the loss under the second distribution: the scale for choosing a step. */
  public static double scale(LossShape shape) {
    double sum = 0;
    for (LossShape.Piece piece : shape.pieces()) {
      LossPair pair = piece.pair();
      int panels = 400;
      double width = (pair.high() - pair.low()) / panels;
      for (int i = 0; i < panels; i++) {
        double x = pair.low() + (i + 0.5) * width;
        double loss = pair.loss(x);
        if (loss >= piece.lossLow() && loss <= piece.lossHigh()) {
          double mass = piece.swapped() ? Math.exp(loss) : 1;
          sum += loss * loss * pair.density(x) * mass * width * piece.weight();
        }
      }
    }
    for (LossShape.Atom atom : shape.atoms()) {
      sum += atom.loss() * atom.loss() * atom.first() * Math.exp(-atom.loss());
    }
    return Math.sqrt(sum);
  }

  /**
   * All dots from two below {@code lowest} to two above {@code highest}, zero among them and both
   * neighbours of every atom; mirrored at zero so that exchanging the distributions keeps them.
   */
  private long[] dots(double lowest, double highest, List<LossShape.Atom> atoms) {
    double reach = Math.max(-lowest, highest);
    LongStream positive = Arrays.stream(ray(reach));
    LongStream beside =
        atoms.stream()
            .mapToLong(atom -> (long) Math.floor(Math.abs(atom.loss()) / step))
            .flatMap(k -> LongStream.of(k, k + 1));
    return LongStream.concat(positive, beside)
        .flatMap(k -> LongStream.of(-k, k))
        .distinct()
        .sorted()
        .toArray();
  }

  private static long[] ray(double reach) {
    long[] result = new long[1024];
    int n = 1;
    long k = 0;
    int beyond = 0;
    while (beyond < 2) {
      k += Math.max(1, Long.highestOneBit(k >>> DOTS_PER_OCTAVE_LOG));
      if (n == result.length) {
        result = Arrays.copyOf(result, 2 * n);
      }
      result[n++] = k;
      if (k > reach) {
        beyond++;
      }
    }
    return Arrays.copyOf(result, n);
  }

  /** Index of the last dot at or below the loss. */
  private int dotBelow(double loss) {
    double k = loss / step;
    int low = 0;
    int high = dots.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (dots[middle] <= k) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void add(LossShape.Piece piece) {
    LossPair pair = piece.pair();
    lossError = Math.max(lossError, pair.inverseError());
    double low =
        Math.max(
            pair.low(), piece.lossLow() > -MAX_LOSS ? pair.inverse(piece.lossLow()) : pair.low());
    double high =
        Math.min(
            pair.high(),
            piece.lossHigh() < MAX_LOSS ? pair.inverse(piece.lossHigh()) : pair.high());
    double lossLow = pair.loss(low);
    double lossHigh = pair.loss(high);
    // In the pair's own direction the dots of a swapped piece are the mirrored ones.
    int mirror = piece.swapped() ? dots.length - 1 : 0;
    int sign = piece.swapped() ? -1 : 1;
    int start =
        piece.lossLow() > -MAX_LOSS
            ? exactDot(piece.lossLow(), sign, mirror)
            : lastAtOrBelow(lossLow, sign, mirror);
    Cell cell = new Cell(pair, piece.weight(), piece.swapped());
    double left = low;
    // Near the lowest loss the density can rise too steeply for ramps; there the borders between
    // merged outcomes are placed so that each merged loss falls on its dot.
    int balancedCells = piece.lossLow() > -MAX_LOSS ? 0 : BALANCED_CELLS;
    double pending = 0;
    double gapLeft =
        piece.lossLow() > -MAX_LOSS
            ? 0
            : Math.max(0, -Math.exp(lossLow) * Math.expm1(dotLoss(start, sign, mirror) - lossLow));
    for (int i = start; ; i++) {
      double upperLoss = dotLoss(i + 1, sign, mirror);
      boolean last = upperLoss >= lossHigh;
      double right = last ? high : Math.min(high, Math.max(left, pair.inverse(upperLoss)));
      double gapRight =
          last ? Math.max(0, Math.exp(lossHigh) * Math.expm1(upperLoss - lossHigh)) : 0;
      if (right > left) {
        double middleLoss = 0.5 * (dotLoss(i, sign, mirror) + upperLoss);
        double middle =
            middleLoss <= lossLow
                ? left
                : middleLoss >= lossHigh
                    ? right
                    : Math.min(right, Math.max(left, pair.inverse(middleLoss)));
        int lower = Math.abs(mirror - i);
        int higher = Math.abs(mirror - (i + 1));
        cell.integrate(left, middle, right, gapLeft, gapRight);
        cell.split(lower, higher);
        cell.merge(lower, higher, halfway);
        if (i - start < balancedCells) {
          double border = i == start ? left : cell.border(left, right, pending);
          cell.integrate(left, border, right, gapLeft, gapRight);
          pending = cell.highRest;
        }
        cell.merge(lower, higher, balanced);
      }
      if (last) {
        break;
      }
      left = right;
      gapLeft = 0;
    }
    double scale = piece.weight() * (1 + MASS_INFLATION);
    double firstAbove = piece.lossHigh() < MAX_LOSS ? 0 : pair.firstAbove() * scale;
    double secondBelow = piece.lossLow() > -MAX_LOSS ? 0 : pair.secondBelow() * scale;
    if (piece.swapped()) {
      infiniteBackward += firstAbove;
      infiniteForward += secondBelow;
    } else {
      infiniteForward += firstAbove;
      infiniteBackward += secondBelow;
    }
    // Mass that lies below the lowest loss considered: rounded up onto the extreme dots.
    firstDotMassForward += secondBelow;
    lastDotMassBackward += firstAbove;
  }

  private double dotLoss(int i, int sign, int mirror) {
    return sign * dots[Math.abs(mirror - i)] * step;
  }

  private int lastAtOrBelow(double loss, int sign, int mirror) {
    if (sign > 0) {
      return dotBelow(loss);
    }
    int i = 0;
    int high = dots.length - 1;
    while (high - i > 1) {
      int middle = (i + high) >>> 1;
      if (dotLoss(middle, sign, mirror) <= loss) {
        i = middle;
      } else {
        high = middle;
      }
    }
    return i;
  }

  private int exactDot(double loss, int sign, int mirror) {
    int i = lastAtOrBelow(loss + 0.25 * step, sign, mirror);
    if (dotLoss(i, sign, mirror) != loss) {
      throw new IllegalStateException("a piece must begin on a dot");
    }
    return i;
  }

  private void add(LossShape.Atom atom) {
    double loss = atom.loss();
    double second = atom.first() * Math.exp(-loss);
    lossError = Math.max(lossError, 4 * Normal.U * (1 + Math.abs(loss)));
    int i = dotBelow(loss);
    double low = dots[i] * step;
    double high = dots[i + 1] * step;
    double up = Math.max(0, Math.expm1(loss - low));
    double span = Math.expm1(high - low);
    upper[i + 1] += second * (up / span);
    upper[i] += second * Math.max(0, (span - up) / span);
    int nearest = loss - low <= high - loss ? i : i + 1;
    double rest = second * odds[nearest] * Math.expm1(loss - dots[nearest] * step);
    for (Merged merged : new Merged[] {halfway, balanced}) {
      merged.bin[nearest] += second;
      if (rest >= 0) {
        merged.above[nearest] += rest;
      } else {
        merged.below[nearest] -= rest;
      }
    }
  }

  private LossLattice lattice() {
    int n = dots.length;
    double[] upperForward = new double[n];
    double[] upperBackward = new double[n];
    for (int i = 0; i < n; i++) {
      double mass = upper[i] * (1 + MASS_INFLATION);
      upperForward[i] = mass * odds[i];
      upperBackward[i] = mass;
    }
    upperForward[0] += firstDotMassForward;
    upperBackward[n - 1] += lastDotMassBackward;
    // Both are valid lower bounds; the higher one is kept.
    double[] forward = lowerForward(halfway);
    double[] otherForward = lowerForward(balanced);
    double[] backward = lowerBackward(halfway);
    double[] otherBackward = lowerBackward(balanced);
    return new LossLattice(
        step,
        dots,
        upperForward,
        mean(forward) >= mean(otherForward) ? forward : otherForward,
        upperBackward,
        mean(backward) <= mean(otherBackward) ? backward : otherBackward,
        infiniteForward,
        infiniteBackward,
        lossError + 2 * LOSS_SLACK);
  }

  private double[] lowerForward(Merged merged) {
    int n = dots.length;
    double[] q = new double[n];
    double[] rest = new double[n];
    for (int i = 0; i < n; i++) {
      q[i] = merged.bin[i];
      rest[i] = merged.rest(i, odds[i] * q[i]);
    }
    return fromBelow(odds, q, rest);
  }

  private double[] lowerBackward(Merged merged) {
    int n = dots.length;
    double[] q = new double[n];
    double[] rest = new double[n];
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      int j = n - 1 - i;
      double r = merged.rest(i, odds[i] * merged.bin[i]);
      q[j] = Math.max(0, odds[i] * merged.bin[i] + r);
      x[j] = 1 / odds[i];
      rest[j] = -r / odds[i];
    }
    double[] mirrored = fromBelow(x, q, rest);
    double[] result = new double[n];
    for (int i = 0; i < n; i++) {
      result[i] = mirrored[n - 1 - i];
    }
    return result;
  }

  /** First-distribution masses of a curve below sum_i (x_i q_i + r_i - x q_i)_+, by the ramps. */
  private static double[] fromBelow(double[] x, double[] q, double[] r) {
    int n = x.length;
    boolean[] plain = new boolean[n];
    while (true) {
      double[] mass = new double[n];
      for (int i = 0; i < n; i++) {
        if (q[i] == 0) {
          continue;
        }
        if (r[i] >= 0) {
          // Keeping the first distribution's mass p = x q + r moves the vertex down to the dot.
          boolean flat = plain[i] || i == 0;
          double ramp = flat ? r[i] / x[i] : r[i] / (x[i] - x[i - 1]);
          mass[i] += q[i] + ramp;
          if (!flat) {
            mass[i - 1] -= ramp;
          }
        } else if (!plain[i] && i < n - 1) {
          double ramp = -r[i] / (x[i + 1] - x[i]);
          mass[i] += q[i] + ramp;
          mass[i + 1] -= ramp;
        } else if (i > 0) {
          mass[i - 1] += Math.max(0, x[i] * q[i] + r[i]) / x[i - 1];
        }
      }
      boolean changed = false;
      for (int i = 0; i < n; i++) {
        if (mass[i] < 0) {
          if (i + 1 < n && r[i + 1] > 0 && !plain[i + 1]) {
            plain[i + 1] = true;
            changed = true;
          }
          if (i > 0 && r[i - 1] < 0 && !plain[i - 1]) {
            plain[i - 1] = true;
            changed = true;
          }
        }
      }
      if (!changed) {
        for (int i = 0; i < n; i++) {
          // Rounding against the lower bound; anything still negative is rounding noise.
          mass[i] = Math.max(0, mass[i]) * x[i] * (1 - MASS_INFLATION);
        }
        return mass;
      }
    }
  }

  /** Quadrature over one cell between two neighbouring dots. */
  private final class Cell {
    private final LossPair pair;
    private final double weight;
    private final boolean swapped;
    private double toUpper;
    private double toLower;
    private double lowHalf;
    private double highHalf;
    private double lowRest;
    private double highRest;

    Cell(LossPair pair, double weight, boolean swapped) {
      this.pair = pair;
      this.weight = weight;
      this.swapped = swapped;
    }

    /**
     * Border at which what was merged from below the dot {@code left} is balanced from above it.
     */
    double border(double left, double right, double goal) {
      double low = left;
      double high = right;
      if (goal <= 0 || restFrom(left, right) <= goal) {
        return goal <= 0 ? left : right;
      }
      for (int i = 0; i < 40 && high - low > 1e-6 * (right - left); i++) {
        double middle = 0.5 * (low + high);
        if (restFrom(left, middle) < goal) {
          low = middle;
        } else {
          high = middle;
        }
      }
      return high;
    }

    private double restFrom(double left, double to) {
      lowRest = 0;
      panels(left, to, left, to, 0, 0, true);
      return lowRest;
    }

    void integrate(double left, double middle, double right, double gapLeft, double gapRight) {
      toUpper = 0;
      toLower = 0;
      lowHalf = 0;
      highHalf = 0;
      lowRest = 0;
      highRest = 0;
      double span = gapLeft + pair.rise(left, right - left) + gapRight;
      panels(left, middle, left, right, gapLeft, gapRight, true);
      panels(middle, right, left, right, gapLeft, gapRight, false);
      toUpper /= span;
      toLower /= span;
    }

    private void panels(
        double from,
        double to,
        double left,
        double right,
        double gapLeft,
        double gapRight,
        boolean low) {
      double x = from;
      while (x < to) {
        double panel = pair.panel(Math.abs(x) > Math.abs(to) ? x : to);
        double end = to - x <= panel ? to : x + panel;
        boolean short3 = end - x <= panel / 14;
        double[] nodes = short3 ? NODES3 : NODES5;
        double[] weights = short3 ? WEIGHTS3 : WEIGHTS5;
        double half = 0.5 * (end - x);
        double center = x + half;
        for (int i = 0; i < nodes.length; i++) {
          double node = center + half * nodes[i];
          double mass = weights[i] * half * weight * pair.density(node);
          double up = mass * (gapLeft + pair.rise(left, node - left));
          double down = mass * (gapRight - pair.rise(right, node - right));
          toUpper += up;
          toLower += down;
          if (low) {
            lowHalf += mass;
            lowRest += up;
          } else {
            highHalf += mass;
            highRest += down;
          }
        }
        x = end;
      }
    }

    void split(int lower, int higher) {
      upper[higher] += swapped ? toUpper / odds[higher] : toUpper;
      upper[lower] += swapped ? toLower / odds[lower] : toLower;
    }

    void merge(int lower, int higher, Merged merged) {
      if (!swapped) {
        merged.bin[lower] += lowHalf;
        merged.above[lower] += lowRest;
        merged.bin[higher] += highHalf;
        merged.below[higher] += highRest;
        return;
      }
      // Exchanged roles: the mass under the second distribution is e^loss times the one here, and
      // p - x q turns into q - p/x. odds[] already belong to the mirrored dots.
      merged.bin[lower] += lowHalf / odds[lower] + lowRest;
      merged.below[lower] += lowRest * odds[lower];
      merged.bin[higher] += Math.max(0, highHalf / odds[higher] - highRest);
      merged.above[higher] += highRest * odds[higher];
    }
  }
}
