-- Noise that the devices add.

ALTER TABLE budget.privacy_configuration
  DROP CONSTRAINT privacy_configuration_noise_placement_check,
  ADD CONSTRAINT privacy_configuration_noise_placement_check CHECK (noise_placement IN ('SERVER', 'DISTRIBUTED')),
  -- Without secure aggregation the aggregator would see each update with its share alone, which is too little noise for it.
  ADD CHECK (noise_placement <> 'DISTRIBUTED' OR NOT dp_enabled OR (sa_enabled AND sampling_rate IS NULL));

ALTER TABLE budget.reservation
  -- As charged. The devices add Skellam noise to integers with the clipping radius 2^distributed_bits; null: the aggregator adds
  -- Gaussian noise.
  ADD COLUMN distributed_bits integer CHECK (distributed_bits BETWEEN 1 AND 24),
  ADD CHECK (distributed_bits IS NULL OR (noise_multiplier IS NOT NULL AND sampling_rate IS NULL));

DROP INDEX budget.reservation_tally;
CREATE INDEX reservation_tally
  ON budget.reservation (federation, version, state, noise_multiplier, sampling_rate, distributed_bits);

CREATE OR REPLACE FUNCTION budget.keep_resolution() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state <> 'RESERVED' THEN
    RAISE EXCEPTION 'reservation % is resolved already', OLD.id;
  END IF;
  IF (NEW.id, NEW.federation, NEW.version, NEW.configuration, NEW.round_id, NEW.attempt, NEW.noise_multiplier,
      NEW.sampling_rate, NEW.distributed_bits, NEW.epsilon_after_nanos, NEW.reserved_at)
    IS DISTINCT FROM (OLD.id, OLD.federation, OLD.version, OLD.configuration, OLD.round_id, OLD.attempt,
      OLD.noise_multiplier, OLD.sampling_rate, OLD.distributed_bits, OLD.epsilon_after_nanos, OLD.reserved_at) THEN
    RAISE EXCEPTION 'reservation % can only be resolved, not altered', OLD.id;
  END IF;
  RETURN NEW;
END
$$;
