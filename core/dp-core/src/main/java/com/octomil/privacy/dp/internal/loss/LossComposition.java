package com.octomil.privacy.dp.internal.loss;

import com.octomil.privacy.dp.internal.Normal;
import java.util.Comparator;
import java.util.List;

/**
 * Certified bounds on the hockey-stick curve of a composition of lattice losses, in one direction.
 *
 * <p>The loss of the composition is a sum of independent terms. Its distribution is tilted by
 * e^(theta loss) so that the loss of interest lies in the bulk: all round-off is then relative to
 * the answer, not to 1, and deltas far below 1e-16 keep their digits. The characteristic function
 * of the tilted sum on 2^m nodes comes from one transform per kind of term; delta(epsilon) is a
 * weighted sum over the nodes where it has not died out.
 *
 * <p>Charged against the answer: round-off of the transform and of all sums (componentwise bounds),
 * nodes left out, mass beyond the window and mass folded into it (Chernoff bounds), mass at
 * infinity and misplaced dots. Not thread-safe.
 */
public final class LossComposition {
  /** A kind of round and how often it is run. */
  public record Term(LossLattice lattice, long count) {}

  /** Nodes whose characteristic function is certainly below e^-31 are left out and charged. */
  private static final double DEAD = -31;

  /** From this many rounds on the live nodes are summed anew, more precisely than the transform. */
  private static final double REFINED_FROM = 500;

  private static final double U = Normal.U;
  private static final int MAX_LOG = 21;

  /** Share of delta that far tails may cost when they are moved to infinity. */
  private static final double TAIL_SHARE = 1e-7;

  private final List<Term> terms;
  private final boolean forward;

  /** Per term, how many of its highest losses are moved to infinity for the delta at hand. */
  private final int[] cut;

  private double cutMass;
  private final double step;
  private final double infinite;
  private final double lossError;
  private final double countsAndErrors;

  /** Tilt, normalised spectra and window of the last transform. */
  private double theta;

  private double expected;
  private double logMassUpper;
  private double logMassLower;
  private double top;
  private double bottom;
  private double tailTilt;
  private double tailLogMass;
  private int log;
  private int alive;
  private int[] nodes = new int[0];
  private double[] phase = new double[0];
  private double[] upperModulus = new double[0];
  private double[] lowerModulus = new double[0];
  private double[] lowerPhase = new double[0];
  private double[] upperError = new double[0];
  private double[] lowerError = new double[0];

  public LossComposition(List<Term> terms, boolean forward) {
    // The most frequent rounds leave the fewest live nodes for the others to look at.
    this.terms = terms.stream().sorted(Comparator.comparingLong(t -> -t.count())).toList();
    this.forward = forward;
    this.cut = new int[terms.size()];
    double finest = Double.POSITIVE_INFINITY;
    double infinity = 0;
    double errors = 0;
    double counts = 0;
    for (Term term : terms) {
      LossLattice lattice = term.lattice();
      finest = Math.min(finest, lattice.step());
      infinity += term.count() * (forward ? lattice.infiniteForward() : lattice.infiniteBackward());
      errors += term.count() * lattice.lossError();
      counts += term.count();
    }
    this.step = finest;
    this.infinite = infinity * (1 + 1e-12);
    this.lossError = errors * (1 + 1e-12);
    this.countsAndErrors = counts;
  }

  /** Tilt of the last evaluation. */
  public double tilt() {
    return theta;
  }

  /** Mass at infinity of the whole composition: no delta below it can be reached. */
  public double infinite() {
    return infinite;
  }

  private double[] upper(LossLattice lattice) {
    return forward ? lattice.upperForward() : lattice.upperBackward();
  }

  private double[] lower(LossLattice lattice) {
    return forward ? lattice.lowerForward() : lattice.lowerBackward();
  }

  /** First and one past the last array position of term t that is not moved to infinity. */
  private int from(int t) {
    return forward ? 0 : cut[t];
  }

  private int to(int t) {
    int length = terms.get(t).lattice().indices().length;
    return forward ? length - cut[t] : length;
  }

  private double lossAt(int t, int i) {
    LossLattice lattice = terms.get(t).lattice();
    return (forward ? 1 : -1) * lattice.step() * lattice.indices()[i];
  }

  /** Moves the far tail of every round to infinity, at most {@code budget} in the composition. */
  private void truncate(double budget) {
    double perRound = budget / countsAndErrors;
    cutMass = 0;
    top = 0;
    bottom = 0;
    for (int t = 0; t < cut.length; t++) {
      double[] mass = upper(terms.get(t).lattice());
      double sum = 0;
      int n = 0;
      while (n < mass.length - 2) {
        double next = sum + mass[forward ? mass.length - 1 - n : n];
        if (next * (1 + 1e-9) > perRound) {
          break;
        }
        sum = next;
        n++;
      }
      cut[t] = n;
      long count = terms.get(t).count();
      cutMass += count * sum * (1 + 1e-9);
      top += count * lossAt(t, forward ? to(t) - 1 : from(t));
      bottom += count * lossAt(t, forward ? from(t) : to(t) - 1);
    }
  }

  /** log sum of mass e^(theta loss) over all rounds with its first two derivatives. */
  private double[] cumulants(double tilt) {
    double k0 = 0;
    double k1 = 0;
    double k2 = 0;
    for (int t = 0; t < cut.length; t++) {
      Term term = terms.get(t);
      LossLattice lattice = term.lattice();
      double[] mass = upper(lattice);
      long[] indices = lattice.indices();
      int from = from(t);
      int to = to(t);
      double unit = (forward ? 1 : -1) * lattice.step();
      double shift =
          Math.max(0, Math.max(tilt * unit * indices[from], tilt * unit * indices[to - 1]) - 600);
      double s0 = 0;
      double s1 = 0;
      double s2 = 0;
      for (int i = from; i < to; i++) {
        if (mass[i] > 0) {
          double loss = unit * indices[i];
          double e = mass[i] * Math.exp(tilt * loss - shift);
          s0 += e;
          s1 += e * loss;
          s2 += e * loss * loss;
        }
      }
      double mean = s1 / s0;
      k0 += term.count() * (Math.log(s0) + shift);
      k1 += term.count() * mean;
      k2 += term.count() * Math.max(0, s2 / s0 - mean * mean);
    }
    return new double[] {k0, k1, k2};
  }

  /**
   * A cheap certified bound: delta(epsilon) <= e^(K - theta epsilon)
   * theta^theta/(1+theta)^(1+theta), the best constant c with (1 - e^-t)_+ <= c e^(theta t).
   *
   * @param hint a tilt to try first
   * @param enough a bound below this is not improved further
   */
  public double chernoffDelta(double epsilon, double budget, double hint, double enough) {
    if (terms.isEmpty()) {
      return 0;
    }
    truncate(budget);
    double quick = Math.exp(chernoffExponent(hint, epsilon)) * (1 + 1e-9) + infinite + cutMass;
    if (quick <= enough) {
      return quick;
    }
    double best = 1;
    double tilt = tiltForEpsilon(epsilon);
    for (double t : new double[] {tilt, 0.9 * tilt, 1.1 * tilt}) {
      best = Math.min(best, Math.exp(chernoffExponent(t, epsilon)));
    }
    return best * (1 + 1e-9) + infinite + cutMass;
  }

  private double chernoffExponent(double tilt, double epsilon) {
    double[] k = cumulants(tilt);
    double slack =
        countsAndErrors * tilt * 1e-15
            + 1e-12 * (Math.abs(k[0]) + tilt * epsilon)
            + tilt * lossError;
    return k[0] - tilt * epsilon + tilt * Math.log(tilt) - (1 + tilt) * Math.log1p(tilt) + slack;
  }

  private double tiltForEpsilon(double epsilon) {
    double low = 1e-6;
    double high = 1;
    while (cumulants(high)[1] < epsilon && high < 1e6) {
      low = high;
      high *= 4;
    }
    for (int i = 0; i < 24; i++) {
      double middle = Math.sqrt(low * high);
      if (cumulants(middle)[1] < epsilon) {
        low = middle;
      } else {
        high = middle;
      }
      if (high < 1.05 * low) {
        break;
      }
    }
    return Math.max(high, 0.02 / Math.sqrt(cumulants(high)[2] + step * step));
  }

  /** Saddle point: the tilt at whose mean the curve is about delta. */
  private double tiltForDelta(double delta) {
    double goal = Math.log(delta);
    double deviation = Math.sqrt(cumulants(0)[2]) + 1e-300;
    double guess = Math.sqrt(Math.max(0.01, -2 * goal)) / deviation;
    double low = 0;
    double high = 0;
    double tilt = Math.min(1e6, guess);
    double lowValue = 0;
    double highValue = 0;
    for (int i = 0; i < 60; i++) {
      double value = saddleLogDelta(tilt) - goal;
      if (value > 0) {
        low = tilt;
        lowValue = value;
      } else {
        high = tilt;
        highValue = value;
      }
      if (Math.abs(value) < 0.05) {
        break;
      }
      if (low == 0) {
        if (high < 1e-7 * guess) {
          break;
        }
        tilt = high / 2;
      } else if (high == 0) {
        if (low > 1e7) {
          break;
        }
        tilt = low * 1.5;
      } else {
        double w = Math.min(0.9, Math.max(0.1, lowValue / (lowValue - highValue)));
        tilt = low * Math.pow(high / low, w);
        if (high < low * 1.0001) {
          break;
        }
      }
    }
    return tilt;
  }

  private double saddleLogDelta(double tilt) {
    double[] k = cumulants(tilt);
    return k[0]
        - tilt * k[1]
        - Math.log(tilt * (tilt + 1) * Math.sqrt(2 * Math.PI * (k[2] + step * step)) + 1);
  }

  /** Smallest epsilon whose certified delta is at most {@code delta}; infinity if there is none. */
  public double epsilonUpper(double delta) {
    if (delta <= infinite) {
      return Double.POSITIVE_INFINITY;
    }
    if (terms.isEmpty()) {
      return 0;
    }
    truncate(TAIL_SHARE * delta);
    double tilt = tiltForDelta(delta);
    double guess = Math.max(0, cumulants(tilt)[1]);
    prepare(tilt, guess, delta);
    double epsilon = solve(guess, delta, true);
    if (epsilon <= 0) {
      return 0;
    }
    // The last digits: walk until the certificate holds.
    double nudge = 1e-11 * epsilon + 1e-300;
    while (deltaUpperAt(epsilon) > delta) {
      epsilon += nudge;
      nudge *= 2;
    }
    return (epsilon + lossError) * (1 + 4 * U);
  }

  /** An epsilon that is certainly not above the true one; after {@link #epsilonUpper}. */
  public double epsilonLower(double delta) {
    if (terms.isEmpty() || nodes.length == 0) {
      return 0;
    }
    double epsilon = solve(expected, delta, false);
    double nudge = 1e-11 * epsilon;
    while (epsilon > 0 && !(deltaLowerAt(epsilon) >= delta)) {
      epsilon -= nudge;
      nudge *= 2;
    }
    return Math.max(0, epsilon - lossError) * (1 - 4 * U);
  }

  private double solve(double start, double delta, boolean upper) {
    double low = Double.NEGATIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    double epsilon = start;
    double goal = Math.log(delta);
    double slope = theta;
    double lastEpsilon = Double.NaN;
    double lastGap = Double.NaN;
    for (int i = 0; i < 60; i++) {
      double value = upper ? deltaUpperAt(epsilon) : deltaLowerAt(epsilon);
      double gap = value > 0 ? Math.log(value) - goal : -1;
      if (gap > 0) {
        low = Math.max(low, epsilon);
      } else {
        high = Math.min(high, epsilon);
      }
      if (epsilon == 0 && gap <= 0) {
        return 0;
      }
      double secant = (lastGap - gap) / (epsilon - lastEpsilon);
      if (secant > 0.05 * theta && secant < 1e4 * theta) {
        slope = secant;
      }
      double next = Math.max(0, epsilon + gap / slope);
      if (!(next > low && next < high)) {
        next =
            low > Double.NEGATIVE_INFINITY && high < Double.POSITIVE_INFINITY
                ? 0.5 * (low + high)
                : next;
      }
      if (Math.abs(next - epsilon) <= 1e-10 * (epsilon + 1e-3 * step)) {
        return next;
      }
      lastEpsilon = epsilon;
      lastGap = value > 0 ? gap : Double.NaN;
      epsilon = next;
    }
    return upper ? high : Math.max(0, low);
  }

  /** Certified upper bound of delta at {@code epsilon}. */
  public double deltaUpper(double epsilon) {
    if (terms.isEmpty()) {
      return 0;
    }
    double shifted = Math.max(0, epsilon - lossError);
    truncate(1e-30);
    double rough = chernoffDelta(shifted, 1e-30, 1, 0);
    double result = 1;
    // The Chernoff bound overshoots; a second pass works with the right order of magnitude.
    for (int pass = 0; pass < 2; pass++) {
      double delta = Math.max(1e-290, Math.min(rough, result));
      truncate(TAIL_SHARE * delta);
      prepare(tiltForEpsilon(shifted), shifted, delta);
      result = Math.min(result, deltaUpperAt(shifted));
      if (result > 1e-3 * rough) {
        break;
      }
    }
    return result;
  }

  /** Certified lower bound of delta at {@code epsilon}; after {@link #deltaUpper} there. */
  public double deltaLower(double epsilon) {
    return terms.isEmpty() ? 0 : Math.max(0, deltaLowerAt(epsilon + lossError));
  }

  /**
   * Chooses tilt and window, transforms every kind of round and keeps the live nodes of the
   * product.
   *
   * <p>The saddle point is the natural tilt, but where single rounds have heavy tails a smaller one
   * needs a much shorter window; among some candidates the one with the shortest window is taken.
   */
  private void prepare(double saddle, double epsilon, double delta) {
    expected = epsilon;
    double goal = Math.log(delta);
    int candidates = 20;
    double[] tilts = new double[candidates];
    double[] logMass = new double[candidates];
    for (int i = 0; i < candidates; i++) {
      tilts[i] = saddle * 1.75 * Math.pow(0.85, i);
      logMass[i] = cumulants(tilts[i])[0];
    }
    double noise =
        Math.log(countsAndErrors * (countsAndErrors >= REFINED_FROM ? 4e-15 : 5e-14) + 1e-13);
    double best = Double.POSITIVE_INFINITY;
    theta = saddle;
    tailTilt = 1.75 * saddle;
    tailLogMass = logMass[0];
    for (double share = -11; share <= -5 && best == Double.POSITIVE_INFINITY; share += 1.5) {
      for (int i = 1; i < candidates; i++) {
        if (logMass[i] - tilts[i] * epsilon + noise > goal + share) {
          continue;
        }
        double below = (10 - goal) / tilts[i];
        for (int j = 0; j < i; j++) {
          double above = (logMass[j] - tilts[j] * epsilon - goal + 10) / (tilts[j] - tilts[i]);
          double window = Math.max(below, above);
          if (window < best) {
            best = window;
            theta = tilts[i];
            tailTilt = tilts[j];
            tailLogMass = logMass[j];
          }
        }
      }
    }
    double support = top - bottom + 4 * step;
    double window = Math.max(16 * step, Math.min(best, support));
    log = (int) Math.max(4, Math.ceil(Math.log(window / step) / Math.log(2)));
    if (!(log <= MAX_LOG)) {
      throw new WindowException(window / step);
    }
    int size = 1 << log;
    int half = size / 2;
    double[] upperLog = new double[half + 1];
    double[] lowerLog = new double[half + 1];
    double[] upperAngle = new double[half + 1];
    double[] lowerAngle = new double[half + 1];
    double[] upperRho = new double[half + 1];
    double[] lowerRho = new double[half + 1];
    int[] live = new int[half + 1];
    for (int i = 0; i <= half; i++) {
      live[i] = i;
    }
    int count = half + 1;
    logMassUpper = 0;
    logMassLower = 0;
    for (int t = 0; t < cut.length; t++) {
      count =
          multiply(t, live, count, upperLog, lowerLog, upperAngle, lowerAngle, upperRho, lowerRho);
    }
    alive = count;
    nodes = live;
    upperModulus = new double[count];
    lowerModulus = new double[count];
    upperError = new double[count];
    lowerError = new double[count];
    phase = new double[count];
    lowerPhase = new double[count];
    for (int i = 0; i < count; i++) {
      int node = live[i];
      upperModulus[i] = Math.exp(upperLog[node]);
      lowerModulus[i] = Math.exp(lowerLog[node]);
      phase[i] = upperAngle[node];
      lowerPhase[i] = lowerAngle[node];
      upperError[i] = Math.expm1(1.01 * upperRho[node]) * (1 + 1e-9);
      lowerError[i] = Math.expm1(1.01 * lowerRho[node]) * (1 + 1e-9);
    }
  }

  private int multiply(
      int t,
      int[] live,
      int count,
      double[] upperLog,
      double[] lowerLog,
      double[] upperAngle,
      double[] lowerAngle,
      double[] upperRho,
      double[] lowerRho) {
    Term term = terms.get(t);
    LossLattice lattice = term.lattice();
    // A coarser lattice has a spectrum that repeats: a shorter transform does.
    int coarser = (int) Math.round(Math.log(lattice.step() / step) / Math.log(2));
    int shortLog = Math.max(0, log - coarser);
    int size = 1 << shortLog;
    double[] re = new double[size];
    double[] im = new double[size];
    long[] indices = lattice.indices();
    double[] up = upper(lattice);
    double[] low = lower(lattice);
    double unit = (forward ? 1 : -1) * lattice.step();
    double peak = Double.NEGATIVE_INFINITY;
    for (int i = from(t); i < to(t); i++) {
      if (up[i] > 0) {
        peak = Math.max(peak, Math.log(up[i]) + theta * unit * indices[i]);
      }
    }
    int[] slots = new int[up.length];
    double[] upperEntries = new double[up.length];
    double[] lowerEntries = new double[up.length];
    int entries = 0;
    double upperSum = 0;
    double lowerSum = 0;
    double entryError = 0;
    for (int i = from(t); i < to(t); i++) {
      if (up[i] <= 0 && low[i] <= 0) {
        continue;
      }
      double exponent = theta * unit * indices[i] - peak;
      double e = Math.exp(exponent);
      double u = up[i] * e;
      double l = low[i] * e;
      long index = forward ? indices[i] : -indices[i];
      int slot = (int) (index & (size - 1));
      re[slot] += u;
      im[slot] += l;
      slots[entries] = slot;
      upperEntries[entries] = u;
      lowerEntries[entries++] = l;
      upperSum += u;
      lowerSum += l;
      // exp errs by its argument's rounding and by one unit of its own.
      entryError +=
          Math.max(u, l) * U * (3 + 2 * Math.abs(theta * unit * indices[i]) + Math.abs(exponent));
    }
    if (lowerSum <= 0) {
      lowerSum = Double.MIN_NORMAL;
    }
    for (int i = 0; i < size; i++) {
      re[i] /= upperSum;
      im[i] /= lowerSum;
    }
    logMassUpper += term.count() * (Math.log(upperSum) + peak);
    logMassLower += term.count() * (Math.log(lowerSum) + peak);
    Fft fft = Fft.ofLog(shortLog);
    fft.transform(re, im);
    double common = 2 * fft.errorPerUnit() + 16 * U;
    double upperAbsolute = common + entryError / upperSum;
    double lowerAbsolute = common + entryError / lowerSum;
    double n = term.count();
    double perRound = 8 * U;
    // |u|^2 below this is dead whatever the other terms are.
    double deadSquare = Math.exp(2 * DEAD / n);
    int candidates = 0;
    for (int i = 0; i < count; i++) {
      int node = live[i];
      int a = node & (size - 1);
      int b = (size - a) & (size - 1);
      double us = square(0.5 * (re[a] + re[b])) + square(0.5 * (im[a] - im[b]));
      double ls = square(0.5 * (im[a] + im[b])) + square(0.5 * (re[a] - re[b]));
      if (square(Math.sqrt(us) + upperAbsolute) >= deadSquare
          || square(Math.sqrt(ls) + lowerAbsolute) >= deadSquare) {
        live[candidates++] = node;
      }
    }
    boolean refine = countsAndErrors >= REFINED_FROM && (long) candidates * entries <= 6_000_000;
    if (refine) {
      upperAbsolute = 10 * U + entryError / upperSum;
      lowerAbsolute = 10 * U + entryError / lowerSum;
    }
    int kept = 0;
    for (int i = 0; i < candidates; i++) {
      int node = live[i];
      int a = node & (size - 1);
      double ur;
      double ui;
      double lr;
      double li;
      if (refine) {
        double[] sums = directly(fft, a, slots, upperEntries, lowerEntries, entries);
        ur = sums[0] / upperSum;
        ui = sums[1] / upperSum;
        lr = sums[2] / lowerSum;
        li = sums[3] / lowerSum;
      } else {
        int b = (size - a) & (size - 1);
        ur = 0.5 * (re[a] + re[b]);
        ui = 0.5 * (im[a] - im[b]);
        lr = 0.5 * (im[a] + im[b]);
        li = -0.5 * (re[a] - re[b]);
      }
      double um = Math.max(Double.MIN_NORMAL, Math.sqrt(ur * ur + ui * ui));
      double lm = Math.max(Double.MIN_NORMAL, Math.sqrt(lr * lr + li * li));
      double uLog = upperLog[node] + n * Math.log(um);
      double lLog = lowerLog[node] + n * Math.log(lm);
      double uRho = upperRho[node] + n * (Math.log1p(upperAbsolute / um) + perRound);
      double lRho = lowerRho[node] + n * (Math.log1p(lowerAbsolute / lm) + perRound);
      if (uLog + uRho < DEAD && lLog + lRho < DEAD) {
        continue;
      }
      upperLog[node] = uLog;
      lowerLog[node] = lLog;
      upperRho[node] = uRho;
      lowerRho[node] = lRho;
      upperAngle[node] = Math.IEEEremainder(upperAngle[node] + n * Math.atan2(ui, ur), 2 * Math.PI);
      lowerAngle[node] = Math.IEEEremainder(lowerAngle[node] + n * Math.atan2(li, lr), 2 * Math.PI);
      live[kept++] = node;
    }
    return kept;
  }

  private static double square(double x) {
    return x * x;
  }

  /**
   * Sums the transform at one node directly with exact angles and compensated addition: the error
   * is that of the entries plus 8 units of round-off of the l1 norm, independent of the size.
   */
  private static double[] directly(
      Fft fft, int node, int[] slots, double[] upper, double[] lower, int length) {
    int mask = fft.size() - 1;
    double ur = 0;
    double ui = 0;
    double lr = 0;
    double li = 0;
    double cur = 0;
    double cui = 0;
    double clr = 0;
    double cli = 0;
    for (int i = 0; i < length; i++) {
      int turn = (node * slots[i]) & mask;
      double c = fft.cos(turn);
      double s = fft.sin(turn);
      double term = upper[i] * c - cur;
      double sum = ur + term;
      cur = (sum - ur) - term;
      ur = sum;
      term = upper[i] * s - cui;
      sum = ui + term;
      cui = (sum - ui) - term;
      ui = sum;
      term = lower[i] * c - clr;
      sum = lr + term;
      clr = (sum - lr) - term;
      lr = sum;
      term = lower[i] * s - cli;
      sum = li + term;
      cli = (sum - li) - term;
      li = sum;
    }
    return new double[] {ur, ui, lr, li};
  }

  private double deltaUpperAt(double epsilon) {
    double[] sum = curve(epsilon, true);
    double end = (Math.floor(epsilon / step) + 1 + (1 << log)) * step;
    double beyond = end > top ? 0 : tail(end);
    return sum[0] + sum[1] + beyond + cutMass + infinite;
  }

  private double deltaLowerAt(double epsilon) {
    double[] sum = curve(epsilon, false);
    double window = Math.scalb(step, log);
    double fold = epsilon - window < bottom ? 0 : Math.exp(-theta * window);
    double g = Math.exp(-(tailTilt - theta) * window);
    double above =
        epsilon + window > top
            ? 0
            : Math.exp(tailLogMass - tailTilt * epsilon) * (g / (1 - g)) * (1 + 1e-9);
    return (sum[0] - sum[1] - above - 1.01 * fold / (1 - fold)) * (1 - 1e-13);
  }

  /**
   * {value, bound on its error} of sum_{j > epsilon/step} p_j (1 - e^(epsilon - loss_j)) over one
   * window, p the untilted inverse transform.
   */
  private double[] curve(double epsilon, boolean upper) {
    int size = 1 << log;
    double[] modulus = upper ? upperModulus : lowerModulus;
    double[] angle = upper ? phase : lowerPhase;
    double[] error = upper ? upperError : lowerError;
    double logMass = upper ? logMassUpper : logMassLower;
    double first = Math.floor(epsilon / step) + 1;
    long start = (long) first;
    double a = theta * step;
    double b = (theta + 1) * step;
    double wholeA = -Math.expm1(-a * size);
    double wholeB = -Math.expm1(-b * size) * Math.exp(epsilon - first * step);
    double total = 0;
    double charge = 0;
    double ea = Math.exp(-a);
    double eb = Math.exp(-b);
    double ca = -Math.expm1(-a);
    double cb = -Math.expm1(-b);
    for (int i = 0; i < alive; i++) {
      int node = nodes[i];
      double turn = 2 * Math.PI * node / size;
      double s = Math.sin(0.5 * turn);
      double versine = 2 * s * s;
      double sine = Math.sin(turn);
      // 1/(1 - e^(-a + i turn)) without cancellation near zero.
      double ar = ca + ea * versine;
      double ai = -ea * sine;
      double an = wholeA / (ar * ar + ai * ai);
      double br = cb + eb * versine;
      double bi = -eb * sine;
      double bn = wholeB / (br * br + bi * bi);
      double gr = ar * an - br * bn;
      double gi = -(ai * an - bi * bn);
      long cycle = Math.floorMod(start * (long) node, (long) size);
      double direction = angle[i] + 2 * Math.PI * cycle / size;
      double multiplicity = node == 0 || 2 * node == size ? 1 : 2;
      double m = multiplicity * modulus[i];
      total += m * (gr * Math.cos(direction) - gi * Math.sin(direction));
      double weight =
          m * (wholeA / Math.sqrt(ar * ar + ai * ai) + wholeB / Math.sqrt(br * br + bi * bi));
      charge += weight * (error[i] + 64 * U);
    }
    double dead = Math.exp(DEAD) * 1.01 * (wholeA / ca + wholeB / cb) * size;
    double exponent = logMass - theta * first * step;
    double scale = Math.exp(exponent) / size;
    double relative =
        U * (8 + 4 * Math.abs(logMass) + 4 * Math.abs(theta * first * step) + 4 * countsAndErrors);
    return new double[] {
      total * scale, (charge + dead) * scale * (1 + 1e-9) + Math.abs(total * scale) * relative * 2
    };
  }

  /** Chernoff bound of the mass at losses of at least {@code end}. */
  private double tail(double end) {
    return Math.exp(tailLogMass - tailTilt * end) * (1 + 1e-9);
  }

  /** The composition needs a longer window than is affordable on its lattice. */
  public static final class WindowException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    private final double steps;

    WindowException(double steps) {
      super("the composition spans " + steps + " lattice steps, more than 2^" + MAX_LOG);
      this.steps = steps;
    }

    /** How many of its steps. */
    public double steps() {
      return steps;
    }
  }
}
