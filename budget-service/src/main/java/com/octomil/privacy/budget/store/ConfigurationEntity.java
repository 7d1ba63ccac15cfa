package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.AdaptiveClippingTerms;
import com.octomil.privacy.budget.domain.ComplianceProfile;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import com.octomil.privacy.budget.domain.ConfigurationTag;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.DifferentialPrivacy;
import com.octomil.privacy.budget.domain.NoisePlacement;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.SecureAggregation;
import com.octomil.privacy.dp.accounting.Adjacency;
import com.octomil.privacy.secagg.AdversaryModel;
import jakarta.persistence.Column;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.hibernate.annotations.Immutable;
import org.jspecify.annotations.Nullable;

/** Row of {@code budget.privacy_configuration}; never altered once written. */
@Entity
@Immutable
@Table(schema = "budget", name = "privacy_configuration")
@SuppressWarnings("NullAway.Init") // Hibernate sets the fields.
class ConfigurationEntity {

  @EmbeddedId ConfigurationId id;

  @Column(name = "dp_enabled")
  boolean dpEnabled;

  @Column(name = "epsilon")
  @Nullable BigDecimal epsilon;

  @Column(name = "delta")
  @Nullable BigDecimal delta;

  @Column(name = "noise_multiplier")
  @Nullable BigDecimal noiseMultiplier;

  @Column(name = "max_grad_norm")
  BigDecimal maxGradNorm;

  @Enumerated(EnumType.STRING)
  @Column(name = "adjacency")
  Adjacency adjacency;

  @Enumerated(EnumType.STRING)
  @Column(name = "noise_placement")
  NoisePlacement noisePlacement;

  @Column(name = "sa_enabled")
  boolean saEnabled;

  @Column(name = "min_participating_clients")
  @Nullable Integer minParticipatingClients;

  @Column(name = "reconstruction_threshold")
  @Nullable BigDecimal reconstructionThreshold;

  @Enumerated(EnumType.STRING)
  @Column(name = "adversary")
  AdversaryModel adversary;

  @Column(name = "corrupt_fraction")
  BigDecimal corruptFraction;

  @Column(name = "dropout_fraction")
  BigDecimal dropoutFraction;

  @Column(name = "security_bits")
  int securityBits;

  @Column(name = "correctness_bits")
  int correctnessBits;

  @Column(name = "expected_cohort")
  int expectedCohort;

  @Column(name = "quantization_bits")
  int quantizationBits;

  @Column(name = "regions")
  String[] regions;

  @Column(name = "sampling_rate")
  @Nullable BigDecimal samplingRate;

  @Column(name = "clipping_quantile")
  @Nullable BigDecimal clippingQuantile;

  @Column(name = "clipping_learning_rate")
  @Nullable BigDecimal clippingLearningRate;

  @Enumerated(EnumType.STRING)
  @Column(name = "compliance_profile")
  ComplianceProfile complianceProfile;

  @Column(name = "changed_at")
  Instant changedAt;

  @Column(name = "changed_by")
  String changedBy;

  protected ConfigurationEntity() {}

  ConfigurationEntity(ConfigurationId id, PrivacyConfiguration configuration, Change change) {
    this.id = id;
    DifferentialPrivacy dp = configuration.differentialPrivacy();
    this.dpEnabled = dp.enabled();
    this.epsilon = dp.epsilon();
    this.delta = dp.delta();
    this.noiseMultiplier = dp.noiseMultiplier();
    this.maxGradNorm = dp.maxGradNorm();
    this.adjacency = dp.adjacency();
    this.noisePlacement = dp.noisePlacement();
    SecureAggregation sa = configuration.secureAggregation();
    this.saEnabled = sa.enabled();
    this.minParticipatingClients = sa.minParticipatingClients();
    this.reconstructionThreshold = sa.reconstructionThreshold();
    this.adversary = sa.adversary();
    this.corruptFraction = sa.corruptFraction();
    this.dropoutFraction = sa.dropoutFraction();
    this.securityBits = sa.securityBits();
    this.correctnessBits = sa.correctnessBits();
    this.expectedCohort = configuration.expectedCohort();
    this.quantizationBits = configuration.quantizationBits();
    this.regions = configuration.regions().toArray(String[]::new);
    this.samplingRate = dp.samplingRate();
    AdaptiveClippingTerms adaptive = dp.adaptiveClipping();
    this.clippingQuantile = adaptive == null ? null : adaptive.targetQuantile();
    this.clippingLearningRate = adaptive == null ? null : adaptive.learningRate();
    this.complianceProfile = configuration.complianceProfile();
    this.changedAt = change.at();
    this.changedBy = change.by();
  }

  PrivacyConfiguration toDomain() {
    return new PrivacyConfiguration(
        new DifferentialPrivacy(
            dpEnabled,
            epsilon,
            delta,
            noiseMultiplier,
            maxGradNorm,
            adjacency,
            noisePlacement,
            samplingRate,
            clippingQuantile == null || clippingLearningRate == null
                ? null
                : new AdaptiveClippingTerms(clippingQuantile, clippingLearningRate)),
        new SecureAggregation(
            saEnabled,
            minParticipatingClients,
            reconstructionThreshold,
            adversary,
            corruptFraction,
            dropoutFraction,
            securityBits,
            correctnessBits),
        expectedCohort,
        quantizationBits,
        List.of(regions),
        complianceProfile);
  }

  ConfigurationRecord toRecord() {
    return new ConfigurationRecord(
        new ConfigurationTag(id.version(), id.number()), toDomain(), change());
  }

  Change change() {
    return new Change(changedBy, changedAt);
  }
}
