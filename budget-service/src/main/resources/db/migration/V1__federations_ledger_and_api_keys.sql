-- Federations, their versions, their privacy configurations, the epsilon ledger and API keys.
-- Money-like values are integers (nano-epsilon) or exact decimals, never floating point.

CREATE TABLE budget.federation (
  name            text PRIMARY KEY CHECK (name ~ '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'),
  current_version integer NOT NULL CHECK (current_version >= 1),
  -- Counts every change of the federation and its configuration.
  revision        bigint NOT NULL CHECK (revision >= 1),
  created_at      timestamptz NOT NULL,
  created_by      text NOT NULL
);

CREATE TABLE budget.federation_version (
  federation          text NOT NULL REFERENCES budget.federation (name),
  version             integer NOT NULL CHECK (version >= 1),
  -- Number of the configuration in force; 0 until there is one.
  configuration       integer NOT NULL CHECK (configuration >= 0),
  -- Epsilon of the committed rounds, rounded up. Never falls (trigger below).
  epsilon_spent_nanos bigint NOT NULL CHECK (epsilon_spent_nanos >= 0),
  opened_at           timestamptz NOT NULL,
  opened_by           text NOT NULL,
  reason              text NOT NULL,
  PRIMARY KEY (federation, version)
);

-- One row for every configuration that was ever in force. Append-only (trigger below).
CREATE TABLE budget.privacy_configuration (
  federation                text NOT NULL,
  version                   integer NOT NULL,
  number                    integer NOT NULL CHECK (number >= 1),
  dp_enabled                boolean NOT NULL,
  epsilon                   numeric CHECK (epsilon > 0),
  delta                     numeric CHECK (delta > 0 AND delta < 1),
  noise_multiplier          numeric CHECK (noise_multiplier > 0),
  max_grad_norm             numeric NOT NULL CHECK (max_grad_norm > 0),
  adjacency                 text NOT NULL CHECK (adjacency IN ('ADD_REMOVE', 'REPLACE_ONE')),
  noise_placement           text NOT NULL CHECK (noise_placement IN ('SERVER')),
  sa_enabled                boolean NOT NULL,
  min_participating_clients integer CHECK (min_participating_clients >= 1),
  reconstruction_threshold  numeric CHECK (reconstruction_threshold > 0 AND reconstruction_threshold <= 1),
  adversary                 text NOT NULL CHECK (adversary IN ('SEMI_HONEST', 'SEMI_MALICIOUS')),
  corrupt_fraction          numeric NOT NULL CHECK (corrupt_fraction >= 0 AND corrupt_fraction < 1),
  dropout_fraction          numeric NOT NULL CHECK (dropout_fraction >= 0 AND dropout_fraction < 1),
  security_bits             integer NOT NULL CHECK (security_bits >= 1),
  correctness_bits          integer NOT NULL CHECK (correctness_bits >= 1),
  expected_cohort           integer NOT NULL CHECK (expected_cohort >= 1),
  quantization_bits         integer NOT NULL CHECK (quantization_bits BETWEEN 1 AND 31),
  regions                   text[] NOT NULL,
  changed_at                timestamptz NOT NULL,
  changed_by                text NOT NULL,
  PRIMARY KEY (federation, version, number),
  FOREIGN KEY (federation, version) REFERENCES budget.federation_version (federation, version),
  CHECK (NOT dp_enabled OR (epsilon IS NOT NULL AND delta IS NOT NULL AND noise_multiplier IS NOT NULL)),
  CHECK (NOT sa_enabled OR (min_participating_clients IS NOT NULL AND reconstruction_threshold IS NOT NULL))
);

CREATE TABLE budget.reservation (
  id                  uuid PRIMARY KEY,
  sequence            bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  federation          text NOT NULL,
  version             integer NOT NULL,
  configuration       integer NOT NULL,
  round_id            bytea NOT NULL CHECK (octet_length(round_id) BETWEEN 1 AND 64),
  attempt             integer NOT NULL CHECK (attempt >= 1),
  state               text NOT NULL CHECK (state IN ('RESERVED', 'COMMITTED', 'RELEASED')),
  -- Null: the round runs without differential privacy.
  noise_multiplier    numeric CHECK (noise_multiplier > 0),
  -- What is spent if this and all earlier reservations are committed.
  epsilon_after_nanos bigint NOT NULL CHECK (epsilon_after_nanos >= 0),
  reserved_at         timestamptz NOT NULL,
  resolved_at         timestamptz,
  -- Of a committed round.
  cohort              integer CHECK (cohort >= 0),
  survivors           integer CHECK (survivors >= 0 AND survivors <= cohort),
  epsilon_spent_nanos bigint CHECK (epsilon_spent_nanos >= 0),
  epsilon_added_nanos bigint CHECK (epsilon_added_nanos >= 0),
  -- Of a released round.
  release_reason      text,
  release_detail      text,
  UNIQUE (federation, round_id, attempt),
  FOREIGN KEY (federation, version, configuration)
    REFERENCES budget.privacy_configuration (federation, version, number),
  CHECK ((state = 'RESERVED') = (resolved_at IS NULL)),
  CHECK ((state = 'COMMITTED') = (cohort IS NOT NULL)),
  CHECK ((state = 'COMMITTED') = (survivors IS NOT NULL)),
  CHECK ((state = 'COMMITTED') = (epsilon_spent_nanos IS NOT NULL)),
  CHECK ((state = 'COMMITTED') = (epsilon_added_nanos IS NOT NULL)),
  CHECK ((state = 'RELEASED') = (release_reason IS NOT NULL)),
  CHECK ((state = 'RELEASED') = (release_detail IS NOT NULL))
);

-- For the tallies of the accountant, and the history in the order of the ledger.
CREATE INDEX reservation_tally ON budget.reservation (federation, version, state, noise_multiplier);
CREATE INDEX reservation_history ON budget.reservation (federation, version, sequence);

CREATE TABLE budget.api_key (
  id         uuid PRIMARY KEY,
  sha256     bytea NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
  name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 63),
  scopes     text[] NOT NULL
    CHECK (cardinality(scopes) >= 1 AND scopes <@ ARRAY ['ADMIN', 'OPERATOR', 'AUDITOR', 'READ']),
  -- Null: good for every federation. Not a reference: a key may be made before its federation.
  federation text,
  bootstrap  boolean NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,
  revoked_at timestamptz,
  revoked_by text,
  CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);

-- The invariants that no bug of the service may break.

CREATE FUNCTION budget.keep_spent_monotone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.epsilon_spent_nanos < OLD.epsilon_spent_nanos OR NEW.configuration < OLD.configuration THEN
    RAISE EXCEPTION 'epsilon spent and configuration number of a version never fall';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER spent_is_monotone BEFORE UPDATE ON budget.federation_version
  FOR EACH ROW EXECUTE FUNCTION budget.keep_spent_monotone();

CREATE FUNCTION budget.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never altered or removed', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER configurations_are_append_only BEFORE UPDATE OR DELETE ON budget.privacy_configuration
  FOR EACH ROW EXECUTE FUNCTION budget.refuse_change();

CREATE TRIGGER versions_stay BEFORE DELETE ON budget.federation_version
  FOR EACH ROW EXECUTE FUNCTION budget.refuse_change();

CREATE TRIGGER reservations_stay BEFORE DELETE ON budget.reservation
  FOR EACH ROW EXECUTE FUNCTION budget.refuse_change();

CREATE FUNCTION budget.keep_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'RESERVED' THEN
    RAISE EXCEPTION 'reservation % is resolved already', OLD.id;
  END IF;
  IF (NEW.id, NEW.federation, NEW.version, NEW.configuration, NEW.round_id, NEW.attempt, NEW.noise_multiplier,
      NEW.epsilon_after_nanos, NEW.reserved_at)
    IS DISTINCT FROM (OLD.id, OLD.federation, OLD.version, OLD.configuration, OLD.round_id, OLD.attempt,
      OLD.noise_multiplier, OLD.epsilon_after_nanos, OLD.reserved_at) THEN
    RAISE EXCEPTION 'reservation % can only be resolved, not altered', OLD.id;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER reservations_are_resolved_once BEFORE UPDATE ON budget.reservation
  FOR EACH ROW EXECUTE FUNCTION budget.keep_resolution();
