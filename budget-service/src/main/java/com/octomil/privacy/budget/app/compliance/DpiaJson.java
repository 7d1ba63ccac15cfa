package com.octomil.privacy.budget.app.compliance;

import com.octomil.privacy.budget.domain.Accountant;
import com.octomil.privacy.budget.domain.AdaptiveClippingTerms;
import com.octomil.privacy.budget.domain.Allocation;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import com.octomil.privacy.budget.domain.DifferentialPrivacy;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.Meaning;
import com.octomil.privacy.budget.domain.MeaningOf;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.Reservation;
import com.octomil.privacy.budget.domain.RoundKind;
import com.octomil.privacy.budget.domain.SecureAggregation;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.budget.domain.compliance.ComplianceStore.ServiceSettings;
import com.octomil.privacy.budget.domain.compliance.Finding;
import java.util.ArrayList;
import java.util.Base64;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** The machine-readable half of a DPIA bundle. */
final class DpiaJson {

  static final String FORMAT = "octomil-dpia/1";

  private DpiaJson() {}

  static Map<String, Object> of(DpiaFacts facts) {
    VersionAccount account = facts.version().account();
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("format", FORMAT);
    document.put("federation", facts.federation().value());
    document.put("version", account.version());
    document.put("configuration", account.configuration());
    document.put("generated_at", facts.at().toString());
    document.put("generated_by", facts.by());
    document.put("privacy", privacy(facts.version().configuration()));
    document.put("guarantee", guarantee(facts));
    document.put("rounds", facts.committed().stream().map(DpiaJson::round).toList());
    document.put("cohorts", cohorts(facts));
    document.put(
        "retention_and_services", facts.settings().stream().map(DpiaJson::service).toList());
    document.put("changes", facts.history().stream().map(DpiaJson::change).toList());
    document.put("allocations", facts.allocations().stream().map(DpiaJson::allocation).toList());
    document.put("compliance", compliance(facts));
    document.put("audit_log", auditLog(facts));
    return document;
  }

  private static void put(Map<String, Object> map, String name, @Nullable Object value) {
    if (value != null) {
      map.put(name, value);
    }
  }

  static Map<String, Object> configuration(ConfigurationRecord entry) {
    Map<String, Object> map = change(entry);
    map.put("privacy", privacy(entry.configuration()));
    return map;
  }

  private static Map<String, Object> change(ConfigurationRecord entry) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("version", entry.tag().version());
    map.put("configuration", entry.tag().number());
    map.put("changed_at", entry.change().at().toString());
    map.put("changed_by", entry.change().by());
    return map;
  }

  private static Map<String, Object> privacy(PrivacyConfiguration configuration) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("differential_privacy", differentialPrivacy(configuration.differentialPrivacy()));
    map.put("secure_aggregation", secureAggregation(configuration.secureAggregation()));
    map.put("expected_cohort", configuration.expectedCohort());
    map.put("quantization_bits", configuration.quantizationBits());
    map.put("regions", configuration.regions());
    map.put(
        "compliance_profile", configuration.complianceProfile().name().toLowerCase(Locale.ROOT));
    return map;
  }

  private static Map<String, Object> differentialPrivacy(DifferentialPrivacy dp) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("enabled", dp.enabled());
    put(map, "epsilon", dp.epsilon());
    put(map, "delta", dp.delta());
    put(map, "noise_multiplier", dp.noiseMultiplier());
    map.put("max_grad_norm", dp.maxGradNorm());
    map.put("adjacency", dp.adjacency().name().toLowerCase(Locale.ROOT));
    map.put("noise_placement", dp.noisePlacement().name().toLowerCase(Locale.ROOT));
    put(map, "sampling_rate", dp.samplingRate());
    AdaptiveClippingTerms adaptive = dp.adaptiveClipping();
    if (adaptive != null) {
      Map<String, Object> terms = new LinkedHashMap<>();
      terms.put("target_quantile", adaptive.targetQuantile());
      terms.put("learning_rate", adaptive.learningRate());
      map.put("adaptive_clipping", terms);
    }
    return map;
  }

  private static Map<String, Object> secureAggregation(SecureAggregation sa) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("enabled", sa.enabled());
    put(map, "min_participating_clients", sa.minParticipatingClients());
    put(map, "reconstruction_threshold", sa.reconstructionThreshold());
    map.put("adversary", sa.adversary().name().toLowerCase(Locale.ROOT));
    map.put("corrupt_fraction", sa.corruptFraction());
    map.put("dropout_fraction", sa.dropoutFraction());
    map.put("security_bits", sa.securityBits());
    map.put("correctness_bits", sa.correctnessBits());
    return map;
  }

  static Meaning meaning(DpiaFacts facts) {
    VersionAccount account = facts.version().account();
    return MeaningOf.configuration(
        facts.version().configuration(), account.held(), account.spent());
  }

  private static Map<String, Object> guarantee(DpiaFacts facts) {
    VersionAccount account = facts.version().account();
    Meaning meaning = meaning(facts);
    Map<String, Object> map = new LinkedHashMap<>();
    put(map, "theorem", meaning.accountant().map(Accountant::id).orElse(null));
    put(map, "theorem_reason", meaning.accountant().map(Accountant::reason).orElse(null));
    put(map, "epsilon_per_round", meaning.epsilonPerRound().map(Epsilon::decimal).orElse(null));
    put(map, "epsilon_budget", account.budget().map(b -> b.epsilon().decimal()).orElse(null));
    map.put("epsilon_spent", account.spent().decimal());
    map.put("epsilon_spent_or_reserved", account.spentOrReserved().decimal());
    put(
        map,
        "epsilon_spent_in_all_versions",
        facts.version().spentInAllVersions().map(Epsilon::decimal).orElse(null));
    put(map, "rounds_affordable", meaning.roundsAffordable().orElse(null));
    put(map, "neighbour_degree", meaning.neighbourDegree().orElse(null));
    put(map, "threshold", meaning.threshold().orElse(null));
    OptionalDouble abort = meaning.abortProbability();
    put(map, "abort_probability", abort.isPresent() ? abort.getAsDouble() : null);
    List<Map<String, Object>> warnings = new ArrayList<>();
    meaning
        .warnings()
        .forEach(
            warning -> warnings.add(Map.of("code", warning.code(), "message", warning.message())));
    map.put("warnings", warnings);
    return map;
  }

  private static Map<String, Object> round(Reservation reservation) {
    Reservation.Committed end = DpiaFacts.end(reservation);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("round_id", reservation.round().roundId());
    map.put("attempt", reservation.round().attempt());
    map.put("configuration", reservation.configuration());
    put(map, "noise_multiplier", reservation.kind().map(RoundKind::noiseMultiplier).orElse(null));
    put(map, "sampling_rate", reservation.kind().flatMap(RoundKind::samplingRate).orElse(null));
    map.put("epsilon_added", end.epsilonAdded().decimal());
    map.put("epsilon_spent", end.epsilonSpent().decimal());
    map.put("cohort", end.cohort());
    map.put("survivors", end.survivors());
    map.put("committed_at", end.at().toString());
    return map;
  }

  static Optional<IntSummaryStatistics> statistics(
      DpiaFacts facts, ToIntFunction<Reservation.Committed> value) {
    IntSummaryStatistics statistics =
        facts.committed().stream().map(DpiaFacts::end).mapToInt(value).summaryStatistics();
    return statistics.getCount() == 0 ? Optional.empty() : Optional.of(statistics);
  }

  private static Map<String, Object> cohorts(DpiaFacts facts) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("rounds_committed", facts.committed().size());
    map.put(
        "rounds_released",
        facts.rounds().stream()
            .filter(entry -> entry.reservation().state() instanceof Reservation.Released)
            .count());
    statistics(facts, Reservation.Committed::cohort)
        .ifPresent(found -> map.put("cohort", summary(found)));
    statistics(facts, Reservation.Committed::survivors)
        .ifPresent(found -> map.put("survivors", summary(found)));
    return map;
  }

  private static Map<String, Object> summary(IntSummaryStatistics statistics) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("least", statistics.getMin());
    map.put("mean", Math.round(10 * statistics.getAverage()) / 10.0);
    map.put("most", statistics.getMax());
    return map;
  }

  private static Map<String, Object> service(ServiceSettings settings) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("service", settings.service());
    put(map, "region", settings.region().orElse(null));
    map.put("reported_at", settings.at().toString());
    map.put("settings", settings.settings());
    return map;
  }

  private static Map<String, Object> allocation(Allocation allocation) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("version", allocation.tag().version());
    map.put("configuration", allocation.tag().number());
    map.put("epsilon", allocation.epsilon());
    map.put("reason", allocation.reason());
    map.put("allocated_at", allocation.change().at().toString());
    map.put("allocated_by", allocation.change().by());
    return map;
  }

  private static Map<String, Object> compliance(DpiaFacts facts) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("profile", facts.report().profile().name().toLowerCase(Locale.ROOT));
    map.put("complies", facts.report().complies());
    List<Map<String, Object>> findings = new ArrayList<>();
    for (Finding finding : facts.report().findings()) {
      Map<String, Object> each = new LinkedHashMap<>();
      each.put("clause", finding.clause().id());
      each.put("applies", finding.applies());
      each.put("holds", finding.holds());
      each.put("requirement", finding.clause().requirement());
      each.put("reference", finding.clause().reference());
      each.put("evidence", finding.evidence());
      findings.add(each);
    }
    map.put("findings", findings);
    return map;
  }

  private static Map<String, Object> auditLog(DpiaFacts facts) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("entries", facts.checkpoint().sequence());
    map.put("checkpoint", facts.checkpoint().statement());
    map.put("signature", Base64.getEncoder().encodeToString(facts.checkpoint().signature()));
    map.put("public_key", facts.publicKeyPem());
    return map;
  }
}
