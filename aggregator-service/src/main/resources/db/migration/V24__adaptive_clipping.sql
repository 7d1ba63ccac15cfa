-- Adaptive clipping: the clipping norm of a job follows the updates of its devices.

alter table aggregator.rounds
    -- How the norm moves after the round; null: it is fixed. The norm of the round itself is clip_norm.
    add column clipping_initial_norm  double precision check (clipping_initial_norm > 0),
    add column clipping_quantile      double precision check (clipping_quantile > 0 and clipping_quantile < 1),
    add column clipping_learning_rate double precision check (clipping_learning_rate > 0),
    add column clipping_bit_noise     double precision check (clipping_bit_noise > 0),
    -- Released sum of +1 for each update within the norm and -1 for each other one, with noise; null until published.
    add column clipping_bits          bigint,
    add constraint rounds_clipping_present check (
        (clipping_initial_norm is null) = (clipping_quantile is null)
        and (clipping_initial_norm is null) = (clipping_learning_rate is null)
        and (clipping_initial_norm is null) = (clipping_bit_noise is null)
        and (clipping_initial_norm is not null or clipping_bits is null));

-- The norm of the next round after the round that made the version, or after a rebuild. It goes on in rounds of the same job, and
-- from the same start, only.
create table aggregator.clipping_norms (
    federation   text             not null,
    name         text             not null,
    version      integer          not null,
    job_id       uuid             not null references aggregator.training_jobs (id),
    initial_norm double precision not null check (initial_norm > 0),
    norm         double precision not null check (norm > 0),
    created_at   timestamptz      not null,
    primary key (federation, name, version),
    foreign key (federation, name, version) references aggregator.model_versions (federation, name, version)
);
