package com.octomil.privacy.aggregator.store;

import static com.octomil.privacy.aggregator.store.Sql.run;

import com.octomil.privacy.aggregator.domain.Abort;
import com.octomil.privacy.aggregator.domain.AbortReason;
import com.octomil.privacy.aggregator.domain.FederationName;
import com.octomil.privacy.aggregator.domain.JobId;
import com.octomil.privacy.aggregator.domain.JobProgress;
import com.octomil.privacy.aggregator.domain.JobState;
import com.octomil.privacy.aggregator.domain.ProgressStore;
import com.octomil.privacy.aggregator.domain.RoundId;
import com.octomil.privacy.aggregator.domain.RoundState;
import com.octomil.privacy.kit.db.Transactions;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@link ProgressStore} in PostgreSQL. */
@ApplicationScoped
public class PostgresProgressStore implements ProgressStore {

  private final Transactions transactions;

  PostgresProgressStore(Transactions transactions) {
    this.transactions = transactions;
  }

  @Override
  public Optional<JobProgress> progress(FederationName federation, JobId id, int fromRound) {
    // One statement, so that job and rounds are of the same instant.
    return transactions.readCommitted(
        "job-progress",
        connection -> {
          Optional<JobProgress> progress = Optional.empty();
          List<JobProgress.Attempt> attempts = new ArrayList<>();
          for (Row row :
              run(
                  connection,
                  """
                  select j.state as job_state, j.reason, j.pause_requested, j.rounds, j.rounds_completed, r.id, r.number,
                    r.attempt, r.state, r.checked_in, r.cohort, r.survivor_count, r.published_version, r.epsilon_spent,
                    r.abort_reason, r.abort_detail, r.clip_norm
                  from aggregator.training_jobs j
                    left join aggregator.rounds r on r.job_id = j.id and r.number >= $3
                  where j.id = $1 and j.federation = $2 order by r.number, r.attempt
                  """,
                  id.value(),
                  federation.value(),
                  fromRound)) {
            if (row.getUUID("id") != null) {
              attempts.add(attempt(row));
            }
            progress =
                Optional.of(
                    new JobProgress(
                        JobState.of(row.getString("job_state")),
                        Optional.ofNullable(row.getString("reason")),
                        row.getBoolean("pause_requested"),
                        row.getInteger("rounds"),
                        row.getInteger("rounds_completed"),
                        List.of()));
          }
          return progress.map(job ->
              new JobProgress(
                  job.state(),
                  job.reason(),
                  job.pauseRequested(),
                  job.roundsRequested(),
                  job.roundsCompleted(),
                  attempts));
        });
  }

  private static JobProgress.Attempt attempt(Row row) {
    return new JobProgress.Attempt(
        row.getInteger("number"),
        row.getInteger("attempt"),
        new RoundId(row.getUUID("id")),
        RoundState.of(row.getString("state")),
        Sql.optionalInt(row, "checked_in"),
        Sql.optionalInt(row, "cohort"),
        Sql.optionalInt(row, "survivor_count"),
        Sql.optionalInt(row, "published_version"),
        Sql.optionalDecimal(row, "epsilon_spent"),
        Sql.optionalDouble(row, "clip_norm"),
        Optional.ofNullable(row.getString("abort_reason"))
            .map(reason -> new Abort(AbortReason.of(reason), row.getString("abort_detail"))));
  }
}
