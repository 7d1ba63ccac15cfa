-- How a large roster is split; null: it is not.
alter table aggregator.rounds
    add column max_group_size      integer,
    add column min_group_survivors integer,
    -- Set when uploading starts, with secure aggregation.
    add column groups              integer check (groups > 0),
    add check ((max_group_size is null) = (min_group_survivors is null));
update aggregator.rounds set groups = 1 where roster_root is not null;

-- Each group is unmasked on its own.
alter table aggregator.upload_batches add column group_index integer not null default 0 check (group_index >= 0);

-- Groups that could not be unmasked: the round went on without them.
create table aggregator.left_out_groups (
    round_id    uuid    not null references aggregator.rounds (id),
    group_index integer not null check (group_index >= 0),
    reason      text    not null,
    detail      text    not null,
    primary key (round_id, group_index)
);
