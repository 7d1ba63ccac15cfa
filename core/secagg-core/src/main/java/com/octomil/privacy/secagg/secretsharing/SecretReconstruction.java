package com.octomil.privacy.secagg.secretsharing;

import com.octomil.privacy.secagg.internal.Checks;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds shared secrets from shares of which some may be wrong.
 *
 * <p>A secret is accepted only if the caller's check accepts it (the advertised public key or
 * commitment), so a wrong secret is never returned. If the first {@code threshold} shares do not
 * give it, wrong shares are located: by Reed-Solomon decoding up to (shares - threshold) / 2 of
 * them, by a bounded search over subsets beyond. Holders of wrong shares are named.
 *
 * <p>Holders of wrong shares are remembered, and their shares of other secrets are used last. So a
 * few liars cost the search once in a round, not once for every secret.
 *
 * <p>Thread-safe. Lagrange weights are cached per set of holders.
 */
public final class SecretReconstruction {
  /** Subsets tried when there are more wrong shares than decoding corrects. */
  static final int MAX_SUBSETS = 10_000;

  private static final int CACHED_SETS = 256;

  private final int threshold;
  private final Set<Integer> suspects = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Points, long[]> weights =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Points, long[]> eldest) {
          return size() > CACHED_SETS;
        }
      };

  /**
   * Creates a reconstruction for secrets shared with one threshold.
   *
   * @param threshold shares needed to rebuild a secret, at least 1
   */
  public SecretReconstruction(int threshold) {
    this.threshold = Checks.range("threshold", threshold, 1, Integer.MAX_VALUE);
  }

  /** Outcome of {@link #rebuild}. */
  public sealed interface Result {}

  /**
   * The secret that the check accepted.
   *
   * @param secret 32 bytes; the caller erases it
   * @param wrongHolders roster indices of holders whose share does not belong to the secret, in the
   *     order given
   */
  public record Rebuilt(byte[] secret, List<Integer> wrongHolders) implements Result {
    public Rebuilt {
      wrongHolders = List.copyOf(wrongHolders);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Rebuilt that
          && Arrays.equals(secret, that.secret)
          && wrongHolders.equals(that.wrongHolders);
    }

    @Override
    public int hashCode() {
      return wrongHolders.hashCode();
    }

    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "Rebuilt[wrongHolders=" + wrongHolders + "]";
    }
  }

  /**
   * No secret passed the check.
   *
   * @param reason one sentence
   */
  public record Failed(String reason) implements Result {}

  /**
   * Rebuilds one secret.
   *
   * @param shares at most one of each holder, in any order
   * @param check whether 32 bytes are the secret that was advertised; called a bounded number of
   *     times
   * @throws IllegalArgumentException if a holder occurs twice
   */
  public Result rebuild(List<Share> shares, Predicate<byte[]> check) {
    List<Integer> wrongHolders = new ArrayList<>();
    List<Point> points = new ArrayList<>();
    for (Share share : shares) {
      long[] elements = Limbs.fromShare(share.value());
      if (elements == null) {
        wrongHolders.add(share.holderIndex());
      } else {
        points.add(new Point(share.holderIndex(), share.holderIndex() + 1L, elements));
      }
    }
    if (shares.stream().map(Share::holderIndex).distinct().count() != shares.size()) {
      throw new IllegalArgumentException(
          "two shares are from one holder; at most one of each is allowed");
    }
    if (points.size() < threshold) {
      return new Failed(
          points.size() + " well-formed shares are fewer than the threshold " + threshold);
    }
    points.sort(Comparator.comparing(point -> suspects.contains(point.holder())));
    Optional<List<Point>> good = Optional.of(points.subList(0, threshold));
    byte[] secret = interpolate(good.get());
    if (secret == null || !check.test(secret)) {
      good = decode(points);
      secret = good.isPresent() ? interpolate(good.get()) : null;
      if (secret == null || !check.test(secret)) {
        good = search(points, check);
        secret = good.isPresent() ? interpolate(good.get()) : null;
      }
    }
    if (secret == null || good.isEmpty()) {
      return new Failed(
          "no "
              + threshold
              + " of "
              + points.size()
              + " shares give the secret that was advertised");
    }
    for (int i : disagreeing(points, good.get())) {
      wrongHolders.add(points.get(i).holder());
    }
    suspects.addAll(wrongHolders);
    List<Integer> order =
        shares.stream().map(Share::holderIndex).filter(wrongHolders::contains).toList();
    return new Rebuilt(secret, order);
  }

  /**
   * The secret through exactly {@code threshold} points, or null if what they give is no secret.
   */
  private byte @Nullable [] interpolate(List<Point> points) {
    long[] w = weights(points);
    long[] limbs = new long[Limbs.COUNT];
    for (int i = 0; i < w.length; i++) {
      long[] elements = points.get(i).elements();
      for (int limb = 0; limb < Limbs.COUNT; limb++) {
        limbs[limb] = Field61.add(limbs[limb], Field61.multiply(w[i], elements[limb]));
      }
    }
    byte[] secret = Limbs.toSecret(limbs);
    Arrays.fill(limbs, 0);
    return secret;
  }

  /**
   * {@code threshold} points on the polynomial that fits all but at most (points - threshold) / 2
   * points.
   */
  private Optional<List<Point>> decode(List<Point> points) {
    long[] ys = combined(points);
    long[] xs = points.stream().mapToLong(Point::x).toArray();
    long[] polynomial = Polynomials.decode(xs, ys, threshold);
    if (polynomial == null) {
      return Optional.empty();
    }
    List<Point> good = new ArrayList<>();
    for (int i = 0; i < xs.length && good.size() < threshold; i++) {
      if (Polynomials.evaluate(polynomial, xs[i]) == ys[i]) {
        good.add(points.get(i));
      }
    }
    return good.size() == threshold ? Optional.of(good) : Optional.empty();
  }

  /**
   * Tries every choice of {@code threshold} points once, those with few left out first, up to
   * {@link #MAX_SUBSETS}.
   */
  private Optional<List<Point>> search(List<Point> points, Predicate<byte[]> check) {
    int budget = MAX_SUBSETS;
    for (int last = threshold; last < points.size(); last++) {
      // Subsets whose highest member is `last`: leave `omitted.length` of the points below it out.
      int[] omitted = new int[last + 1 - threshold];
      Arrays.setAll(omitted, i -> i);
      do {
        if (budget-- == 0) {
          return Optional.empty();
        }
        List<Point> subset = new ArrayList<>(threshold);
        for (int i = 0, next = 0; i <= last; i++) {
          if (next < omitted.length && omitted[next] == i) {
            next++;
          } else {
            subset.add(points.get(i));
          }
        }
        byte[] secret = interpolate(subset);
        if (secret != null && check.test(secret)) {
          return Optional.of(subset);
        }
      } while (nextCombination(omitted, last));
    }
    return Optional.empty();
  }

  /** Next rising combination of numbers below {@code bound} in lexicographic order. */
  private static boolean nextCombination(int[] combination, int bound) {
    for (int i = combination.length - 1; i >= 0; i--) {
      if (combination[i] < bound - combination.length + i) {
        combination[i]++;
        for (int j = i + 1; j < combination.length; j++) {
          combination[j] = combination[j - 1] + 1;
        }
        return true;
      }
    }
    return false;
  }

  /** Positions of points that are not on the polynomial through {@code good}. */
  private static List<Integer> disagreeing(List<Point> points, List<Point> good) {
    if (points.size() == good.size()) {
      return List.of();
    }
    long[] ys = combined(points);
    long[] goodXs = good.stream().mapToLong(Point::x).toArray();
    long[] goodYs = new long[goodXs.length];
    for (int i = 0, next = 0; i < ys.length && next < goodXs.length; i++) {
      if (points.get(i).x() == goodXs[next]) {
        goodYs[next++] = ys[i];
      }
    }
    long[] polynomial = Polynomials.interpolate(goodXs, goodYs);
    List<Integer> wrong = new ArrayList<>();
    for (int i = 0; i < ys.length; i++) {
      if (Polynomials.evaluate(polynomial, points.get(i).x()) != ys[i]) {
        wrong.add(i);
      }
    }
    return wrong;
  }

  /**
   * One element per share: a linear combination of its limbs whose coefficients hash all shares, so
   * that nobody can choose a wrong share that looks right in the combination but with probability
   * 2^-58.
   */
  private static long[] combined(List<Point> points) {
    Transcript transcript = Transcript.of(Labels.SHARE_COMBINATION);
    for (Point point : points) {
      transcript.u64(point.x());
      for (long element : point.elements()) {
        transcript.u64(element);
      }
    }
    ByteBuffer hash = ByteBuffer.wrap(transcript.sha256());
    long[] coefficients = {
      1,
      hash.getLong() & Field61.P >>> 1,
      hash.getLong() & Field61.P >>> 1,
      hash.getLong() & Field61.P >>> 1,
      hash.getLong() & Field61.P >>> 1
    };
    long[] ys = new long[points.size()];
    for (int i = 0; i < ys.length; i++) {
      for (int limb = 0; limb < Limbs.COUNT; limb++) {
        ys[i] =
            Field61.add(
                ys[i], Field61.multiply(coefficients[limb], points.get(i).elements()[limb]));
      }
    }
    return ys;
  }

  private long[] weights(List<Point> points) {
    Points key = new Points(points.stream().map(Point::x).toList());
    lock.lock();
    try {
      long[] cached = weights.get(key);
      if (cached != null) {
        return cached;
      }
    } finally {
      lock.unlock();
    }
    long[] computed = Polynomials.lagrangeAtZero(points.stream().mapToLong(Point::x).toArray());
    lock.lock();
    try {
      weights.put(key, computed);
    } finally {
      lock.unlock();
    }
    return computed;
  }

  private record Points(List<Long> xs) {}

  private record Point(int holder, long x, long[] elements) {}
}
