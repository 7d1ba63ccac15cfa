package com.octomil.privacy.dp.mechanism;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.dp.accounting.AnalyticGaussian;
import com.octomil.privacy.dp.accounting.Composition;
import com.octomil.privacy.dp.accounting.GaussianComposition;
import com.octomil.privacy.dp.accounting.Mechanism;
import com.octomil.privacy.dp.accounting.PrivacyEvent;
import com.octomil.privacy.dp.accounting.RenyiAccountant;
import com.octomil.privacy.dp.accounting.UnsupportedCompositionException;
import com.octomil.privacy.dp.mechanism.DistributedNoise.Distribution;
import com.octomil.privacy.dp.sensitivity.GridEncoder;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DistributedNoiseTest {
  private static final double DELTA = 1e-5;

  @ParameterizedTest
  @EnumSource
  void theMinimumOfContributorsReachesTheVariance(Distribution distribution) {
    for (double variance : new double[] {100, 1e10 / 3, 0x1p60}) {
      for (int contributors : new int[] {1, 3, 7, 100, 333}) {
        DistributedNoise noise = DistributedNoise.provision(distribution, variance, contributors);
        BigDecimal sum =
            new BigDecimal(noise.shareVariance()).multiply(BigDecimal.valueOf(contributors));
        assertThat(sum).isGreaterThanOrEqualTo(new BigDecimal(variance));
        assertThat(new BigDecimal(noise.variance(contributors))).isLessThanOrEqualTo(sum);
        assertThat(noise.variance(contributors)).isCloseTo(variance, within(1e-12 * variance));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSumOfSharesIsDistributedAsClaimed(Distribution distribution) {
    DistributedNoise noise = DistributedNoise.provision(distribution, 400, 20);
    IntegerNoise[] devices = new IntegerNoise[20];
    Arrays.setAll(devices, i -> noise.share());
    NoiseDistribution truth =
        distribution == Distribution.SKELLAM
            ? NoiseDistribution.skellam(400)
            : NoiseDistribution.discreteGaussian(20);
    // Discrete Gaussians of sigma 4.5 add up to one within 1e-80.
    NoiseExamination.Finding worst =
        NoiseExamination.examine(
                () -> Arrays.stream(devices).mapToLong(IntegerNoise::sample).sum(), truth, 200_000)
            .get(0);
    assertThat(worst.pValue()).as(worst.test()).isGreaterThan(NoiseExamination.ALARM);
  }

  @ParameterizedTest
  @EnumSource
  void aRoundCostsLittleMoreThanWithNoiseOfTheServer(Distribution distribution)
      throws UnsupportedCompositionException {
    GridEncoder encoder = new GridEncoder(1, 0x1p-16);
    double sigma = 0x1p16;
    DistributedNoise noise = DistributedNoise.provision(distribution, sigma * sigma, 50);
    for (Adjacency adjacency : new Adjacency[] {Adjacency.ADD_REMOVE, Adjacency.REPLACE_ONE}) {
      PrivacyEvent event = noise.event(encoder, 1_000_000, adjacency);
      double distributed =
          RenyiAccountant.standard().epsilon(Composition.of(event, 10, adjacency), DELTA);
      double renyi =
          RenyiAccountant.standard()
              .epsilon(Composition.of(PrivacyEvent.gaussian(1), 10, adjacency), DELTA);
      double exact =
          AnalyticGaussian.epsilon(GaussianComposition.mu(Map.of(1.0, 10L), adjacency), DELTA);
      // Skellam has a bound at integer orders only, which shows where the best one is small.
      assertThat(distributed).isBetween(exact, renyi * 1.05);
      assertThat(distributed).isGreaterThanOrEqualTo(renyi * (1 - 1e-9));
    }
  }

  @Test
  void fewContributorsCostMoreThanManyAtTheSameShare() {
    GridEncoder encoder = new GridEncoder(1, 1 / 16.0);
    DistributedNoise few = new DistributedNoise(Distribution.SKELLAM, 20, 10);
    DistributedNoise many = new DistributedNoise(Distribution.SKELLAM, 20, 100);
    Mechanism.Skellam costly =
        (Mechanism.Skellam) few.event(encoder, 1000, Adjacency.ADD_REMOVE).mechanism();
    Mechanism.Skellam cheap =
        (Mechanism.Skellam) many.event(encoder, 1000, Adjacency.ADD_REMOVE).mechanism();
    assertThat(costly.variance()).isCloseTo(200, within(1e-9));
    assertThat(cheap.variance()).isCloseTo(2000, within(1e-9));
    assertThat(costly.l2()).isGreaterThanOrEqualTo(16).isCloseTo(16, within(1e-9));
    // Integers of norm 16 have an L1 norm of at most 256 in any dimension, 16 sqrt(d) in few.
    assertThat(costly.l1()).isGreaterThanOrEqualTo(256).isCloseTo(256, within(1e-9));
    Mechanism.Skellam plane =
        (Mechanism.Skellam) few.event(encoder, 2, Adjacency.ADD_REMOVE).mechanism();
    assertThat(plane.l1()).isCloseTo(16 * Math.sqrt(2), within(1e-9));
  }

  @Test
  void narrowDiscreteGaussiansAreChargedForNotAddingUp() {
    GridEncoder encoder = new GridEncoder(1, 1 / 16.0);
    // tau = 10 (e^(-2 pi^2 /2 s) + e^(-2 pi^2 2/3 s)) for three shares of sigma^2 = s = 0.64.
    DistributedNoise noise = new DistributedNoise(Distribution.DISCRETE_GAUSSIAN, 0.64, 3);
    double tau =
        10 * (Math.exp(-Math.PI * Math.PI * 0.64) + Math.exp(-4 * Math.PI * Math.PI / 3 * 0.64));
    double epsilon = 16 / Math.sqrt(3 * 0.64) + tau * Math.sqrt(100);
    Mechanism.ZeroConcentrated charged =
        (Mechanism.ZeroConcentrated) noise.event(encoder, 100, Adjacency.ADD_REMOVE).mechanism();
    double expected = epsilon * epsilon / 2;
    assertThat(charged.rho())
        .isGreaterThanOrEqualTo(expected)
        .isCloseTo(expected, within(1e-9 * expected));
    Mechanism.ZeroConcentrated replaced =
        (Mechanism.ZeroConcentrated) noise.event(encoder, 100, Adjacency.REPLACE_ONE).mechanism();
    assertThat(replaced.rho()).isGreaterThan(3.9 * 16 * 16 / (2 * 3 * 0.64));
  }

  @Test
  void theSumOfTausIsAnUpperBoundForManyContributors() {
    GridEncoder encoder = new GridEncoder(1, 1);
    double share = 0.3;
    DistributedNoise noise = new DistributedNoise(Distribution.DISCRETE_GAUSSIAN, share, 5000);
    double tau = 0;
    for (int k = 1; k < 5000; k++) {
      tau += 10 * Math.exp(-2 * Math.PI * Math.PI * share * k / (k + 1.0));
    }
    double epsilon = 1 / Math.sqrt(5000 * share) + tau;
    Mechanism.ZeroConcentrated charged =
        (Mechanism.ZeroConcentrated) noise.event(encoder, 1, Adjacency.ADD_REMOVE).mechanism();
    assertThat(charged.rho())
        .isGreaterThanOrEqualTo(epsilon * epsilon / 2)
        .isLessThan(1.02 * epsilon * epsilon / 2);
  }

  @ParameterizedTest
  @EnumSource
  void theTailBoundHoldsAndIsNotIdle(Distribution distribution) {
    DistributedNoise noise = DistributedNoise.provision(distribution, 900, 10);
    // 2^-10 per coordinate: about 49 of 50,000 at most. False alarm below 1e-9.
    long bound = noise.tailBound(10, 1, 10);
    IntegerNoise[] devices = new IntegerNoise[10];
    Arrays.setAll(devices, i -> noise.share());
    int beyond = 0;
    for (int n = 0; n < 50_000; n++) {
      long sum = 0;
      for (IntegerNoise device : devices) {
        sum += device.sample();
      }
      beyond += Math.abs(sum) > bound ? 1 : 0;
    }
    assertThat(beyond).isLessThan(49 + 7 * 7);
    assertThat(bound).isLessThan((long) (5 * 30));
    assertThat(noise.tailBound(40, 1, 10)).isBetween((long) (1.9 * bound), (long) (2.1 * bound));
    assertThat(noise.tailBound(10, 1_000_000, 40)).isGreaterThan(2 * bound);
  }

  @Test
  void theHonestSurvivorsOfARoundCarryTheWantedNoise() {
    // 10 of 100 may leave theirs out, and 40 are enough for a sum: 30 carry it.
    DistributedNoise noise = DistributedNoise.forRound(1.5, 1024, 40, 100, 0.1);
    assertThat(noise.minContributors()).isEqualTo(30);
    assertThat(noise.variance(30)).isBetween(Math.pow(1.5 * 1024, 2), 1.0001 * 1536 * 1536);
    assertThatThrownBy(() -> DistributedNoise.forRound(1.5, 1024, 10, 100, 0.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("without any noise");
  }

  @Test
  void refusesWhatItCannotPromise() {
    DistributedNoise noise = DistributedNoise.provision(Distribution.SKELLAM, 100, 10);
    assertThatThrownBy(() -> noise.variance(9))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("contributors is 9");
    assertThatThrownBy(() -> DistributedNoise.provision(Distribution.SKELLAM, 100, 0))
        .hasMessageContaining("min_contributors is 0");
    assertThatThrownBy(() -> DistributedNoise.provision(Distribution.SKELLAM, Double.NaN, 1))
        .hasMessageContaining("variance is NaN");
    assertThatThrownBy(() -> DistributedNoise.provision(Distribution.DISCRETE_GAUSSIAN, 2, 10))
        .hasMessageContaining("share_variance is 0.2");
  }
}
