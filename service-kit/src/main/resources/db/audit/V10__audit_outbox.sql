-- What the service has to report to the audit log. A row is written in the transaction that makes it true and goes once
-- the log has it. Triggers write most rows, so that a change made by hand is reported like any other.
-- Versions 10 to 19 belong to the service kit.

CREATE TABLE ${flyway:defaultSchema}.audit_source (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    -- Tells this database from others that the same service has elsewhere.
    id        uuid    NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO ${flyway:defaultSchema}.audit_source DEFAULT VALUES;

CREATE TABLE ${flyway:defaultSchema}.audit_outbox (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Empty: the deployment as a whole.
    federation text        NOT NULL,
    type       text        NOT NULL CHECK (type ~ '^[a-z-]+\.[a-z_-]+$'),
    actor      text        NOT NULL,
    at         timestamptz NOT NULL,
    -- A JSON object as text, without numbers: they are strings.
    data       text        NOT NULL CHECK (jsonb_typeof(data::jsonb) = 'object'),
    -- Place among the events of this source and federation, given when it is first sent.
    number     bigint      CHECK (number >= 1),
    UNIQUE (federation, number)
);

CREATE TABLE ${flyway:defaultSchema}.audit_counter (
    federation text   PRIMARY KEY,
    last       bigint NOT NULL CHECK (last >= 1)
);

-- Numbers as strings and nothing that is null: readers agree on the spelling of strings.
CREATE FUNCTION ${flyway:defaultSchema}.audit_plain(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, CASE jsonb_typeof(member) WHEN 'number' THEN to_jsonb(member #>> '{}') ELSE member END),
                  '{}'::jsonb)
    FROM jsonb_each(value) AS members (key, member)
   WHERE jsonb_typeof(member) <> 'null'
$$;

CREATE FUNCTION ${flyway:defaultSchema}.audit(
    of_federation text, of_type text, by_actor text, happened timestamptz, with_data jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ${flyway:defaultSchema}.audit_outbox (federation, type, actor, at, data)
  VALUES (coalesce(of_federation, ''), of_type, by_actor, happened, ${flyway:defaultSchema}.audit_plain(with_data)::text)
$$;
