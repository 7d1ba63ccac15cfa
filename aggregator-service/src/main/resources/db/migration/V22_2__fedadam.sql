-- FedAdam: an adaptive server, whose state belongs to a model version.

alter table aggregator.training_jobs
    add column beta1 double precision check (beta1 >= 0 and beta1 < 1),
    add column beta2 double precision check (beta2 >= 0 and beta2 < 1),
    add column tau   double precision check (tau > 0),
    drop constraint training_jobs_algorithm_check,
    add constraint training_jobs_algorithm_check check (algorithm in ('fedavg', 'fedprox', 'fedadam')),
    add constraint training_jobs_fedadam_present check (
        (algorithm = 'fedadam') = (beta1 is not null)
        and (algorithm = 'fedadam') = (beta2 is not null)
        and (algorithm = 'fedadam') = (tau is not null));

-- Moments after the round that made the version, or after a rebuild. They go on in rounds of the same job only.
create table aggregator.server_moments (
    federation    text        not null,
    name          text        not null,
    version       integer     not null,
    job_id        uuid        not null references aggregator.training_jobs (id),
    -- Binary64, little-endian, one for each coordinate of the model.
    first_moment  bytea       not null,
    second_moment bytea       not null check (octet_length(second_moment) = octet_length(first_moment)),
    created_at    timestamptz not null,
    primary key (federation, name, version),
    foreign key (federation, name, version) references aggregator.model_versions (federation, name, version)
);
alter table aggregator.server_moments alter column first_moment set storage external;
alter table aggregator.server_moments alter column second_moment set storage external;
