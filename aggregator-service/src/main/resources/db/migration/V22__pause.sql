-- A job that runs pauses once its round is over.

alter table aggregator.training_jobs add column pause_requested boolean not null default false;

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
            'reason', new.reason));
    return null;
end
$$;
drop trigger jobs_are_audited on aggregator.training_jobs;
create trigger jobs_are_audited after insert or update of state, pause_requested on aggregator.training_jobs
    for each row execute function aggregator.audit_job();
