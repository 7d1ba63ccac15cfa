-- Rounds without secure aggregation: sums, or updates for a robust aggregation, are sealed for the driver of the round.

alter table aggregator.training_jobs
    add column aggregation   text not null default 'mean'
        check (aggregation in ('mean', 'trimmed_mean', 'coordinate_median')),
    add column trim_fraction double precision check (trim_fraction > 0 and trim_fraction < 0.5),
    add constraint training_jobs_trim_fraction_present check ((aggregation = 'trimmed_mean') = (trim_fraction is not null)),
    add constraint training_jobs_robust_unweighted check (aggregation = 'mean' or max_examples is null);

alter table aggregator.rounds
    -- X25519 key that batches of uploads are sealed for; null with secure aggregation. The private key is in memory only.
    add column seal_key          bytea   check (octet_length(seal_key) = 32),
    -- Whether a batch holds its updates one by one; else it holds their sum.
    add column sealed_separately boolean not null default false,
    -- Values behind each coordinate of the aggregate of a robust aggregation.
    add column kept              integer check (kept > 0);

create or replace function aggregator.audit_job() returns trigger language plpgsql as $$
declare
    event text := new.state;
begin
    if tg_op = 'UPDATE' and new.state = old.state then
        if not new.pause_requested or old.pause_requested then
            return null;
        end if;
        event := 'pause-requested';
    end if;
    perform aggregator.audit(new.federation, 'training.' || event, 'aggregator', new.updated_at,
        jsonb_build_object('job_id', new.id, 'model', new.model, 'algorithm', new.algorithm, 'rounds', new.rounds,
            'rounds_completed', new.rounds_completed, 'cohort', new.cohort, 'min_updates', new.min_updates,
            'aggregation', new.aggregation, 'reason', new.reason));
    return null;
end
$$;
