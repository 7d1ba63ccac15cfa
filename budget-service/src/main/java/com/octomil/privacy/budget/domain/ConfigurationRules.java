package com.octomil.privacy.budget.domain;

import com.octomil.privacy.budget.domain.ConfigurationDraft.AdaptiveClippingDraft;
import com.octomil.privacy.budget.domain.ConfigurationDraft.DifferentialPrivacyDraft;
import com.octomil.privacy.budget.domain.ConfigurationDraft.SecureAggregationDraft;
import com.octomil.privacy.budget.domain.Violation.Kind;
import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.InfeasibleParametersException;
import com.octomil.privacy.secagg.RingWidth;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks a draft, each field alone and all together, and fills the defaults in. Reports every
 * violation, not the first. Stateless.
 */
public final class ConfigurationRules {

  /** Largest total budget; beyond it the number no longer describes any protection. */
  static final BigDecimal MAX_EPSILON = BigDecimal.valueOf(1000);

  static final BigDecimal MIN_DELTA = new BigDecimal("1e-30");
  static final BigDecimal MIN_NOISE_MULTIPLIER = new BigDecimal("0.01");
  static final BigDecimal MAX_NOISE_MULTIPLIER = BigDecimal.valueOf(10_000);
  static final BigDecimal MIN_GRAD_NORM = new BigDecimal("0.000001");
  static final BigDecimal MAX_GRAD_NORM = BigDecimal.valueOf(1_000_000);

  /** Below this a sum of two or three updates would say too much about each of them. */
  static final int MIN_CLIENTS = 2;

  static final int MAX_COHORT = 1_000_000;
  static final int DEFAULT_COHORT = 20;
  static final int MIN_QUANTIZATION_BITS = 4;
  static final int MAX_QUANTIZATION_BITS = 24;
  static final int DEFAULT_QUANTIZATION_BITS = 16;
  static final int MIN_SECURITY_BITS = 40;
  static final int MAX_SECURITY_BITS = 80;
  static final int MIN_CORRECTNESS_BITS = 10;
  static final int MAX_CORRECTNESS_BITS = 40;
  static final int DEFAULT_CORRECTNESS_BITS = 20;
  static final int MAX_REGIONS = 32;

  private static final int MAX_DIGITS = 40;
  private static final BigDecimal DEFAULT_CORRUPT_FRACTION = new BigDecimal("0.05");
  private static final BigDecimal DEFAULT_DROPOUT_FRACTION = new BigDecimal("0.1");
  private static final Pattern REGION = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  private static final BigDecimal MIN_SAMPLING_RATE = new BigDecimal("0.0001");
  private static final BigDecimal MAX_SAMPLING_RATE = new BigDecimal("0.9999");

  /**
   * Below this the losses of sampled rounds are too heavy-tailed to be computed in reasonable time.
   */
  private static final BigDecimal MIN_SAMPLED_NOISE = new BigDecimal("0.5");

  private static final BigDecimal DEFAULT_QUANTILE = new BigDecimal("0.5");
  private static final BigDecimal DEFAULT_LEARNING_RATE = new BigDecimal("0.2");
  private static final BigDecimal MAX_LEARNING_RATE = BigDecimal.TEN;
  private static final Map<String, ComplianceProfile> PROFILES = profiles();

  private static final String DP = "differential_privacy";
  private static final String SA = "secure_aggregation";

  private final List<Violation> violations = new ArrayList<>();

  private ConfigurationRules() {}

  /** Accepts a draft with its defaults filled in, or says all that is wrong with it. */
  public static ConfigurationCheck check(ConfigurationDraft draft) {
    return new ConfigurationRules().run(draft);
  }

  /** Why {@code epsilon} cannot be added to the budget of {@code present}; empty if it can. */
  public static Optional<Violation> refuseAllocation(
      PrivacyConfiguration present, BigDecimal epsilon) {
    BigDecimal total = present.differentialPrivacy().epsilon();
    if (!present.differentialPrivacy().enabled() || total == null) {
      return Optional.of(
          new Violation(
              Kind.OUT_OF_RANGE,
              "epsilon",
              shown(epsilon),
              "differential privacy is off: there is no budget to add to"));
    }
    if (total.add(epsilon).compareTo(MAX_EPSILON) > 0) {
      return Optional.of(
          new Violation(
              Kind.OUT_OF_RANGE,
              "epsilon",
              shown(epsilon),
              "the budget is " + total.toPlainString() + " and may be at most " + MAX_EPSILON));
    }
    return present.complianceProfile().violations(allocated(present, epsilon)).stream()
        .findFirst()
        .map(violation ->
            new Violation(Kind.OUT_OF_RANGE, "epsilon", shown(epsilon), violation.message()));
  }

  /** {@code present} with {@code epsilon} more; only after {@link #refuseAllocation}. */
  public static PrivacyConfiguration allocated(PrivacyConfiguration present, BigDecimal epsilon) {
    BigDecimal total = present.differentialPrivacy().epsilon();
    if (total == null) {
      throw new IllegalArgumentException("there is no budget to add to");
    }
    return present.withEpsilon(total.add(epsilon));
  }

  /** Why {@code epsilon} is no amount that can be added to a budget; empty if it is one. */
  public static Optional<Violation> checkAllocation(BigDecimal epsilon) {
    ConfigurationRules rules = new ConfigurationRules();
    BigDecimal amount = rules.wellFormed("epsilon", epsilon);
    if (amount != null && (amount.signum() <= 0 || amount.compareTo(MAX_EPSILON) > 0)) {
      rules.outOfRange("epsilon", amount, "must be above 0 and at most " + MAX_EPSILON);
    } else if (amount != null && Epsilon.ofBudget(amount).equals(Epsilon.ZERO)) {
      rules.outOfRange("epsilon", amount, "must be at least 0.000000001");
    }
    return rules.violations.stream().findFirst();
  }

  private ConfigurationCheck run(ConfigurationDraft draft) {
    DifferentialPrivacy dp = differentialPrivacy(draft.differentialPrivacy());
    SecureAggregation sa = secureAggregation(draft.secureAggregation());
    Integer cohort = draft.expectedCohort();
    integer("expected_cohort", cohort, 1, MAX_COHORT);
    Integer bits = draft.quantizationBits();
    integer("quantization_bits", bits, MIN_QUANTIZATION_BITS, MAX_QUANTIZATION_BITS);
    List<String> regions = regions(draft.regions());
    ComplianceProfile profile =
        choice(
            "compliance_profile",
            draft.complianceProfile(),
            ComplianceProfile.NONE,
            PROFILES,
            Set.of());
    if (dp == null || sa == null || !violations.isEmpty()) {
      return new ConfigurationCheck.Refused(violations);
    }
    int expectedCohort = cohort != null ? cohort : defaultCohort(sa);
    int quantizationBits = bits != null ? bits : defaultQuantizationBits(dp, sa, expectedCohort);
    PrivacyConfiguration configuration =
        new PrivacyConfiguration(dp, sa, expectedCohort, quantizationBits, regions, profile);
    together(configuration);
    violations.addAll(configuration.complianceProfile().violations(configuration));
    return violations.isEmpty()
        ? new ConfigurationCheck.Accepted(configuration)
        : new ConfigurationCheck.Refused(violations);
  }

  private @Nullable DifferentialPrivacy differentialPrivacy(
      @Nullable DifferentialPrivacyDraft draft) {
    if (draft == null) {
      missing(DP, "is required: an object with at least 'enabled'");
      return null;
    }
    Boolean enabled = required(DP + ".enabled", draft.enabled(), "is required: true or false");
    boolean on = Boolean.TRUE.equals(enabled);
    BigDecimal epsilon = wellFormed(DP + ".epsilon", draft.epsilon());
    String epsilonField = DP + ".epsilon";
    requiredWhen(on, epsilonField, draft.epsilon());
    if (epsilon != null && (epsilon.signum() <= 0 || epsilon.compareTo(MAX_EPSILON) > 0)) {
      outOfRange(epsilonField, epsilon, "must be above 0 and at most " + MAX_EPSILON);
    } else if (epsilon != null && Epsilon.ofBudget(epsilon).equals(Epsilon.ZERO)) {
      outOfRange(epsilonField, epsilon, "must be at least 0.000000001");
    }
    BigDecimal delta = wellFormed(DP + ".delta", draft.delta());
    requiredWhen(on, DP + ".delta", draft.delta());
    if (delta != null && (delta.compareTo(MIN_DELTA) < 0 || delta.compareTo(BigDecimal.ONE) >= 0)) {
      outOfRange(DP + ".delta", delta, "must be at least 1e-30 and below 1");
    }
    BigDecimal noise = wellFormed(DP + ".noise_multiplier", draft.noiseMultiplier());
    requiredWhen(on, DP + ".noise_multiplier", draft.noiseMultiplier());
    decimal(DP + ".noise_multiplier", noise, MIN_NOISE_MULTIPLIER, MAX_NOISE_MULTIPLIER);
    BigDecimal norm = wellFormed(DP + ".max_grad_norm", draft.maxGradNorm());
    requiredWhen(on, DP + ".max_grad_norm", draft.maxGradNorm());
    decimal(DP + ".max_grad_norm", norm, MIN_GRAD_NORM, MAX_GRAD_NORM);
    Adjacency adjacency =
        choice(
            DP + ".adjacency",
            draft.adjacency(),
            Adjacency.ADD_REMOVE,
            options("add_remove", Adjacency.ADD_REMOVE, "replace_one", Adjacency.REPLACE_ONE),
            Set.of("zero_out"));
    NoisePlacement placement =
        choice(
            DP + ".noise_placement",
            draft.noisePlacement(),
            NoisePlacement.SERVER,
            options("server", NoisePlacement.SERVER, "distributed", NoisePlacement.DISTRIBUTED),
            Set.of());
    boolean poisson =
        choice(
            DP + ".sampling",
            draft.sampling(),
            false,
            options("none", false, "poisson", true),
            Set.of("fixed_size", "uniform"));
    BigDecimal rate = samplingRate(poisson, adjacency, draft.samplingRate());
    if (poisson && noise != null && noise.compareTo(MIN_SAMPLED_NOISE) < 0) {
      outOfRange(DP + ".noise_multiplier", noise, "must be at least 0.5 with sampling 'poisson'");
    }
    AdaptiveClippingTerms adaptive = adaptiveClipping(draft.adaptiveClipping());
    if (!violations.isEmpty() || enabled == null) {
      return null;
    }
    return new DifferentialPrivacy(
        enabled,
        epsilon,
        delta,
        noise,
        norm == null ? BigDecimal.ONE : norm,
        adjacency,
        placement,
        rate,
        adaptive);
  }

  private @Nullable BigDecimal samplingRate(
      boolean poisson, Adjacency adjacency, @Nullable BigDecimal draft) {
    String field = DP + ".sampling_rate";
    BigDecimal rate = wellFormed(field, draft);
    if (!poisson) {
      if (rate != null) {
        outOfRange(field, rate, "must be left out while sampling is 'none'");
      }
      return null;
    }
    if (draft == null) {
      missing(field, "is required when sampling is 'poisson'");
    }
    decimal(field, rate, MIN_SAMPLING_RATE, MAX_SAMPLING_RATE);
    if (adjacency != Adjacency.ADD_REMOVE) {
      violations.add(
          new Violation(
              Kind.UNSUPPORTED,
              DP + ".adjacency",
              "replace_one",
              "has no sound bound under Poisson sampling once the schedule changes; accepted with sampling 'poisson':"
                  + " 'add_remove'"));
    }
    return rate;
  }

  private @Nullable AdaptiveClippingTerms adaptiveClipping(@Nullable AdaptiveClippingDraft draft) {
    if (draft == null) {
      return null;
    }
    String field = DP + ".adaptive_clipping";
    Boolean enabled = required(field + ".enabled", draft.enabled(), "is required: true or false");
    BigDecimal quantile = wellFormed(field + ".target_quantile", draft.targetQuantile());
    if (quantile != null && (quantile.signum() <= 0 || quantile.compareTo(BigDecimal.ONE) >= 0)) {
      outOfRange(field + ".target_quantile", quantile, "must be above 0 and below 1");
    }
    BigDecimal rate = wellFormed(field + ".learning_rate", draft.learningRate());
    if (rate != null && (rate.signum() <= 0 || rate.compareTo(MAX_LEARNING_RATE) > 0)) {
      outOfRange(field + ".learning_rate", rate, "must be above 0 and at most 10");
    }
    if (!Boolean.TRUE.equals(enabled)) {
      return null;
    }
    return new AdaptiveClippingTerms(
        quantile == null ? DEFAULT_QUANTILE : quantile,
        rate == null ? DEFAULT_LEARNING_RATE : rate);
  }

  private static Map<String, ComplianceProfile> profiles() {
    Map<String, ComplianceProfile> profiles = new LinkedHashMap<>();
    profiles.put("none", ComplianceProfile.NONE);
    profiles.put("hipaa", ComplianceProfile.HIPAA);
    profiles.put("gdpr", ComplianceProfile.GDPR);
    return profiles;
  }

  private @Nullable SecureAggregation secureAggregation(@Nullable SecureAggregationDraft draft) {
    if (draft == null) {
      missing(SA, "is required: an object with at least 'enabled'");
      return null;
    }
    Boolean enabled = required(SA + ".enabled", draft.enabled(), "is required: true or false");
    boolean on = Boolean.TRUE.equals(enabled);
    Integer minimum = draft.minParticipatingClients();
    requiredWhen(on, SA + ".min_participating_clients", minimum);
    integer(SA + ".min_participating_clients", minimum, MIN_CLIENTS, MAX_COHORT);
    String thresholdField = SA + ".reconstruction_threshold";
    BigDecimal threshold = wellFormed(thresholdField, draft.reconstructionThreshold());
    requiredWhen(on, thresholdField, draft.reconstructionThreshold());
    if (threshold != null && (threshold.signum() <= 0 || threshold.compareTo(BigDecimal.ONE) > 0)) {
      outOfRange(thresholdField, threshold, "must be above 0 and at most 1");
    }
    AdversaryModel adversary =
        choice(
            SA + ".adversary",
            draft.adversary(),
            AdversaryModel.SEMI_MALICIOUS,
            options(
                "semi_honest", AdversaryModel.SEMI_HONEST,
                "semi_malicious", AdversaryModel.SEMI_MALICIOUS),
            Set.of("malicious"));
    BigDecimal corrupt =
        fraction(SA + ".corrupt_fraction", draft.corruptFraction(), DEFAULT_CORRUPT_FRACTION);
    BigDecimal dropout =
        fraction(SA + ".dropout_fraction", draft.dropoutFraction(), DEFAULT_DROPOUT_FRACTION);
    Integer security = draft.securityBits();
    integer(SA + ".security_bits", security, MIN_SECURITY_BITS, MAX_SECURITY_BITS);
    Integer correctness = draft.correctnessBits();
    integer(SA + ".correctness_bits", correctness, MIN_CORRECTNESS_BITS, MAX_CORRECTNESS_BITS);
    if (!violations.isEmpty() || enabled == null) {
      return null;
    }
    return new SecureAggregation(
        enabled,
        minimum,
        threshold,
        adversary,
        corrupt,
        dropout,
        security == null ? MIN_SECURITY_BITS : security,
        correctness == null ? DEFAULT_CORRECTNESS_BITS : correctness);
  }

  private List<String> regions(@Nullable List<@Nullable String> draft) {
    List<String> regions = new ArrayList<>();
    if (draft == null) {
      return regions;
    }
    if (draft.size() > MAX_REGIONS) {
      outOfRange(
          "regions", draft.size() + " regions", "must be at most " + MAX_REGIONS + " regions");
      return regions;
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < draft.size(); i++) {
      String region = draft.get(i);
      String field = "regions[" + i + "]";
      if (region == null || !REGION.matcher(region).matches()) {
        outOfRange(field, region, "must be a DNS label such as eu-west-1");
      } else if (!seen.add(region)) {
        outOfRange(field, region, "must not repeat an earlier region");
      } else {
        regions.add(region);
      }
    }
    return regions;
  }

  private void together(PrivacyConfiguration c) {
    SecureAggregation sa = c.secureAggregation();
    Integer minimum = sa.minParticipatingClients();
    BigDecimal threshold = sa.reconstructionThreshold();
    if (sa.enabled() && minimum != null && threshold != null) {
      if (minimum > c.expectedCohort()) {
        outOfRange(
            SA + ".min_participating_clients",
            minimum,
            "must be at most expected_cohort, which is " + c.expectedCohort());
        return;
      }
      try {
        GraphPlan.of(sa, c.expectedCohort());
      } catch (InfeasibleParametersException e) {
        outOfRange(
            SA,
            null,
            "no neighbour degree and threshold are both private and correct for a cohort of "
                + c.expectedCohort()
                + ", corrupt_fraction "
                + sa.corruptFraction().toPlainString()
                + ", dropout_fraction "
                + sa.dropoutFraction().toPlainString()
                + ", reconstruction_threshold "
                + threshold.toPlainString()
                + ": "
                + e.getMessage());
      }
    }
    if (c.differentialPrivacy().enabled()
        && c.differentialPrivacy().noisePlacement() == NoisePlacement.DISTRIBUTED) {
      distributed(c);
    }
    if (!fitsRing(c.differentialPrivacy(), sa, c.expectedCohort(), c.quantizationBits())) {
      outOfRange(
          "quantization_bits",
          c.quantizationBits(),
          "a sum over expected_cohort "
              + c.expectedCohort()
              + " would not fit into 32 bits; at most "
              + defaultQuantizationBits(
                  c.differentialPrivacy(), sa, c.expectedCohort(), MAX_QUANTIZATION_BITS)
              + " do");
    }
  }

  private void distributed(PrivacyConfiguration c) {
    String field = DP + ".noise_placement";
    SecureAggregation sa = c.secureAggregation();
    Integer minimum = sa.minParticipatingClients();
    if (!sa.enabled() || minimum == null) {
      outOfRange(
          field,
          "distributed",
          "needs secure_aggregation.enabled: without it the aggregator sees each update with a share of the noise only");
      return;
    }
    if (c.differentialPrivacy().samplingRate() != null) {
      outOfRange(field, "distributed", "must be 'server' with sampling 'poisson'");
    }
    if (c.differentialPrivacy().adaptiveClipping() != null) {
      outOfRange(field, "distributed", "must be 'server' with adaptive_clipping");
    }
    int corrupt = (int) Math.floor(sa.corruptFraction().doubleValue() * c.expectedCohort());
    if (minimum <= corrupt) {
      outOfRange(
          SA + ".min_participating_clients",
          minimum,
          "must be above the "
              + corrupt
              + " devices that may be corrupt and leave their noise out (corrupt_fraction of expected_cohort), with"
              + " noise_placement 'distributed'");
    }
  }

  /**
   * Twice the minimum: a round then survives half of its devices, and 20 is where secure
   * aggregation begins to pay.
   */
  private static int defaultCohort(SecureAggregation sa) {
    Integer minimum = sa.minParticipatingClients();
    if (!sa.enabled() || minimum == null) {
      return DEFAULT_COHORT;
    }
    return Math.min(MAX_COHORT, Math.max(DEFAULT_COHORT, 2 * minimum));
  }

  private static int defaultQuantizationBits(
      DifferentialPrivacy dp, SecureAggregation sa, int cohort) {
    return defaultQuantizationBits(dp, sa, cohort, DEFAULT_QUANTIZATION_BITS);
  }

  private static int defaultQuantizationBits(
      DifferentialPrivacy dp, SecureAggregation sa, int cohort, int wanted) {
    int bits = wanted;
    while (bits > MIN_QUANTIZATION_BITS && !fitsRing(dp, sa, cohort, bits)) {
      bits--;
    }
    return bits;
  }

  private static boolean fitsRing(
      DifferentialPrivacy dp, SecureAggregation sa, int cohort, int quantizationBits) {
    try {
      RingWidth.bitsFor(
          cohort, 1L << quantizationBits, NoiseRoom.of(dp, sa, cohort, quantizationBits));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private <T> @Nullable T required(String field, @Nullable T value, String message) {
    if (value == null) {
      missing(field, message);
    }
    return value;
  }

  private void requiredWhen(boolean on, String field, @Nullable Object value) {
    if (on && value == null) {
      missing(
          field,
          "is required when '" + field.substring(0, field.indexOf('.')) + ".enabled' is true");
    }
  }

  /**
   * Keeps decimals of absurd size out of every computation: rescaling 1e-999999999 would need a
   * gigabyte.
   */
  private @Nullable BigDecimal wellFormed(String field, @Nullable BigDecimal value) {
    if (value == null) {
      return null;
    }
    long exponent = (long) value.precision() - value.scale() - 1;
    if (value.precision() > MAX_DIGITS || Math.abs(exponent) > MAX_DIGITS) {
      outOfRange(
          field,
          value,
          "must have at most "
              + MAX_DIGITS
              + " significant digits and an exponent of at most "
              + MAX_DIGITS);
      return null;
    }
    return value;
  }

  private void decimal(String field, @Nullable BigDecimal value, BigDecimal min, BigDecimal max) {
    if (value != null && (value.compareTo(min) < 0 || value.compareTo(max) > 0)) {
      outOfRange(field, value, "must be " + min.toPlainString() + " to " + max.toPlainString());
    }
  }

  private BigDecimal fraction(String field, @Nullable BigDecimal draft, BigDecimal ifAbsent) {
    BigDecimal value = wellFormed(field, draft);
    if (value == null) {
      return ifAbsent;
    }
    if (value.signum() < 0 || value.compareTo(BigDecimal.ONE) >= 0) {
      outOfRange(field, value, "must be at least 0 and below 1");
    }
    return value;
  }

  private void integer(String field, @Nullable Integer value, int min, int max) {
    if (value != null && (value < min || value > max)) {
      outOfRange(field, value, "must be " + min + " to " + max);
    }
  }

  private <T> T choice(
      String field,
      @Nullable String value,
      T ifAbsent,
      Map<String, T> accepted,
      Set<String> known) {
    if (value == null) {
      return ifAbsent;
    }
    T chosen = accepted.get(value);
    if (chosen != null) {
      return chosen;
    }
    String list = String.join(", ", accepted.keySet().stream().map(o -> "'" + o + "'").toList());
    if (known.contains(value)) {
      violations.add(
          new Violation(
              Kind.UNSUPPORTED,
              field,
              value,
              "is not supported by this version; accepted: " + list));
    } else {
      outOfRange(field, value, "accepted: " + list);
    }
    return ifAbsent;
  }

  private static <T> Map<String, T> options(String a, T first, String b, T second) {
    Map<String, T> options = new LinkedHashMap<>();
    options.put(a, first);
    options.put(b, second);
    return options;
  }

  private void missing(String field, String message) {
    violations.add(new Violation(Kind.MISSING, field, null, message));
  }

  private void outOfRange(String field, @Nullable Object value, String message) {
    violations.add(new Violation(Kind.OUT_OF_RANGE, field, shown(value), message));
  }

  /**
   * Rejected decimals may have absurd exponents: show them in scientific form and cut them short.
   */
  private static @Nullable String shown(@Nullable Object value) {
    if (value == null) {
      return null;
    }
    String text =
        value instanceof BigDecimal decimal && decimal.precision() > 40
            ? decimal.round(new MathContext(40, RoundingMode.HALF_EVEN)).toString()
            : value.toString();
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}
