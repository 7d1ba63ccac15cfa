package com.octomil.privacy.dp.internal.loss;

import com.octomil.privacy.dp.internal.Normal;
import java.util.ArrayList;
import java.util.Arrays;
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
  private static final int MAX_LOG = 20;

  /** Bound on the error of one round's log moment: positive sums of a few thousand terms. */
  private static final double MOMENT_ERROR = 1e-12;

  /** Neighbouring dots that count as one where a tilt is chosen. */
  private static final int GROUP = 4;

  private static final int ENDS = 8;

  /** Share of delta that far tails may cost when they are moved to infinity. */
  private static final double TAIL_SHARE = 1e-7;

  private final List<Term> terms;
  private final boolean forward;

  /** Per term, how many of its highest losses are moved to infinity for the delta at hand. */
  private int[] cut;

  /** Groups of neighbouring dots {mass, loss}, for choices that need no certificate. */
  private final List<double[][]> rough = new ArrayList<>();

  private double cutMass;
  private double cutPerRound;
  private final double step;
  private double infinite;
  private double lossError;
  private double rounds;
  private double headroom = 1;

  /** Tilt of the last Chernoff bound and the log moment there. */
  private double chernoffTilt;

  private double chernoffLogMass;

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
  private Spectrum upperSpectrum = new Spectrum(0);
  private Spectrum lowerSpectrum = new Spectrum(0);

  /** Geometric sums over the window, per live node: 1/(1 - e^(-a + i turn)) for both exponents. */
  private double[] firstRe = new double[0];

  private double[] firstIm = new double[0];
  private double[] secondRe = new double[0];
  private double[] secondIm = new double[0];

  /** Characteristic function of the tilted sum: log modulus, angle and log of its error. */
  private static final class Spectrum {
    final double[] log;
    final double[] angle;
    final double[] rho;

    /** Per live node: real and imaginary part and the bound on the relative error. */
    double[] re = new double[0];

    double[] im = new double[0];
    double[] error = new double[0];

    Spectrum(int size) {
      this(new double[size], new double[size], new double[size]);
    }

    private Spectrum(double[] log, double[] angle, double[] rho) {
      this.log = log;
      this.angle = angle;
      this.rho = rho;
    }

    Spectrum copy() {
      return new Spectrum(log.clone(), angle.clone(), rho.clone());
    }

    void update(int[] nodes, int alive, int size) {
      re = new double[alive];
      im = new double[alive];
      error = new double[alive];
      for (int i = 0; i < alive; i++) {
        int node = nodes[i];
        // Real transforms are conjugate-symmetric: each inner node stands for two.
        double modulus = (node == 0 || 2 * node == size ? 1 : 2) * Math.exp(log[node]);
        re[i] = modulus * Math.cos(angle[node]);
        im[i] = modulus * Math.sin(angle[node]);
        error[i] = modulus * (Math.expm1(1.01 * rho[node]) * (1 + 1e-9) + 64 * U);
      }
    }
  }

  public LossComposition(List<Term> terms, boolean forward) {
    // The most frequent rounds leave the fewest live nodes for the others to look at.
    this.terms = new ArrayList<>(terms);
    this.terms.sort(Comparator.comparingLong(t -> -t.count()));
    this.forward = forward;
    this.cut = new int[terms.size()];
    double finest = Double.POSITIVE_INFINITY;
    for (Term term : terms) {
      finest = Math.min(finest, term.lattice().step());
      count(term);
    }
    this.step = finest;
  }

  private LossComposition(LossComposition other) {
    this.terms = new ArrayList<>(other.terms);
    this.forward = other.forward;
    this.cut = other.cut.clone();
    this.rough.addAll(other.rough);
    this.cutMass = other.cutMass;
    this.cutPerRound = other.cutPerRound;
    this.step = other.step;
    this.infinite = other.infinite;
    this.lossError = other.lossError;
    this.rounds = other.rounds;
    this.chernoffTilt = other.chernoffTilt;
    this.chernoffLogMass = other.chernoffLogMass;
    this.theta = other.theta;
    this.expected = other.expected;
    this.logMassUpper = other.logMassUpper;
    this.logMassLower = other.logMassLower;
    this.top = other.top;
    this.bottom = other.bottom;
    this.tailTilt = other.tailTilt;
    this.tailLogMass = other.tailLogMass;
    this.log = other.log;
    this.alive = other.alive;
    this.nodes = other.nodes.clone();
    this.upperSpectrum = other.upperSpectrum.copy();
    this.lowerSpectrum = other.lowerSpectrum.copy();
  }

  /** A copy that may be extended without touching this one. */
  public LossComposition copy() {
    return new LossComposition(this);
  }

  private void count(Term term) {
    LossLattice lattice = term.lattice();
    infinite +=
        term.count()
            * (forward ? lattice.infiniteForward() : lattice.infiniteBackward())
            * (1 + 1e-12);
    lossError += term.count() * lattice.lossError() * (1 + 1e-12);
    rounds += term.count();
  }

  /** Whether {@link #extend} takes rounds of this lattice. */
  public boolean accepts(LossLattice lattice) {
    return !terms.isEmpty() && lattice.step() >= step;
  }

  /**
   * Adds rounds to what was composed at the present tilt and window, at the price of one transform.
   * Sound at any tilt; {@link #charge} tells when a better one is due.
   */
  public void extend(Term term) {
    add(term);
    if (nodes.length > 0) {
      tailLogMass += term.count() * logMoment(terms.size() - 1, tailTilt);
      multiply(terms.size() - 1);
      finish();
    }
  }

  private void add(Term term) {
    int t = terms.size();
    terms.add(term);
    count(term);
    cut = Arrays.copyOf(cut, t + 1);
    truncate(t, cutPerRound);
    chernoffLogMass += term.count() * logMoment(t, chernoffTilt);
  }

  /** Asks for a window longer by this factor, so that later rounds fit in. */
  public void headroom(double factor) {
    headroom = factor;
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
    cutPerRound = budget / rounds;
    cutMass = 0;
    top = 0;
    bottom = 0;
    rough.clear();
    for (int t = 0; t < cut.length; t++) {
      truncate(t, cutPerRound);
    }
  }

  private void truncate(int t, double perRound) {
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
    rough.add(groups(t));
  }

  private double[][] groups(int t) {
    double[] mass = upper(terms.get(t).lattice());
    int to = to(t);
    double[] masses = new double[to - from(t)];
    double[] losses = new double[to - from(t)];
    int groups = 0;
    for (int i = from(t); i < to; ) {
      // The extreme losses decide at large tilts and stay alone.
      int end = i < from(t) + ENDS || i >= to - ENDS ? i + 1 : Math.min(i + GROUP, to - ENDS);
      double sum = 0;
      double moment = 0;
      for (; i < end; i++) {
        sum += mass[i];
        moment += mass[i] * lossAt(t, i);
      }
      if (sum > 0) {
        masses[groups] = sum;
        losses[groups++] = moment / sum;
      }
    }
    return new double[][] {Arrays.copyOf(masses, groups), Arrays.copyOf(losses, groups)};
  }

  /** log of the sum of mass e^(tilt loss) of one round of term t. */
  private double logMoment(int t, double tilt) {
    LossLattice lattice = terms.get(t).lattice();
    double[] mass = upper(lattice);
    long[] indices = lattice.indices();
    int from = from(t);
    int to = to(t);
    double unit = (forward ? 1 : -1) * lattice.step();
    double shift =
        Math.max(0, Math.max(tilt * unit * indices[from], tilt * unit * indices[to - 1]) - 600);
    double s0 = 0;
    for (int i = from; i < to; i++) {
      if (mass[i] > 0) {
        s0 += mass[i] * Math.exp(tilt * unit * indices[i] - shift);
      }
    }
    return Math.log(s0) + shift;
  }

  /** log sum of mass e^(tilt loss) over all rounds, within its own round-off. */
  private double logMoment(double tilt) {
    double sum = 0;
    for (int t = 0; t < cut.length; t++) {
      sum += terms.get(t).count() * logMoment(t, tilt);
    }
    return sum;
  }

  /** About the same with its first two derivatives, to choose tilts by. */
  private double[] cumulants(double tilt) {
    double k0 = 0;
    double k1 = 0;
    double k2 = 0;
    for (int t = 0; t < cut.length; t++) {
      double[] masses = rough.get(t)[0];
      double[] losses = rough.get(t)[1];
      double shift =
          Math.max(0, Math.max(tilt * losses[0], tilt * losses[losses.length - 1]) - 600);
      double s0 = 0;
      double s1 = 0;
      double s2 = 0;
      for (int i = 0; i < masses.length; i++) {
        double e = masses[i] * Math.exp(tilt * losses[i] - shift);
        s0 += e;
        s1 += e * losses[i];
        s2 += e * losses[i] * losses[i];
      }
      double mean = s1 / s0;
      long count = terms.get(t).count();
      k0 += count * (Math.log(s0) + shift);
      k1 += count * mean;
      k2 += count * Math.max(0, s2 / s0 - mean * mean);
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
    chernoffTilt = hint;
    chernoffLogMass = logMoment(hint);
    double quick = chernoffDelta(epsilon);
    if (quick <= enough) {
      return quick;
    }
    double tilt = tiltForEpsilon(epsilon);
    double bestTilt = hint;
    double bestLogMass = chernoffLogMass;
    double best = quick;
    for (double t : new double[] {tilt, 0.9 * tilt, 1.1 * tilt}) {
      chernoffTilt = t;
      chernoffLogMass = logMoment(t);
      double bound = chernoffDelta(epsilon);
      if (bound < best) {
        best = bound;
        bestTilt = t;
        bestLogMass = chernoffLogMass;
      }
    }
    chernoffTilt = bestTilt;
    chernoffLogMass = bestLogMass;
    return best;
  }

  /** The same at the tilt found last, also after rounds were added. */
  public double chernoffDelta(double epsilon) {
    double t = chernoffTilt;
    double slack =
        rounds * MOMENT_ERROR + 1e-12 * (Math.abs(chernoffLogMass) + t * epsilon) + t * lossError;
    double exponent =
        chernoffLogMass - t * epsilon + t * Math.log(t) - (1 + t) * Math.log1p(t) + slack;
    return Math.min(1, Math.exp(exponent) * (1 + 1e-9)) + infinite + cutMass;
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
    return epsilonAgain(delta);
  }

  /** The same without a new tilt and window, after {@link #extend}. */
  public double epsilonAgain(double delta) {
    if (delta <= infinite + cutMass) {
      return Double.POSITIVE_INFINITY;
    }
    double epsilon = solve(expected, delta, true);
    expected = epsilon;
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

  /** What is charged for round-off, tails and wrap-around at the last epsilon, as part of delta. */
  public double charge() {
    return nodes.length == 0 ? 0 : curve(expected, true)[1] + beyond(expected) + cutMass;
  }

  private double solve(double start, double delta, boolean upper) {
    double low = Double.NEGATIVE_INFINITY;
    double high = Double.POSITIVE_INFINITY;
    double epsilon = start;
    double goal = Math.log(delta);
    double slope = theta;
    double lastEpsilon = Double.NaN;
    double lastGap = Double.NaN;
    double stride = 1;
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
      // Where nothing is left to go by, the steps double.
      stride = value > 0 ? 1 : 2 * stride;
      double next = Math.max(0, epsilon + stride * gap / slope);
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
    double noise = Math.log(rounds * (rounds >= REFINED_FROM ? 4e-15 : 5e-14) + 1e-13);
    double best = Double.POSITIVE_INFINITY;
    theta = saddle;
    tailTilt = 1.75 * saddle;
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
          }
        }
      }
    }
    tailLogMass = logMoment(tailTilt);
    double support = top - bottom + 4 * step;
    double window = Math.max(16 * step, Math.min(best, support));
    log = (int) Math.max(4, Math.ceil(Math.log(headroom * window / step) / Math.log(2)));
    if (!(log <= MAX_LOG)) {
      throw new WindowException(window / step);
    }
    int size = 1 << log;
    int half = size / 2;
    upperSpectrum = new Spectrum(half + 1);
    lowerSpectrum = new Spectrum(half + 1);
    nodes = new int[half + 1];
    for (int i = 0; i <= half; i++) {
      nodes[i] = i;
    }
    alive = half + 1;
    logMassUpper = 0;
    logMassLower = 0;
    for (int t = 0; t < cut.length; t++) {
      multiply(t);
    }
    finish();
  }

  /** What the curve needs at every live node, once for all epsilons. */
  private void finish() {
    int size = 1 << log;
    upperSpectrum.update(nodes, alive, size);
    lowerSpectrum.update(nodes, alive, size);
    firstRe = new double[alive];
    firstIm = new double[alive];
    secondRe = new double[alive];
    secondIm = new double[alive];
    double a = theta * step;
    double b = (theta + 1) * step;
    double ea = Math.exp(-a);
    double eb = Math.exp(-b);
    double ca = -Math.expm1(-a);
    double cb = -Math.expm1(-b);
    for (int i = 0; i < alive; i++) {
      double half = Math.PI * nodes[i] / size;
      double s = Math.sin(half);
      double versine = 2 * s * s;
      double sine = 2 * s * Math.cos(half);
      // Without cancellation near node zero.
      double re = ca + ea * versine;
      double im = -ea * sine;
      double norm = re * re + im * im;
      firstRe[i] = re / norm;
      firstIm[i] = -im / norm;
      re = cb + eb * versine;
      im = -eb * sine;
      norm = re * re + im * im;
      secondRe[i] = re / norm;
      secondIm[i] = -im / norm;
    }
  }

  /** Multiplies the characteristic function of the sum by that of the rounds of term t. */
  private void multiply(int t) {
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
    int[] live = nodes;
    int candidates = 0;
    for (int i = 0; i < alive; i++) {
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
    boolean refine = rounds >= REFINED_FROM && (long) candidates * entries <= 6_000_000;
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
      double uLog = upperSpectrum.log[node] + n * Math.log(um);
      double lLog = lowerSpectrum.log[node] + n * Math.log(lm);
      double uRho = upperSpectrum.rho[node] + n * (Math.log1p(upperAbsolute / um) + perRound);
      double lRho = lowerSpectrum.rho[node] + n * (Math.log1p(lowerAbsolute / lm) + perRound);
      if (uLog + uRho < DEAD && lLog + lRho < DEAD) {
        continue;
      }
      upperSpectrum.log[node] = uLog;
      lowerSpectrum.log[node] = lLog;
      upperSpectrum.rho[node] = uRho;
      lowerSpectrum.rho[node] = lRho;
      upperSpectrum.angle[node] =
          Math.IEEEremainder(upperSpectrum.angle[node] + n * Math.atan2(ui, ur), 2 * Math.PI);
      lowerSpectrum.angle[node] =
          Math.IEEEremainder(lowerSpectrum.angle[node] + n * Math.atan2(li, lr), 2 * Math.PI);
      live[kept++] = node;
    }
    alive = kept;
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
    return sum[0] + sum[1] + beyond(epsilon) + cutMass + infinite;
  }

  private double beyond(double epsilon) {
    double end = (Math.floor(epsilon / step) + 1 + (1 << log)) * step;
    return end > top ? 0 : tail(end);
  }

  private double deltaLowerAt(double epsilon) {
    double[] sum = curve(epsilon, false);
    double window = Math.scalb(step, log);
    double fold = epsilon - window < bottom ? 0 : Math.exp(-theta * window);
    double g = Math.exp(-(tailTilt - theta) * window);
    double above = epsilon + window > top ? 0 : tail(epsilon) * (g / (1 - g)) * (1 + 1e-9);
    return (sum[0] - sum[1] - above - 1.01 * fold / (1 - fold)) * (1 - 1e-13);
  }

  /**
   * {value, bound on its error} of sum_{j > epsilon/step} p_j (1 - e^(epsilon - loss_j)) over one
   * window, p the untilted inverse transform.
   */
  private double[] curve(double epsilon, boolean upper) {
    int size = 1 << log;
    Spectrum spectrum = upper ? upperSpectrum : lowerSpectrum;
    double[] re = spectrum.re;
    double[] im = spectrum.im;
    double[] error = spectrum.error;
    double logMass = upper ? logMassUpper : logMassLower;
    double first = Math.floor(epsilon / step) + 1;
    int start = (int) Math.floorMod((long) first, (long) size);
    double a = theta * step;
    double b = (theta + 1) * step;
    double wholeA = -Math.expm1(-a * size);
    double wholeB = -Math.expm1(-b * size) * Math.exp(epsilon - first * step);
    double total = 0;
    double lost = 0;
    double charge = 0;
    double ca = -Math.expm1(-a);
    double cb = -Math.expm1(-b);
    Fft fft = Fft.ofLog(log);
    int mask = size - 1;
    for (int i = 0; i < alive; i++) {
      double gr = wholeA * firstRe[i] - wholeB * secondRe[i];
      double gi = wholeA * firstIm[i] - wholeB * secondIm[i];
      int cycle = (start * nodes[i]) & mask;
      double c = fft.cos(cycle);
      double s = -fft.sin(cycle);
      double vr = re[i] * c - im[i] * s;
      double vi = re[i] * s + im[i] * c;
      double term = gr * vr - gi * vi - lost;
      double sum = total + term;
      lost = (sum - total) - term;
      total = sum;
      // The difference of the geometric sums cancels; each errs relative to itself.
      double fm = Math.sqrt(firstRe[i] * firstRe[i] + firstIm[i] * firstIm[i]);
      double sm = Math.sqrt(secondRe[i] * secondRe[i] + secondIm[i] * secondIm[i]);
      charge += error[i] * (wholeA * fm + wholeB * sm);
    }
    double dead = Math.exp(DEAD) * 1.01 * (wholeA / ca + wholeB / cb) * size;
    double exponent = logMass - theta * first * step;
    double scale = Math.exp(exponent) / size;
    double relative =
        U * (8 + 4 * Math.abs(logMass) + 4 * Math.abs(theta * first * step) + 4 * rounds);
    return new double[] {
      total * scale, (charge + dead) * scale * (1 + 1e-9) + Math.abs(total * scale) * relative * 2
    };
  }

  /** Chernoff bound of the mass at losses of at least {@code end}. */
  private double tail(double end) {
    return Math.exp(tailLogMass - tailTilt * end + rounds * MOMENT_ERROR) * (1 + 1e-9);
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
