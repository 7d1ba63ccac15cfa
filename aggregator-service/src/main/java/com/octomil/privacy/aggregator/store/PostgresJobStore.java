package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.Aggregation;
import com.octomil.privacy.aggregator.domain.Algorithm;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.JobState;
import com.octomil.privacy.aggregator.domain.JobStore;
import com.octomil.privacy.aggregator.domain.ModelName;
import com.octomil.privacy.aggregator.domain.TrainingJob;
import com.octomil.privacy.aggregator.domain.TrainingPlan;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.pgclient.PgException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** {@link JobStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresJobStore implements JobStore {
  // SQLSTATE unique_violation.
  private static final String UNIQUE_VIOLATION = "23505";

  private final Transactions transactions;

  PostgresJobStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public boolean create(TrainingJob job) {
    TrainingPlan plan = job.plan();
    Optional<Algorithm.FedAdam> fedAdam =
        plan.algorithm() instanceof Algorithm.FedAdam chosen
            ? Optional.of(chosen)
            : Optional.empty();
    return transactions.readCommitted(
        "create-job",
        connection ->
            run(
                        connection,
                        """
                        insert into aggregator.training_jobs (id, federation, model, algorithm, rounds, min_updates,
                          cohort, local_epochs, learning_rate, server_learning_rate, phase_timeout_millis,
                          max_examples, proximal_mu, beta1, beta2, tau, aggregation,
                          trim_fraction, state, created_at, updated_at)
                        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                          $18, 'pending', $19, $19)
                        on conflict (federation) where state in ('pending', 'running') do nothing
                        """,
                        job.id().value(),
                        job.federation().value(),
                        job.model().value(),
                        plan.algorithm().id(),
                        plan.rounds(),
                        plan.minUpdates(),
                        plan.cohort(),
                        plan.localEpochs(),
                        plan.learningRate(),
                        plan.serverLearningRate(),
                        plan.phaseTimeout().toMillis(),
                        plan.maxExamples(),
                        plan.algorithm() instanceof Algorithm.FedProx(double mu)
                            ? Optional.of(mu)
                            : Optional.empty(),
                        fedAdam.map(Algorithm.FedAdam::beta1),
                        fedAdam.map(Algorithm.FedAdam::beta2),
                        fedAdam.map(Algorithm.FedAdam::tau),
                        plan.aggregation().id(),
                        plan.aggregation() instanceof Aggregation.TrimmedMean(double fraction)
                            ? Optional.of(fraction)
                            : Optional.empty(),
                        job.createdAt())
                    .rowCount()
                == 1);
  }

  @Override
  public Optional<TrainingJob> find(FederationName federation, JobId id) {
    return transactions.readCommitted(
        "find-job",
        connection ->
            Sql.first(
                    run(
                        connection,
                        "select * from aggregator.training_jobs where id = $1 and federation = $2",
                        id.value(),
                        federation.value()))
                .map(PostgresJobStore::toDomain));
  }

  @Override
  public List<TrainingJob> list(FederationName federation, int limit) {
    return transactions.readCommitted(
        "list-jobs",
        connection -> {
          List<TrainingJob> jobs = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  """
                  select * from aggregator.training_jobs where federation = $1 order by created_at desc, id limit $2
                  """,
                  federation.value(),
                  limit)) {
            jobs.add(toDomain(row));
          }
          return jobs;
        });
  }

  @Override
  public boolean transition(
      JobId id, Set<JobState> from, JobState to, Optional<String> reason, Instant now) {
    return transactions.readCommitted(
        "move-job",
        connection ->
            run(
                        connection,
                        """
                        update aggregator.training_jobs
                        set state = $2, reason = $3, pause_requested = false, updated_at = $4
                        where id = $1 and state = any($5)
                        """,
                        id.value(),
                        to.id(),
                        reason,
                        now,
                        from.stream().map(JobState::id).toArray(String[]::new))
                    .rowCount()
                == 1);
  }

  @Override
  public boolean requestPause(JobId id, String reason, Instant now) {
    return transactions.readCommitted(
        "request-pause",
        connection ->
            run(
                        connection,
                        """
                        update aggregator.training_jobs set updated_at = $3,
                          reason = case state when 'pending' then $2 else reason end,
                          pause_requested = (state = 'running'),
                          state = case state when 'pending' then 'paused' else state end
                        where id = $1 and state in ('pending', 'running')
                        """,
                        id.value(),
                        reason,
                        now)
                    .rowCount()
                == 1);
  }

  @Override
  public boolean resume(JobId id, Instant now) {
    try {
      return transactions.readCommitted(
          "resume-job",
          connection ->
              run(
                          connection,
                          """
                          update aggregator.training_jobs
                          set state = 'pending', reason = null, updated_at = $2
                          where id = $1 and state = 'paused'
                          """,
                          id.value(),
                          now)
                      .rowCount()
                  == 1);
    } catch (PgException e) {
      if (UNIQUE_VIOLATION.equals(e.getSqlState())) {
        return false;
      }
      throw e;
    }
  }

  @Override
  public List<TrainingJob> claim(UUID token, Instant now, Instant leaseUntil, int limit) {
    return transactions.readCommitted(
        "claim-jobs",
        connection -> {
          List<TrainingJob> jobs = new ArrayList<>();
          // A job that is over is taken up once more if a crash left a round of it unsettled.
          for (Row row :
              run(
                  connection,
                  """
                  update aggregator.training_jobs set lease_token = $1, lease_until = $3, updated_at = $2,
                    state = case state when 'pending' then 'running' else state end
                  where id in (
                    select j.id from aggregator.training_jobs j
                    where (j.lease_until is null or j.lease_until < $2)
                      and (j.state in ('pending', 'running')
                        or exists (select 1 from aggregator.rounds r where r.job_id = j.id and not r.settled))
                    order by j.created_at limit $4 for update skip locked)
                  returning *
                  """,
                  token,
                  now,
                  leaseUntil,
                  limit)) {
            jobs.add(toDomain(row));
          }
          return jobs;
        });
  }

  @Override
  public Map<JobId, Boolean> renew(UUID token, Collection<JobId> jobs, Instant leaseUntil) {
    return transactions.readCommitted(
        "renew-leases",
        connection -> {
          Map<JobId, Boolean> held = new HashMap<>();
          for (Row row :
              run(
                  connection,
                  """
                  update aggregator.training_jobs set lease_until = $3
                  where lease_token = $1 and id = any($2) returning id, state
                  """,
                  token,
                  jobs.stream().map(JobId::value).toArray(UUID[]::new),
                  leaseUntil)) {
            held.put(new JobId(row.getUUID("id")), JobState.of(row.getString("state")).active());
          }
          return held;
        });
  }

  @Override
  public void giveUp(UUID token, Collection<JobId> jobs) {
    transactions.readCommitted(
        "give-up-leases",
        connection ->
            run(
                    connection,
                    """
                    update aggregator.training_jobs set lease_token = null, lease_until = null
                    where lease_token = $1 and id = any($2)
                    """,
                    token,
                    jobs.stream().map(JobId::value).toArray(UUID[]::new))
                .rowCount());
  }

  /** The algorithm of a row with the columns of a job. */
  static Algorithm algorithm(Row row) {
    String id = row.getString("algorithm");
    return switch (id) {
      case Algorithm.FedAvg.ID -> new Algorithm.FedAvg();
      case Algorithm.FedProx.ID -> new Algorithm.FedProx(row.getDouble("proximal_mu"));
      case Algorithm.FedAdam.ID ->
          new Algorithm.FedAdam(
              row.getDouble("beta1"), row.getDouble("beta2"), row.getDouble("tau"));
      default -> throw new IllegalStateException("a job has the unknown algorithm " + id);
    };
  }

  private static Aggregation aggregation(Row row) {
    String id = row.getString("aggregation");
    return switch (id) {
      case Aggregation.Mean.ID -> new Aggregation.Mean();
      case Aggregation.TrimmedMean.ID ->
          new Aggregation.TrimmedMean(row.getDouble("trim_fraction"));
      case Aggregation.CoordinateMedian.ID -> new Aggregation.CoordinateMedian();
      default -> throw new IllegalStateException("a job has the unknown aggregation " + id);
    };
  }

  private static TrainingJob toDomain(Row row) {
    return new TrainingJob(
        new JobId(row.getUUID("id")),
        new FederationName(row.getString("federation")),
        new ModelName(row.getString("model")),
        new TrainingPlan(
            algorithm(row),
            row.getInteger("rounds"),
            row.getInteger("min_updates"),
            row.getInteger("local_epochs"),
            row.getDouble("learning_rate"),
            row.getDouble("server_learning_rate"),
            row.getInteger("cohort"),
            Duration.ofMillis(row.getLong("phase_timeout_millis")),
            Sql.optionalInt(row, "max_examples"),
            aggregation(row)),
        JobState.of(row.getString("state")),
        Optional.ofNullable(row.getString("reason")),
        row.getBoolean("pause_requested"),
        row.getInteger("rounds_completed"),
        Sql.instant(row, "created_at"),
        Sql.instant(row, "updated_at"));
  }
}
