-- Devices that were found out to send what does not fit, under the pseudonym they have in the round.
create table aggregator.faults (
    round_id    uuid    not null references aggregator.rounds (id),
    index       integer not null,
    kind        text    not null check (kind in ('wrong_shares', 'unopened_shares')),
    -- How many secrets its shares did not fit, or how many neighbours could not open what it made.
    occurrences integer not null check (occurrences > 0),
    primary key (round_id, index, kind),
    foreign key (round_id, index) references aggregator.participants (round_id, index)
);
