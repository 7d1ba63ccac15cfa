package com.octomil.privacy.dp.internal.loss;

import com.octomil.privacy.dp.internal.Normal;
import java.util.ArrayList;
import java.util.List;

/**
 * A pair of distributions as a sum of continuous pieces and atoms of the privacy loss.
 *
 * @param pieces continuous parts
 * @param atoms point masses
 * @param infiniteForward mass under the first distribution where the second has none
 * @param infiniteBackward mass under the second distribution where the first has none
 */
public record LossShape(
    List<Piece> pieces, List<Atom> atoms, double infiniteForward, double infiniteBackward) {

  /**
   * A part of a pair: only losses in [lossLow, lossHigh], weighted.
   *
   * @param swapped whether first and second distribution change places
   */
  record Piece(LossPair pair, double weight, boolean swapped, double lossLow, double lossHigh) {
    static Piece whole(LossPair pair, double weight) {
      return new Piece(pair, weight, false, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }
  }

  /** Mass {@code first} under the first distribution at loss {@code loss}. */
  record Atom(double loss, double first) {}

  public LossShape {
    pieces = List.copyOf(pieces);
    atoms = List.copyOf(atoms);
  }

  /** The Gaussian mechanism with standard deviation {@code sigma} per unit of sensitivity. */
  public static LossShape gaussian(double sigma) {
    return of(new LossPair.Gaussian(sigma));
  }

  /** Poisson sampling at {@code rate} in front of it, one device added or removed. */
  public static LossShape sampledGaussian(double sigma, double rate) {
    return rate == 1
        ? gaussian(sigma)
        : of(new LossPair.Sampled(new LossPair.Gaussian(sigma), rate));
  }

  /** Poisson sampling when one device is replaced; {@code sigma} per clipping norm. */
  public static LossShape sampledReplacement(double sigma, double rate) {
    return rate == 1 ? gaussian(sigma / 2) : of(new LossPair.SampledReplacement(sigma, rate));
  }

  private static LossShape of(LossPair pair) {
    return new LossShape(List.of(Piece.whole(pair, 1)), List.of(), 0, 0);
  }

  /**
   * Fixed-size sampling without replacement, one device replaced (Balle, Barthe and Gaboardi 2018,
   * Theorem 9; Zhu, Dong and Wang 2022): at positive losses the curve of ((1-rate) Q + rate P, Q),
   * at negative ones that of (Q, (1-rate) Q + rate P), and what is left at zero.
   *
   * @param sigma standard deviation over the sensitivity to a replacement
   */
  public static LossShape withoutReplacement(double sigma, double rate) {
    if (rate == 1) {
      return gaussian(sigma);
    }
    LossPair pair = new LossPair.Sampled(new LossPair.Gaussian(sigma), rate);
    double inner = (1 - rate) * (1 - 2 * Normal.upperTail(0.5 / sigma)) * (1 + 0x1p-48);
    return new LossShape(
        List.of(
            new Piece(pair, 1, false, 0, Double.POSITIVE_INFINITY),
            new Piece(pair, 1, true, 0, Double.POSITIVE_INFINITY)),
        List.of(new Atom(0, inner)),
        0,
        0);
  }

  /** Laplace noise of scale {@code scale} per unit of l1 sensitivity. */
  public static LossShape laplace(double scale) {
    double loss = 1 / scale;
    return new LossShape(
        List.of(Piece.whole(new LossPair.LaplaceSlope(scale), 1)),
        List.of(new Atom(loss, 0.5), new Atom(-loss, 0.5 * Math.exp(-loss))),
        0,
        0);
  }

  /** Nothing more is known than (epsilon, delta): the pair that dominates all such mechanisms. */
  public static LossShape epsilonDelta(double epsilon, double delta) {
    double left = 1 - delta;
    return new LossShape(
        List.of(),
        List.of(
            new Atom(epsilon, left / (1 + Math.exp(-epsilon))),
            new Atom(-epsilon, left / (1 + Math.exp(epsilon)))),
        delta,
        delta);
  }

  /** The scalar discrete Gaussian of parameter sigma under an integer shift. */
  public static LossShape discreteGaussian(double sigma, int shift) {
    int reach = (int) Math.ceil(12 * sigma) + shift;
    double total = 0;
    for (int k = reach; k >= 1; k--) {
      total += 2 * kernel(k, sigma);
    }
    total += 1;
    List<Atom> atoms = new ArrayList<>();
    double variance = sigma * sigma;
    for (int k = -reach; k <= reach; k++) {
      atoms.add(
          new Atom(
              ((k - (double) shift) * (k - (double) shift) - (double) k * k) / (2 * variance),
              kernel(k, sigma) / total));
    }
    return new LossShape(List.of(), atoms, 1e-30, 1e-30);
  }

  private static double kernel(int k, double sigma) {
    return Normal.kernel(k / sigma);
  }

  /** Poisson sampling at {@code rate} in front of any of these, one device added or removed. */
  public static LossShape sampled(LossShape base, double rate) {
    if (rate == 1) {
      return base;
    }
    List<Piece> pieces = new ArrayList<>();
    for (Piece piece : base.pieces) {
      if (piece.swapped() || piece.lossLow() > -LatticeBuilder.MAX_LOSS) {
        throw new IllegalArgumentException("sampling in front of a sampled mechanism");
      }
      pieces.add(Piece.whole(new LossPair.Sampled(piece.pair(), rate), piece.weight()));
    }
    List<Atom> atoms = new ArrayList<>();
    for (Atom atom : base.atoms) {
      double second = atom.first() * Math.exp(-atom.loss());
      atoms.add(
          new Atom(
              Math.log1p(rate * Math.expm1(atom.loss())),
              (1 - rate) * second + rate * atom.first()));
    }
    if (base.infiniteBackward > 0) {
      atoms.add(new Atom(Math.log1p(-rate), (1 - rate) * base.infiniteBackward));
    }
    return new LossShape(pieces, atoms, rate * base.infiniteForward, 0);
  }

  /** Mixture in which the component is known to the observer. */
  public static LossShape mixture(List<LossShape> shapes, List<Double> weights) {
    List<Piece> pieces = new ArrayList<>();
    List<Atom> atoms = new ArrayList<>();
    double forward = 0;
    double backward = 0;
    for (int i = 0; i < shapes.size(); i++) {
      double weight = weights.get(i);
      for (Piece piece : shapes.get(i).pieces) {
        pieces.add(
            new Piece(
                piece.pair(),
                piece.weight() * weight,
                piece.swapped(),
                piece.lossLow(),
                piece.lossHigh()));
      }
      for (Atom atom : shapes.get(i).atoms) {
        atoms.add(new Atom(atom.loss(), atom.first() * weight));
      }
      forward += weight * shapes.get(i).infiniteForward;
      backward += weight * shapes.get(i).infiniteBackward;
    }
    return new LossShape(pieces, atoms, forward, backward);
  }
}
