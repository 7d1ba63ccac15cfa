-- Whose updates to which model were summed. Two sums of nearly the same devices over the same model give the difference away, and
-- only the relay can tell, since a device has another pseudonym in every round.
CREATE TABLE relay.summed_cohort (
    round_id   bytea       PRIMARY KEY REFERENCES relay.session (round_id) ON DELETE CASCADE,
    federation text        NOT NULL,
    -- SHA-256 of the weights that the updates start from.
    model_hash bytea       NOT NULL CHECK (octet_length(model_hash) = 32),
    devices    uuid[]      NOT NULL,
    summed_at  timestamptz NOT NULL
);
CREATE INDEX summed_cohort_model ON relay.summed_cohort (federation, model_hash);
