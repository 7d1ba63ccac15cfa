-- Schema of the aggregator: models, training jobs, rounds and what devices sent for them.
-- docs/data-model/aggregator.md explains every table and the life cycles.

create table aggregator.models (
    federation     text        not null,
    name           text        not null,
    vector_length  integer     not null check (vector_length > 0),
    latest_version integer     not null check (latest_version > 0),
    created_at     timestamptz not null,
    primary key (federation, name)
);

create table aggregator.training_jobs (
    id                   uuid             primary key,
    federation           text             not null,
    model                text             not null,
    algorithm            text             not null check (algorithm in ('fedavg')),
    rounds               integer          not null check (rounds > 0),
    min_updates          integer          not null check (min_updates > 0),
    cohort               integer          not null check (cohort > 0),
    local_epochs         integer          not null check (local_epochs > 0),
    learning_rate        double precision not null check (learning_rate > 0),
    server_learning_rate double precision not null check (server_learning_rate > 0),
    phase_timeout_millis bigint           not null check (phase_timeout_millis > 0),
    state                text             not null
        check (state in ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    reason               text,
    rounds_completed     integer          not null default 0 check (rounds_completed >= 0),
    lease_token          uuid,
    lease_until          timestamptz,
    created_at           timestamptz      not null,
    updated_at           timestamptz      not null,
    foreign key (federation, model) references aggregator.models (federation, name)
);

-- At most one job of a federation runs at a time.
create unique index training_jobs_one_active on aggregator.training_jobs (federation)
    where state in ('pending', 'running');
create index training_jobs_by_federation on aggregator.training_jobs (federation, created_at desc);

create table aggregator.rounds (
    id                  uuid        primary key,
    job_id              uuid        not null references aggregator.training_jobs (id),
    federation          text        not null,
    model               text        not null,
    number              integer     not null check (number > 0),
    attempt             integer     not null check (attempt > 0),
    state               text        not null check (state in ('reserving', 'open', 'uploading', 'signing', 'revealing',
                                                              'unmasking', 'published', 'committed', 'aborted')),
    model_version       integer     not null check (model_version > 0),
    -- Set when the round opens.
    parameters          bytea,
    round_hash          bytea       check (octet_length(round_hash) = 32),
    ticket_key          bytea       check (octet_length(ticket_key) = 32),
    graph_nonce         bytea,
    reservation_id      text,
    federation_version  integer,
    secure_aggregation  boolean,
    vector_length       integer,
    clip_norm           double precision,
    grid_step           double precision,
    ring_bits           integer,
    noise_multiplier    double precision,
    target_cohort       integer,
    min_survivors       integer,
    upload_deadline     timestamptz,
    sign_deadline       timestamptz,
    reveal_deadline     timestamptz,
    -- Set when uploading starts.
    roster_root         bytea,
    degree              integer,
    threshold           integer,
    cohort              integer,
    checked_in          integer,
    sharers             integer,
    -- Set when uploading ends.
    survivors           bytea,
    survivor_count      integer,
    signed_count        integer,
    revealed_count      integer,
    -- Set with the release: the published sum, noised where differential privacy is on, int64 little-endian.
    aggregate           bytea,
    published_version   integer,
    published_hash      bytea       check (octet_length(published_hash) = 32),
    -- True from the moment a sum may have been unmasked: the reservation is then never given back.
    sum_unmasked        boolean     not null default false,
    abort_reason        text,
    abort_detail        text,
    -- True once the budget service and the relay have heard how the round ended.
    settled             boolean     not null default false,
    epsilon_spent       numeric,
    created_at          timestamptz not null,
    updated_at          timestamptz not null,
    unique (job_id, number, attempt)
);

create index rounds_unsettled on aggregator.rounds (job_id) where not settled;
create unique index rounds_one_published on aggregator.rounds (job_id, number) where state in ('published', 'committed');

create table aggregator.model_versions (
    federation text        not null,
    name       text        not null,
    version    integer     not null check (version > 0),
    sha256     bytea       not null check (octet_length(sha256) = 32),
    content    bytea       not null,
    -- The round that made this version; absent for uploaded weights.
    round_id   uuid        references aggregator.rounds (id),
    created_at timestamptz not null,
    primary key (federation, name, version),
    foreign key (federation, name) references aggregator.models (federation, name)
);

-- Float bits and masked sums do not compress: do not let TOAST try.
alter table aggregator.model_versions alter column content set storage external;
alter table aggregator.rounds alter column aggregate set storage external;

create table aggregator.participants (
    round_id             uuid    not null references aggregator.rounds (id),
    index                integer not null check (index >= 0),
    participant_id       uuid    not null,
    mask_public_key      bytea   not null,
    self_mask_commitment bytea   not null,
    round_public_key     bytea   not null check (octet_length(round_public_key) = 32),
    shared               boolean not null,
    primary key (round_id, index),
    unique (round_id, participant_id)
);

-- One row for each group commit: the sum modulo 2^ring_bits of some uploads, int32 little-endian.
create table aggregator.upload_batches (
    id           uuid        primary key,
    round_id     uuid        not null references aggregator.rounds (id),
    sum          bytea       not null,
    contributors integer     not null check (contributors > 0),
    created_at   timestamptz not null
);
alter table aggregator.upload_batches alter column sum set storage external;
create index upload_batches_by_round on aggregator.upload_batches (round_id);

-- Whose uploads are in the sum. The key makes a retried upload count once, on whichever replica it lands.
create table aggregator.contributors (
    round_id       uuid    not null references aggregator.rounds (id),
    index          integer not null,
    batch_id       uuid    not null,
    payload_sha256 bytea   not null check (octet_length(payload_sha256) = 32),
    primary key (round_id, index),
    foreign key (round_id, index) references aggregator.participants (round_id, index)
);

create table aggregator.survivor_signatures (
    round_id  uuid    not null references aggregator.rounds (id),
    index     integer not null,
    signature bytea   not null check (octet_length(signature) = 64),
    primary key (round_id, index)
);

-- Who revealed, with a digest of what, so that a repetition is told from a change after the shares are erased.
create table aggregator.reveals (
    round_id     uuid    not null references aggregator.rounds (id),
    holder_index integer not null,
    items_sha256 bytea   not null check (octet_length(items_sha256) = 32),
    primary key (round_id, holder_index)
);

-- Erased with the release or the abort.
create table aggregator.revealed_shares (
    round_id     uuid     not null references aggregator.rounds (id),
    owner_index  integer  not null,
    holder_index integer  not null,
    kind         text     not null check (kind in ('self_mask_seed', 'mask_key')),
    share        bytea    not null,
    primary key (round_id, owner_index, holder_index)
);
