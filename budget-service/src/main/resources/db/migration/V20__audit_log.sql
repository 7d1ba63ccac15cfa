-- The audit log: one chain of hashes for each federation and one for the deployment (federation ''). docs/AUDIT_FORMAT.md
-- describes what is hashed.

CREATE TABLE budget.audit_entry (
  federation   text NOT NULL,
  sequence     bigint NOT NULL CHECK (sequence >= 1),
  -- Canonical JSON. All else in the row follows from it and from the row before.
  entry        text NOT NULL,
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  hash         bytea NOT NULL CHECK (octet_length(hash) = 32),
  type         text NOT NULL,
  at           timestamptz NOT NULL,
  source       text NOT NULL,
  number       bigint NOT NULL CHECK (number >= 1),
  PRIMARY KEY (federation, sequence),
  UNIQUE (federation, source, number)
);
CREATE INDEX audit_entry_of_type ON budget.audit_entry (federation, type, sequence);

-- The end of each chain, which appending takes turns on. It is signed like a checkpoint, so that nobody without the key
-- can put entries behind it or rewrite those since the last checkpoint.
CREATE TABLE budget.audit_head (
  federation text PRIMARY KEY,
  sequence   bigint NOT NULL CHECK (sequence >= 0),
  hash       bytea NOT NULL CHECK (octet_length(hash) = 32),
  -- Null while there is no entry.
  key_id     text,
  at         timestamptz,
  signature  bytea CHECK (octet_length(signature) = 64),
  CHECK ((key_id IS NULL) = (signature IS NULL) AND (at IS NULL) = (signature IS NULL))
);

-- The last number received from each source.
CREATE TABLE budget.audit_received (
  federation text NOT NULL,
  source     text NOT NULL,
  number     bigint NOT NULL CHECK (number >= 1),
  PRIMARY KEY (federation, source)
);

CREATE TABLE budget.audit_checkpoint (
  federation text NOT NULL,
  sequence   bigint NOT NULL CHECK (sequence >= 0),
  key_id     text NOT NULL,
  hash       bytea NOT NULL CHECK (octet_length(hash) = 32),
  at         timestamptz NOT NULL,
  signature  bytea NOT NULL CHECK (octet_length(signature) = 64),
  PRIMARY KEY (federation, sequence, key_id)
);

-- Public keys that checkpoints were signed with, and the signature of the key before each.
CREATE TABLE budget.audit_key (
  key_id             text PRIMARY KEY,
  public_key         bytea NOT NULL,
  since              timestamptz NOT NULL,
  -- Another row; no reference, because checking one locks rows, for which the role would need more rights.
  handover_by        text,
  handover_signature text,
  CHECK ((handover_by IS NULL) = (handover_signature IS NULL))
);

-- Only with octomil.budget.audit.key-in-database. At most one row.
CREATE TABLE budget.audit_signing_key (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  pem       text NOT NULL
);

-- Append-only twice over: the role that owns the tables has no right to alter or remove rows, and whoever has it, a
-- superuser, is stopped by triggers unless they are dropped first. What is done in spite of both shows in the chain.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY ['audit_entry', 'audit_checkpoint', 'audit_key', 'event', 'allocation'] LOOP
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON budget.%I FROM PUBLIC, CURRENT_USER', name);
  END LOOP;
  -- Rows that others refer to are locked when these are inserted, which takes the right to update; the trigger remains.
  REVOKE DELETE, TRUNCATE ON budget.privacy_configuration FROM PUBLIC, CURRENT_USER;
  FOREACH name IN ARRAY ARRAY ['audit_entry', 'audit_checkpoint', 'audit_key'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON budget.%I FOR EACH ROW EXECUTE FUNCTION budget.refuse_change()',
      name || '_is_append_only', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY ['audit_entry', 'audit_checkpoint', 'audit_key', 'privacy_configuration', 'allocation',
    'reservation', 'federation_version', 'retired_api_key_secret'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON budget.%I FOR EACH STATEMENT EXECUTE FUNCTION budget.refuse_change()',
      name || '_is_not_emptied', name);
  END LOOP;
END
$$;

-- What this service itself reports.

CREATE FUNCTION budget.audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- A configuration is reported with what it was before, by its own trigger.
  IF NEW.kind <> 'CONFIGURATION_CHANGED' THEN
    PERFORM budget.audit(NEW.federation,
      CASE NEW.kind
        WHEN 'FEDERATION_CREATED' THEN 'federation.created'
        WHEN 'VERSION_OPENED' THEN 'version.opened'
        WHEN 'BUDGET_ALLOCATED' THEN 'budget.allocated'
        WHEN 'BUDGET_EXHAUSTED' THEN 'budget.exhausted'
        WHEN 'SPIKE_DETECTED' THEN 'budget.spike'
        WHEN 'API_KEY_CREATED' THEN 'api-key.created'
        WHEN 'API_KEY_ROTATED' THEN 'api-key.rotated'
        WHEN 'API_KEY_REVOKED' THEN 'api-key.revoked'
      END,
      NEW.actor, NEW.at, NEW.details::jsonb || jsonb_build_object('version', NEW.version));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER events_are_audited AFTER INSERT ON budget.event
  FOR EACH ROW EXECUTE FUNCTION budget.audit_event();

CREATE FUNCTION budget.audit_configuration() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before jsonb;
BEGIN
  SELECT budget.audit_plain(to_jsonb(c) - 'changed_at' - 'changed_by') INTO before
    FROM budget.privacy_configuration c
   WHERE c.federation = NEW.federation AND (c.version, c.number) < (NEW.version, NEW.number)
   ORDER BY c.version DESC, c.number DESC
   LIMIT 1;
  PERFORM budget.audit(NEW.federation, 'configuration.changed', NEW.changed_by, NEW.changed_at,
    jsonb_build_object('version', NEW.version, 'number', NEW.number, 'before', before,
      'after', budget.audit_plain(to_jsonb(NEW) - 'changed_at' - 'changed_by')));
  RETURN NULL;
END
$$;
CREATE TRIGGER configurations_are_audited AFTER INSERT ON budget.privacy_configuration
  FOR EACH ROW EXECUTE FUNCTION budget.audit_configuration();

CREATE FUNCTION budget.audit_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM budget.audit(NEW.federation, 'budget.' || lower(NEW.state), 'aggregator',
    coalesce(NEW.resolved_at, NEW.reserved_at),
    jsonb_build_object('reservation_id', NEW.id, 'round_id', encode(NEW.round_id, 'hex'), 'attempt', NEW.attempt,
      'version', NEW.version, 'configuration', NEW.configuration, 'noise_multiplier', NEW.noise_multiplier,
      'sampling_rate', NEW.sampling_rate, 'epsilon_after_nanos', NEW.epsilon_after_nanos)
    || jsonb_build_object('cohort', NEW.cohort, 'survivors', NEW.survivors,
      'epsilon_spent_nanos', NEW.epsilon_spent_nanos, 'epsilon_added_nanos', NEW.epsilon_added_nanos,
      'release_reason', NEW.release_reason, 'release_detail', NEW.release_detail));
  RETURN NULL;
END
$$;
CREATE TRIGGER reservations_are_audited AFTER INSERT OR UPDATE ON budget.reservation
  FOR EACH ROW EXECUTE FUNCTION budget.audit_reservation();
