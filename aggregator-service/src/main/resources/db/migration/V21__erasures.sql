-- Erasure of a data subject: who was excluded, which rounds it took part in, and models that were rebuilt without them.

create table aggregator.erasures (
    id           uuid        primary key,
    federation   text        not null,
    -- Under which the relay knows the device; the device's identifier is never here.
    pseudonym    text        not null check (pseudonym ~ '^[0-9a-f]{32}$'),
    reason       text        not null,
    requested_by text        not null,
    requested_at timestamptz not null,
    unique (federation, pseudonym)
);

create table aggregator.erasure_rounds (
    erasure_id  uuid        not null references aggregator.erasures (id),
    round_id    uuid        not null,
    admitted_at timestamptz not null,
    -- Whether an update of the device is in the sum of the round.
    counted     boolean     not null,
    primary key (erasure_id, round_id)
);

create table aggregator.rebuilds (
    id           uuid        primary key,
    erasure_id   uuid        not null references aggregator.erasures (id),
    model        text        not null,
    from_version integer     not null check (from_version > 0),
    -- The version that was made; null: it could not be, and problem says why.
    version      integer     check (version > from_version),
    replayed     integer     check (replayed >= 0),
    excluded     uuid[]      not null,
    problem      text,
    created_at   timestamptz not null,
    check ((version is null) = (problem is not null)),
    check ((version is null) = (replayed is null))
);
create index rebuilds_of_erasure on aggregator.rebuilds (erasure_id, created_at);

alter table aggregator.model_versions
    -- Of a rebuilt version: the version that it replaces, and the rounds of that one that are not in it.
    add column rebuilt_from integer check (rebuilt_from < version),
    add column excluded     uuid[],
    add check ((rebuilt_from is null) = (excluded is null)),
    add check (rebuilt_from is null or round_id is null);

create function aggregator.audit_erasure() returns trigger language plpgsql as $$
begin
    perform aggregator.audit(new.federation, 'erasure.requested', new.requested_by, new.requested_at,
        jsonb_build_object('erasure_id', new.id, 'pseudonym', new.pseudonym, 'reason', new.reason));
    return null;
end
$$;
create trigger erasures_are_audited after insert on aggregator.erasures
    for each row execute function aggregator.audit_erasure();

create function aggregator.audit_rebuild() returns trigger language plpgsql as $$
begin
    perform aggregator.audit(e.federation, case when new.version is null then 'model.rebuild-impossible' else 'model.rebuilt' end,
        'aggregator', new.created_at,
        jsonb_build_object('erasure_id', e.id, 'pseudonym', e.pseudonym, 'model', new.model, 'from_version', new.from_version,
            'version', new.version, 'replayed', new.replayed, 'problem', new.problem,
            'excluded', (select jsonb_agg(encode(uuid_send(round), 'hex')) from unnest(new.excluded) as round)))
      from aggregator.erasures e where e.id = new.erasure_id;
    return null;
end
$$;
create trigger rebuilds_are_audited after insert on aggregator.rebuilds
    for each row execute function aggregator.audit_rebuild();

create function aggregator.audit_retention() returns trigger language plpgsql as $$
begin
    perform aggregator.audit(new.federation, 'round.aggregate-erased', 'aggregator', now(),
        jsonb_build_object('round_id', encode(uuid_send(new.id), 'hex'), 'model', new.model, 'number', new.number));
    return null;
end
$$;
create trigger retention_is_audited after update of aggregate on aggregator.rounds
    for each row when (old.aggregate is not null and new.aggregate is null) execute function aggregator.audit_retention();
create index rounds_with_aggregate on aggregator.rounds (updated_at) where aggregate is not null;
