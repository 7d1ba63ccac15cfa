-- Sampling and adaptive clipping of rounds, compliance profiles, the record of events, rotated API keys.

ALTER TABLE budget.privacy_configuration
  -- Null: no sampling. The probability with which the coordinator draws each device.
  ADD COLUMN sampling_rate numeric CHECK (sampling_rate > 0 AND sampling_rate < 1),
  -- Null: the norm stays at max_grad_norm.
  ADD COLUMN clipping_quantile numeric CHECK (clipping_quantile > 0 AND clipping_quantile < 1),
  ADD COLUMN clipping_learning_rate numeric CHECK (clipping_learning_rate > 0),
  ADD COLUMN compliance_profile text NOT NULL DEFAULT 'NONE'
    CHECK (compliance_profile IN ('NONE', 'HIPAA', 'GDPR')),
  ADD CHECK ((clipping_quantile IS NULL) = (clipping_learning_rate IS NULL)),
  ADD CHECK (compliance_profile <> 'HIPAA' OR (dp_enabled AND sa_enabled AND epsilon <= 4)),
  ADD CHECK (compliance_profile <> 'GDPR' OR cardinality(regions) >= 1);

ALTER TABLE budget.reservation
  -- As charged. Null: every device may take part.
  ADD COLUMN sampling_rate numeric CHECK (sampling_rate > 0 AND sampling_rate < 1),
  ADD CHECK (sampling_rate IS NULL OR noise_multiplier IS NOT NULL);

DROP INDEX budget.reservation_tally;
CREATE INDEX reservation_tally
  ON budget.reservation (federation, version, state, noise_multiplier, sampling_rate);
-- For the number of rounds in the last hours.
CREATE INDEX reservation_committed ON budget.reservation (federation, version, resolved_at)
  WHERE state = 'COMMITTED';

CREATE OR REPLACE FUNCTION budget.keep_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'RESERVED' THEN
    RAISE EXCEPTION 'reservation % is resolved already', OLD.id;
  END IF;
  IF (NEW.id, NEW.federation, NEW.version, NEW.configuration, NEW.round_id, NEW.attempt, NEW.noise_multiplier,
      NEW.sampling_rate, NEW.epsilon_after_nanos, NEW.reserved_at)
    IS DISTINCT FROM (OLD.id, OLD.federation, OLD.version, OLD.configuration, OLD.round_id, OLD.attempt,
      OLD.noise_multiplier, OLD.sampling_rate, OLD.epsilon_after_nanos, OLD.reserved_at) THEN
    RAISE EXCEPTION 'reservation % can only be resolved, not altered', OLD.id;
  END IF;
  RETURN NEW;
END
$$;

-- What happened, each in the transaction that made it happen. Append-only.
CREATE TABLE budget.event (
  id         uuid PRIMARY KEY,
  -- Given by the trigger below in the order of the commits, so that a reader who has seen a number has seen all
  -- smaller ones.
  sequence   bigint NOT NULL UNIQUE,
  kind       text NOT NULL CHECK (kind IN ('FEDERATION_CREATED', 'CONFIGURATION_CHANGED', 'VERSION_OPENED',
    'BUDGET_ALLOCATED', 'BUDGET_EXHAUSTED', 'SPIKE_DETECTED', 'API_KEY_CREATED', 'API_KEY_ROTATED',
    'API_KEY_REVOKED')),
  -- Null: the whole deployment.
  federation text,
  version    integer CHECK (version >= 1),
  -- Identifier of an API key, 'deployment' or 'aggregator'.
  actor      text NOT NULL,
  at         timestamptz NOT NULL,
  -- A JSON object of strings, as text: its bytes stay what they were.
  details    text NOT NULL CHECK (jsonb_typeof(details::jsonb) = 'object'),
  CHECK (version IS NULL OR federation IS NOT NULL)
);

CREATE INDEX event_of_federation ON budget.event (federation, sequence);
CREATE INDEX event_of_kind ON budget.event (kind, sequence);
-- A budget is reported as exhausted once for each configuration.
CREATE UNIQUE INDEX event_exhausted_once ON budget.event (federation, version, (details::jsonb ->> 'configuration'))
  WHERE kind = 'BUDGET_EXHAUSTED';

CREATE SEQUENCE budget.event_sequence;

CREATE FUNCTION budget.number_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Held until the commit: whoever gets the next number commits later. The key is arbitrary.
  PERFORM pg_advisory_xact_lock(7239014605117);
  NEW.sequence := nextval('budget.event_sequence');
  RETURN NEW;
END
$$;

CREATE TRIGGER events_are_numbered BEFORE INSERT ON budget.event
  FOR EACH ROW EXECUTE FUNCTION budget.number_event();
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE ON budget.event
  FOR EACH ROW EXECUTE FUNCTION budget.refuse_change();
CREATE TRIGGER events_are_not_emptied BEFORE TRUNCATE ON budget.event
  FOR EACH STATEMENT EXECUTE FUNCTION budget.refuse_change();

-- Secrets that an API key had before. They are kept, so that a rotated bootstrap key does not come back at a restart.
CREATE TABLE budget.retired_api_key_secret (
  sha256      bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
  api_key     uuid NOT NULL REFERENCES budget.api_key (id),
  -- Good until then, unless the key is revoked.
  valid_until timestamptz NOT NULL
);

CREATE TRIGGER retired_secrets_stay BEFORE DELETE ON budget.retired_api_key_secret
  FOR EACH ROW EXECUTE FUNCTION budget.refuse_change();

ALTER TABLE budget.api_key ADD COLUMN rotated_at timestamptz;
