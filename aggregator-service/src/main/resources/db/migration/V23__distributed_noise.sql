-- Who adds the noise of a round; null: nobody.
ALTER TABLE aggregator.rounds ADD COLUMN noise_placement text CHECK (noise_placement IN ('server', 'distributed'));
UPDATE aggregator.rounds SET noise_placement = 'server' WHERE noise_multiplier IS NOT NULL;
