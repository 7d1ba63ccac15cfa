-- What the aggregator reports to the audit log, each in the transaction that makes it true.

create function aggregator.audit_round() returns trigger language plpgsql as $$
declare
    r aggregator.rounds;
begin
    if tg_op = 'DELETE' then
        r := old;
    else
        r := new;
    end if;
    if tg_op = 'UPDATE' and new.state = old.state and new.settled = old.settled then
        return null;
    end if;
    perform aggregator.audit(r.federation,
        'round.' || case
            when tg_op = 'DELETE' then 'discarded'
            when tg_op = 'UPDATE' and new.state = old.state then 'settled'
            else r.state
        end,
        'aggregator', r.updated_at,
        jsonb_build_object(
            'round_id', encode(uuid_send(r.id), 'hex'), 'job_id', r.job_id, 'model', r.model, 'number', r.number,
            'attempt', r.attempt, 'model_version', r.model_version, 'reservation_id', r.reservation_id,
            'federation_version', r.federation_version, 'secure_aggregation', r.secure_aggregation,
            'noise_multiplier', r.noise_multiplier, 'clip_norm', r.clip_norm, 'target_cohort', r.target_cohort,
            'min_survivors', r.min_survivors)
        || jsonb_build_object(
            'checked_in', r.checked_in, 'cohort', r.cohort, 'sharers', r.sharers, 'survivors', r.survivor_count,
            'signed', r.signed_count, 'revealed', r.revealed_count, 'published_version', r.published_version,
            'published_sha256', encode(r.published_hash, 'hex'), 'abort_reason', r.abort_reason,
            'abort_detail', r.abort_detail, 'epsilon_spent', r.epsilon_spent));
    return null;
end
$$;
create trigger rounds_are_audited after insert or update of state, settled or delete on aggregator.rounds
    for each row execute function aggregator.audit_round();

create function aggregator.audit_job() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and new.state = old.state then
        return null;
    end if;
    perform aggregator.audit(new.federation, 'training.' || new.state, 'aggregator', new.updated_at,
        jsonb_build_object('job_id', new.id, 'model', new.model, 'algorithm', new.algorithm, 'rounds', new.rounds,
            'rounds_completed', new.rounds_completed, 'cohort', new.cohort, 'min_updates', new.min_updates,
            'reason', new.reason));
    return null;
end
$$;
create trigger jobs_are_audited after insert or update of state on aggregator.training_jobs
    for each row execute function aggregator.audit_job();

create function aggregator.audit_model_version() returns trigger language plpgsql as $$
begin
    perform aggregator.audit(new.federation, 'model.version-created', 'aggregator', new.created_at,
        jsonb_build_object('model', new.name, 'version', new.version, 'sha256', encode(new.sha256, 'hex'),
            'round_id', encode(uuid_send(new.round_id), 'hex')));
    return null;
end
$$;
create trigger model_versions_are_audited after insert on aggregator.model_versions
    for each row execute function aggregator.audit_model_version();

create function aggregator.audit_fault() returns trigger language plpgsql as $$
begin
    perform aggregator.audit(r.federation, 'device.fault', 'aggregator', now(),
        jsonb_build_object('round_id', encode(uuid_send(r.id), 'hex'), 'kind', new.kind,
            'occurrences', new.occurrences, 'participant_id', encode(uuid_send(p.participant_id), 'hex')))
      from aggregator.rounds r join aggregator.participants p on p.round_id = r.id and p.index = new.index
     where r.id = new.round_id;
    return null;
end
$$;
create trigger faults_are_audited after insert on aggregator.faults
    for each row execute function aggregator.audit_fault();
