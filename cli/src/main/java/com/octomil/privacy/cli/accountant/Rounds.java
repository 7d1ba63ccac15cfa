package com.octomil.privacy.cli.accountant;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.Mechanism;
import com.octomil.privacy.dp.accounting.Sampling;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** Names of mechanisms, samplers and adjacencies, as on the command line and in tables. */
final class Rounds {
  private Rounds() {}

  static Mechanism mechanism(
      String name, double noise, OptionalLong steps, OptionalDouble delta, OptionalDouble l1) {
    return switch (normal(name)) {
      case "gaussian" -> new Mechanism.Gaussian(noise);
      case "discretegaussian" -> new Mechanism.DiscreteGaussian(noise, 1, 1);
      case "laplace" -> new Mechanism.Laplace(noise);
      case "skellam" -> new Mechanism.Skellam(noise * noise, 1, l1.orElse(1));
      case "tree", "treeaggregation" ->
          new Mechanism.TreeAggregation(
              noise,
              steps.orElseThrow(() ->
                  new IllegalArgumentException("tree aggregation needs its number of steps")));
      case "zcdp" -> new Mechanism.ZeroConcentrated(noise);
      case "epsdelta", "epsilondelta" -> new Mechanism.EpsilonDelta(noise, delta.orElse(0));
      default ->
          throw new IllegalArgumentException(
              "mechanism is "
                  + name
                  + ", must be gaussian, discrete_gaussian, laplace, skellam, tree, zcdp or"
                  + " epsdelta");
    };
  }

  static Sampling sampling(String name, double rate, OptionalLong population, OptionalLong cap) {
    return switch (normal(name)) {
      case "none", "" -> new Sampling.None();
      case "poisson" -> rate == 1 ? new Sampling.None() : new Sampling.Poisson(rate);
      case "wor", "withoutreplacement", "sampledwithoutreplacement" ->
          new Sampling.WithoutReplacement(rate);
      case "truncatedpoisson", "poissontruncated", "truncated" -> {
        if (population.isEmpty() || cap.isEmpty()) {
          throw new IllegalArgumentException(
              "truncated Poisson sampling needs the population and the largest cohort");
        }
        yield new Sampling.TruncatedPoisson(rate, population.getAsLong(), cap.getAsLong());
      }
      default ->
          throw new IllegalArgumentException(
              "sampling is "
                  + name
                  + ", must be none, poisson, truncated_poisson or without_replacement");
    };
  }

  static Adjacency adjacency(String name) {
    return switch (normal(name)) {
      case "addremove", "addorremoveone", "" -> Adjacency.ADD_REMOVE;
      case "replaceone" -> Adjacency.REPLACE_ONE;
      case "zeroout", "replacespecial" -> Adjacency.ZERO_OUT;
      default ->
          throw new IllegalArgumentException(
              "adjacency is " + name + ", must be add_remove, replace_one or zero_out");
    };
  }

  private static String normal(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
  }
}
