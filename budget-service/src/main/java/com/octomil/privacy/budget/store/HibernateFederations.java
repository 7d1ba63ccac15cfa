package com.octomil.privacy.budget.store;

import com.octomil.privacy.budget.domain.Allocation;
import com.octomil.privacy.budget.domain.ConfigurationChange;
import com.octomil.privacy.budget.domain.ConfigurationRecord;
import com.octomil.privacy.budget.domain.ConfigurationRules;
import com.octomil.privacy.budget.domain.ConfigurationTag;
import com.octomil.privacy.budget.domain.ConfiguredVersion;
import com.octomil.privacy.budget.domain.ConfiguredVersion.Change;
import com.octomil.privacy.budget.domain.Epsilon;
import com.octomil.privacy.budget.domain.Event;
import com.octomil.privacy.budget.domain.EventKind;
import com.octomil.privacy.budget.domain.Federation;
import com.octomil.privacy.budget.domain.FederationName;
import com.octomil.privacy.budget.domain.Federations;
import com.octomil.privacy.budget.domain.GaussianBudget;
import com.octomil.privacy.budget.domain.LedgerEntry;
import com.octomil.privacy.budget.domain.PrivacyConfiguration;
import com.octomil.privacy.budget.domain.RoundKind;
import com.octomil.privacy.budget.domain.RoundTally;
import com.octomil.privacy.budget.domain.SaveOutcome;
import com.octomil.privacy.budget.domain.VersionAccount;
import com.octomil.privacy.budget.domain.Violation;
import io.quarkus.hibernate.reactive.panache.Panache;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.LockModeType;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Federations in PostgreSQL. Every change locks the row of its federation first; the ledger locks
 * it too, and repeats what it began before a change that it did not see.
 */
@ApplicationScoped
class HibernateFederations implements Federations {

  private static final String INSERT =
      """
      INSERT INTO budget.federation (name, current_version, revision, created_at, created_by)
      VALUES (:name, 1, 1, :at, :by)
      ON CONFLICT (name) DO NOTHING
      """;

  private static final String TALLY =
      """
      SELECT r.state, r.noiseMultiplier, count(r), r.samplingRate, r.distributedBits
        FROM ReservationEntity r
       WHERE r.federation = :federation AND r.version = :version AND r.state <> 'RELEASED'
       GROUP BY r.state, r.noiseMultiplier, r.samplingRate, r.distributedBits
      """;

  private static final String TALLY_OF_ALL_VERSIONS =
      """
      SELECT r.state, r.noiseMultiplier, count(r), r.samplingRate, r.distributedBits
        FROM ReservationEntity r
       WHERE r.federation = :federation AND r.state = 'COMMITTED'
       GROUP BY r.state, r.noiseMultiplier, r.samplingRate, r.distributedBits
      """;

  private static final String FIRST_VERSION = "The federation was created.";

  private final FederationRepository federations;
  private final VersionRepository versions;
  private final ConfigurationRepository configurations;
  private final ReservationRepository reservations;
  private final AllocationRepository allocations;
  private final EventRepository events;

  HibernateFederations(
      FederationRepository federations,
      VersionRepository versions,
      ConfigurationRepository configurations,
      ReservationRepository reservations,
      AllocationRepository allocations,
      EventRepository events) {
    this.federations = federations;
    this.versions = versions;
    this.configurations = configurations;
    this.reservations = reservations;
    this.allocations = allocations;
    this.events = events;
  }

  @Override
  public Optional<Federation> create(FederationName name, Change change) {
    return Reactive.inTransaction(() ->
        insert(name, change)
            .chain(created -> {
              if (!created) {
                return Uni.createFrom().item(Optional.<Federation>empty());
              }
              return versions
                  .persist(firstVersion(name, change))
                  .chain(version -> recordCreation(name, change))
                  .map(version -> Optional.of(new Federation(name, 1, false, change.at())));
            }));
  }

  @Override
  public Optional<Federation> find(FederationName name) {
    return Reactive.atOneInstant(() ->
        federations
            .findById(name.value())
            .chain(federation -> {
              if (federation == null) {
                return Uni.createFrom().item(Optional.<Federation>empty());
              }
              return versions
                  .findById(new VersionId(name.value(), federation.currentVersion))
                  .map(version -> Optional.of(toDomain(federation, version)));
            }));
  }

  @Override
  public List<Federation> all() {
    return Reactive.atOneInstant(() ->
        Panache.getSession()
            .chain(session ->
                session
                    .createQuery(
                        """
                        SELECT f, v FROM FederationEntity f
                          JOIN VersionEntity v
                            ON v.id.federation = f.name AND v.id.version = f.currentVersion
                         ORDER BY f.name
                        """,
                        Object[].class)
                    .getResultList())
            .map(rows ->
                rows.stream()
                    .map(row -> toDomain((FederationEntity) row[0], (VersionEntity) row[1]))
                    .toList()));
  }

  @Override
  public SaveOutcome configure(
      FederationName name,
      PrivacyConfiguration configuration,
      Predicate<Optional<ConfigurationTag>> precondition,
      Change change) {
    return Reactive.inTransaction(() -> {
      // A precondition that needs something in force must not leave a federation behind.
      Uni<Boolean> inserted =
          precondition.test(Optional.empty()) ? insert(name, change) : Uni.createFrom().item(false);
      return inserted.chain(created ->
          created
              ? create(name, configuration, change)
              : lock(name).chain(found -> change(found, configuration, precondition, change)));
    });
  }

  @Override
  public SaveOutcome preview(
      FederationName name,
      PrivacyConfiguration configuration,
      Predicate<Optional<ConfigurationTag>> precondition,
      Change change) {
    return Reactive.atOneInstant(() ->
        federations
            .findById(name.value())
            .chain(federation -> {
              if (federation == null) {
                return Uni.createFrom()
                    .item(
                        precondition.test(Optional.empty())
                            ? new SaveOutcome.Created(untouched(name, configuration, change))
                            : new SaveOutcome.Stale());
              }
              return versions
                  .findById(new VersionId(name.value(), federation.currentVersion))
                  .chain(version -> {
                    Locked found = new Locked(federation, version);
                    return precondition.test(found.tag())
                        ? change(found, configuration, () -> next(found, configuration, change))
                        : Uni.createFrom().item(new SaveOutcome.Stale());
                  });
            }));
  }

  /** The first version of a federation that does not exist yet. */
  private static ConfiguredVersion untouched(
      FederationName name, PrivacyConfiguration configuration, Change change) {
    return new ConfiguredVersion(
        new VersionAccount(
            name, 1, 1, configuration.budget(), Epsilon.ZERO, RoundTally.EMPTY, RoundTally.EMPTY),
        configuration,
        RoundTally.EMPTY,
        change);
  }

  /** The version as it would be with the next configuration. */
  private Uni<ConfiguredVersion> next(
      Locked found, PrivacyConfiguration configuration, Change change) {
    return account(found, found.version.configuration + 1, configuration.budget())
        .chain(account ->
            committedInAllVersions(found.federation.name)
                .map(all -> new ConfiguredVersion(account, configuration, all, change)));
  }

  private Uni<SaveOutcome> create(
      FederationName name, PrivacyConfiguration configuration, Change change) {
    return versions
        .persist(firstVersion(name, change))
        .chain(version -> recordCreation(name, change))
        .chain(version -> lock(name))
        .chain(found -> put(found.orElseThrow(), configuration, change))
        .map(SaveOutcome.Created::new);
  }

  private Uni<SaveOutcome> change(
      Optional<Locked> found,
      PrivacyConfiguration next,
      Predicate<Optional<ConfigurationTag>> precondition,
      Change change) {
    return found.isPresent() && precondition.test(found.get().tag())
        ? change(found.get(), next, () -> put(found.get(), next, change))
        : Uni.createFrom().item(new SaveOutcome.Stale());
  }

  /** Refuses, finds that {@code next} is in force already, or does {@code put}. */
  private Uni<SaveOutcome> change(
      Locked locked, PrivacyConfiguration next, Supplier<Uni<ConfiguredVersion>> put) {
    return account(locked, Optional.empty())
        .chain(account -> {
          Optional<Violation> refusal = ConfigurationChange.refusal(account, next);
          if (refusal.isPresent()) {
            return Uni.createFrom().item(new SaveOutcome.Refused(refusal.get()));
          }
          if (locked.version.configuration == 0) {
            return put.get().map(SaveOutcome.InForce::new);
          }
          return configurations
              .findById(locked.configurationId())
              .chain(present ->
                  present.toDomain().saysTheSameAs(next) ? configured(locked, present) : put.get())
              .map(SaveOutcome.InForce::new);
        });
  }

  @Override
  public SaveOutcome allocate(
      FederationName name,
      BigDecimal epsilon,
      String reason,
      Predicate<Optional<ConfigurationTag>> precondition,
      Change change) {
    return Reactive.inTransaction(() ->
        lock(name)
            .chain(found -> {
              if (found.isEmpty() || found.get().tag().isEmpty()) {
                return Uni.createFrom().item(new SaveOutcome.Unknown());
              }
              if (!precondition.test(found.get().tag())) {
                return Uni.createFrom().item(new SaveOutcome.Stale());
              }
              return allocate(found.get(), epsilon, reason, change);
            }));
  }

  private Uni<SaveOutcome> allocate(
      Locked locked, BigDecimal epsilon, String reason, Change change) {
    return configurations
        .findById(locked.configurationId())
        .chain(stored -> {
          PrivacyConfiguration present = stored.toDomain();
          Optional<Violation> refusal = ConfigurationRules.refuseAllocation(present, epsilon);
          if (refusal.isPresent()) {
            return Uni.createFrom().item(new SaveOutcome.Refused(refusal.get()));
          }
          return put(locked, ConfigurationRules.allocated(present, epsilon), change)
              .chain(saved ->
                  allocations
                      .persist(
                          new AllocationEntity(locked.configurationId(), epsilon, reason, change))
                      .chain(row ->
                          record(
                              EventKind.BUDGET_ALLOCATED,
                              locked,
                              change,
                              Map.of(
                                  "epsilon", epsilon.toPlainString(),
                                  "reason", reason,
                                  "configuration", locked.configurationNumber())))
                      .map(row -> new SaveOutcome.InForce(saved)));
        });
  }

  @Override
  public List<ConfigurationRecord> history(FederationName name) {
    return Reactive.inTransaction(() ->
        configurations
            .list("id.federation = ?1 order by id.version, id.number", name.value())
            .map(found -> found.stream().map(ConfigurationEntity::toRecord).toList()));
  }

  @Override
  public List<Allocation> allocations(FederationName name) {
    return Reactive.inTransaction(() ->
        allocations
            .list("id.federation = ?1 order by id.version, id.number", name.value())
            .map(found -> found.stream().map(AllocationEntity::toDomain).toList()));
  }

  private Uni<ConfiguredVersion> put(
      Locked locked, PrivacyConfiguration configuration, Change change) {
    locked.version.configuration++;
    locked.federation.revision++;
    return configurations
        .persist(new ConfigurationEntity(locked.configurationId(), configuration, change))
        .call(stored ->
            record(
                EventKind.CONFIGURATION_CHANGED,
                locked,
                change,
                Map.of("configuration", locked.configurationNumber())))
        .chain(stored -> configured(locked, stored));
  }

  private Uni<ConfiguredVersion> configured(Locked locked, ConfigurationEntity stored) {
    PrivacyConfiguration configuration = stored.toDomain();
    return account(locked, configuration.budget())
        .chain(account ->
            committedInAllVersions(locked.federation.name)
                .map(all -> new ConfiguredVersion(account, configuration, all, stored.change())));
  }

  @Override
  public Optional<ConfiguredVersion> current(FederationName name) {
    return Reactive.atOneInstant(() ->
        federations
            .findById(name.value())
            .chain(federation -> {
              if (federation == null) {
                return Uni.createFrom().item(Optional.<ConfiguredVersion>empty());
              }
              return versions
                  .findById(new VersionId(name.value(), federation.currentVersion))
                  .chain(version -> current(new Locked(federation, version)));
            }));
  }

  private Uni<Optional<ConfiguredVersion>> current(Locked found) {
    if (found.version.configuration == 0) {
      return Uni.createFrom().item(Optional.empty());
    }
    return configurations
        .findById(found.configurationId())
        .chain(stored -> configured(found, stored))
        .map(Optional::of);
  }

  @Override
  public Optional<PrivacyConfiguration> configuration(
      FederationName name, int version, int number) {
    return Reactive.inTransaction(() ->
        configurations
            .findById(new ConfigurationId(name.value(), version, number))
            .map(stored -> Optional.ofNullable(stored).map(ConfigurationEntity::toDomain)));
  }

  @Override
  public Optional<Federation> openVersion(FederationName name, String reason, Change change) {
    return Reactive.inTransaction(() ->
        federations
            .findById(name.value(), LockModeType.PESSIMISTIC_WRITE)
            .chain(federation -> {
              if (federation == null) {
                return Uni.createFrom().item(Optional.<Federation>empty());
              }
              return versions
                  .findById(new VersionId(name.value(), federation.currentVersion))
                  .chain(version -> openNext(new Locked(federation, version), reason, change))
                  .map(Optional::of);
            }));
  }

  private Uni<Federation> openNext(Locked locked, String reason, Change change) {
    FederationEntity federation = locked.federation;
    federation.currentVersion++;
    federation.revision++;
    boolean configured = locked.version.configuration > 0;
    VersionEntity next =
        new VersionEntity(
            new VersionId(federation.name, federation.currentVersion),
            configured ? 1 : 0,
            reason,
            change);
    Uni<VersionEntity> opened = versions.persist(next);
    if (configured) {
      opened =
          opened
              .chain(version -> configurations.findById(locked.configurationId()))
              .chain(stored ->
                  configurations.persist(
                      new ConfigurationEntity(
                          new ConfigurationId(federation.name, federation.currentVersion, 1),
                          stored.toDomain(),
                          change)))
              .map(stored -> next);
    }
    return opened
        .call(version ->
            record(
                EventKind.VERSION_OPENED,
                new Locked(federation, version),
                change,
                Map.of("reason", reason)))
        .map(version -> toDomain(federation, version));
  }

  @Override
  public List<LedgerEntry> rounds(FederationName name, int version, long after, int limit) {
    return Reactive.inTransaction(() ->
        reservations
            .find(
                "federation = ?1 and version = ?2 and sequence > ?3 order by sequence",
                name.value(),
                version,
                after)
            .page(0, limit)
            .list()
            .map(found -> found.stream().map(ReservationEntity::toDomain).toList()));
  }

  /** Whether the federation is new; waits for others that are creating it. */
  private static Uni<Boolean> insert(FederationName name, Change change) {
    return Panache.getSession()
        .chain(session ->
            session
                .createNativeQuery(INSERT)
                .setParameter("name", name.value())
                .setParameter("at", change.at())
                .setParameter("by", change.by())
                .executeUpdate())
        .map(inserted -> inserted == 1);
  }

  private Uni<Optional<Locked>> lock(FederationName name) {
    return federations
        .findById(name.value(), LockModeType.PESSIMISTIC_WRITE)
        .chain(federation -> {
          if (federation == null) {
            return Uni.createFrom().item(Optional.<Locked>empty());
          }
          return versions
              .findById(
                  new VersionId(name.value(), federation.currentVersion),
                  LockModeType.PESSIMISTIC_WRITE)
              .map(version -> Optional.of(new Locked(federation, version)));
        });
  }

  private Uni<VersionAccount> account(Locked found, Optional<GaussianBudget> budget) {
    return account(found, found.version.configuration, budget);
  }

  private Uni<VersionAccount> account(
      Locked found, int configuration, Optional<GaussianBudget> budget) {
    VersionEntity version = found.version;
    return Panache.getSession()
        .chain(session ->
            session
                .createQuery(TALLY, Object[].class)
                .setParameter("federation", version.id.federation())
                .setParameter("version", version.id.version())
                .getResultList())
        .map(rows ->
            new VersionAccount(
                new FederationName(version.id.federation()),
                version.id.version(),
                configuration,
                budget,
                new Epsilon(version.epsilonSpentNanos),
                tally(rows, false),
                tally(rows, true)));
  }

  private static Uni<RoundTally> committedInAllVersions(String federation) {
    return Panache.getSession()
        .chain(session ->
            session
                .createQuery(TALLY_OF_ALL_VERSIONS, Object[].class)
                .setParameter("federation", federation)
                .getResultList())
        .map(rows -> tally(rows, true));
  }

  private static RoundTally tally(List<Object[]> rows, boolean committedOnly) {
    Map<RoundKind, Long> byKind = new HashMap<>();
    long unprotected = 0;
    for (Object[] row : rows) {
      if (committedOnly && !ReservationRows.COMMITTED.equals(row[0])) {
        continue;
      }
      long rounds = (Long) row[2];
      if (row[1] == null) {
        unprotected += rounds;
      } else {
        byKind.merge(
            new RoundKind(
                (BigDecimal) row[1],
                Optional.ofNullable((BigDecimal) row[3]),
                Optional.ofNullable((Integer) row[4])),
            rounds,
            Math::addExact);
      }
    }
    return new RoundTally(byKind, unprotected);
  }

  private Uni<EventEntity> recordCreation(FederationName name, Change change) {
    return events.persist(
        new EventEntity(Event.of(EventKind.FEDERATION_CREATED, name, 1, change, Map.of())));
  }

  private Uni<EventEntity> record(
      EventKind kind, Locked locked, Change change, Map<String, String> details) {
    return events.persist(
        new EventEntity(
            Event.of(
                kind,
                new FederationName(locked.federation.name),
                locked.version.id.version(),
                change,
                details)));
  }

  private static VersionEntity firstVersion(FederationName name, Change change) {
    return new VersionEntity(new VersionId(name.value(), 1), 0, FIRST_VERSION, change);
  }

  private static Federation toDomain(FederationEntity federation, VersionEntity version) {
    return new Federation(
        new FederationName(federation.name),
        federation.currentVersion,
        version.configuration > 0,
        federation.createdAt);
  }

  /** A federation with its current version. */
  private record Locked(FederationEntity federation, VersionEntity version) {

    Optional<ConfigurationTag> tag() {
      return version.configuration == 0
          ? Optional.empty()
          : Optional.of(new ConfigurationTag(version.id.version(), version.configuration));
    }

    String configurationNumber() {
      return Integer.toString(version.configuration);
    }

    ConfigurationId configurationId() {
      return new ConfigurationId(federation.name, version.id.version(), version.configuration);
    }
  }
}
