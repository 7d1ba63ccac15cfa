-- Devices, sessions and what passes through them. docs/data-model/relay.md describes the states.

-- The key of the enrolment authority, if it is not in a file. At most one row.
CREATE TABLE relay.enrollment_authority (
    singleton  boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    seed       bytea       NOT NULL CHECK (octet_length(seed) = 32),
    created_at timestamptz NOT NULL
);

CREATE TABLE relay.enrollment_code (
    code_hash  bytea       PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    device_id  uuid        NOT NULL UNIQUE,
    federation text        NOT NULL,
    region     text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE INDEX enrollment_code_open ON relay.enrollment_code (federation, expires_at) WHERE used_at IS NULL;

CREATE TABLE relay.device (
    device_id             uuid        PRIMARY KEY,
    federation            text        NOT NULL,
    region                text,
    public_key            bytea       NOT NULL CHECK (octet_length(public_key) = 32),
    certificate_content   bytea       NOT NULL,
    certificate_signature bytea       NOT NULL,
    enrolled_at           timestamptz NOT NULL,
    revoked_at            timestamptz,
    UNIQUE (federation, public_key)
);

CREATE TABLE relay.device_token (
    token_hash bytea       PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    device_id  uuid        NOT NULL REFERENCES relay.device (device_id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX device_token_device ON relay.device_token (device_id);

CREATE TABLE relay.session (
    round_id                 bytea       PRIMARY KEY CHECK (octet_length(round_id) = 16),
    federation               text        NOT NULL,
    -- Exactly the bytes that the aggregator sent; round_hash is over them.
    parameters               bytea       NOT NULL,
    round_hash               bytea       NOT NULL CHECK (octet_length(round_hash) = 32),
    target_cohort            integer     NOT NULL CHECK (target_cohort >= 1),
    min_survivors            integer     NOT NULL CHECK (min_survivors BETWEEN 1 AND target_cohort),
    advertise_deadline       timestamptz NOT NULL,
    share_deadline           timestamptz NOT NULL,
    upload_deadline          timestamptz NOT NULL,
    sign_survivors_deadline  timestamptz NOT NULL,
    reveal_deadline          timestamptz NOT NULL,
    regions                  text[]      NOT NULL,
    -- All null without secure aggregation.
    adversary                text CHECK (adversary IN ('SEMI_HONEST', 'SEMI_MALICIOUS')),
    corrupt_fraction         double precision,
    dropout_fraction         double precision,
    security_bits            integer,
    correctness_bits         integer,
    reconstruction_threshold double precision,
    graph_nonce_commitment   bytea,
    phase                    text        NOT NULL
        CHECK (phase IN ('ADVERTISE', 'ROSTER_CLOSED', 'SHARE', 'SHARED', 'CLOSED', 'ABORTED')),
    revision                 bigint      NOT NULL,
    checked_in               integer     NOT NULL DEFAULT 0 CHECK (checked_in BETWEEN 0 AND target_cohort),
    ticket_key               bytea       NOT NULL CHECK (octet_length(ticket_key) = 32),
    ticket_seed              bytea,
    roster_root              bytea,
    roster_size              integer,
    degree                   integer,
    threshold                integer,
    graph_nonce              bytea,
    sharers                  bytea,
    abort_reason             text,
    abort_detail             text,
    expired                  boolean     NOT NULL DEFAULT false,
    opened_at                timestamptz NOT NULL,
    ended_at                 timestamptz,
    CHECK ((adversary IS NULL) = (graph_nonce_commitment IS NULL)),
    CHECK ((phase = 'ABORTED') = (abort_reason IS NOT NULL)),
    -- Secrets do not outlive a session.
    CHECK ((phase IN ('CLOSED', 'ABORTED')) = (ended_at IS NOT NULL)),
    CHECK (ended_at IS NULL OR (ticket_seed IS NULL AND graph_nonce IS NULL))
);
CREATE INDEX session_open ON relay.session (federation, opened_at) WHERE ended_at IS NULL;

-- Which device takes part under which pseudonym. Nothing outside this schema ever sees both.
CREATE TABLE relay.admission (
    round_id         bytea       NOT NULL REFERENCES relay.session (round_id) ON DELETE CASCADE,
    device_id        uuid        NOT NULL REFERENCES relay.device (device_id) ON DELETE CASCADE,
    participant_id   bytea       NOT NULL CHECK (octet_length(participant_id) = 16),
    round_public_key bytea       NOT NULL CHECK (octet_length(round_public_key) = 32),
    ticket_content   bytea       NOT NULL,
    ticket_signature bytea       NOT NULL,
    admitted_at      timestamptz NOT NULL,
    PRIMARY KEY (round_id, device_id),
    UNIQUE (round_id, participant_id),
    UNIQUE (round_id, round_public_key)
);
CREATE INDEX admission_device ON relay.admission (device_id, round_public_key);

CREATE TABLE relay.advert (
    round_id              bytea       NOT NULL,
    participant_id        bytea       NOT NULL,
    mask_public_key       bytea       NOT NULL CHECK (octet_length(mask_public_key) = 32),
    share_public_key      bytea       NOT NULL CHECK (octet_length(share_public_key) = 32),
    self_mask_commitment  bytea       NOT NULL CHECK (octet_length(self_mask_commitment) = 32),
    round_public_key      bytea       NOT NULL CHECK (octet_length(round_public_key) = 32),
    certificate_content   bytea       NOT NULL,
    certificate_signature bytea       NOT NULL,
    device_public_key     bytea       NOT NULL CHECK (octet_length(device_public_key) = 32),
    signature             bytea       NOT NULL CHECK (octet_length(signature) = 64),
    advertised_at         timestamptz NOT NULL,
    PRIMARY KEY (round_id, participant_id),
    FOREIGN KEY (round_id, participant_id)
        REFERENCES relay.admission (round_id, participant_id) ON DELETE CASCADE,
    UNIQUE (round_id, mask_public_key),
    UNIQUE (round_id, share_public_key),
    UNIQUE (round_id, device_public_key)
);

-- All encrypted shares of one device in one row: one ciphertext of fixed length per neighbour, by rising index.
CREATE TABLE relay.share_bundle (
    round_id     bytea       NOT NULL REFERENCES relay.session (round_id) ON DELETE CASCADE,
    from_index   integer     NOT NULL CHECK (from_index >= 0),
    ciphertexts  bytea       NOT NULL,
    submitted_at timestamptz NOT NULL,
    PRIMARY KEY (round_id, from_index)
);
-- Ciphertexts do not compress, and uncompressed values can be cut without reading them whole.
ALTER TABLE relay.share_bundle ALTER COLUMN ciphertexts SET STORAGE EXTERNAL;
