-- Devices under pseudonyms, and what the relay reports to the audit log, each in the transaction that makes it true. Device
-- identifiers, keys, codes and tokens are never in a report.

-- Secret keys of the pseudonyms. Without its key a pseudonym leads to no device, not even for whoever has all identifiers.
CREATE TABLE relay.pseudonym_key (
    federation text        PRIMARY KEY,
    key        bytea       NOT NULL CHECK (octet_length(key) = 32),
    created_at timestamptz NOT NULL
);

ALTER TABLE relay.device
    -- HMAC of the identifier; null for devices enrolled by earlier versions until the relay has started once.
    ADD COLUMN pseudonym bytea CHECK (octet_length(pseudonym) = 16),
    -- When the data subject's right to erasure was exercised.
    ADD COLUMN erased_at timestamptz,
    ADD UNIQUE (federation, pseudonym);

CREATE FUNCTION relay.audit_codes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM relay.audit(federation, 'device.codes-created', 'relay', max(created_at),
            jsonb_build_object('count', count(*), 'region', region, 'expires_at', max(expires_at)))
       FROM made GROUP BY federation, region;
    RETURN NULL;
END
$$;
CREATE TRIGGER codes_are_audited AFTER INSERT ON relay.enrollment_code
    REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION relay.audit_codes();

CREATE FUNCTION relay.audit_device() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    facts jsonb := jsonb_build_object('pseudonym', encode(NEW.pseudonym, 'hex'), 'region', NEW.region);
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM relay.audit(NEW.federation, 'device.enrolled', 'relay', NEW.enrolled_at, facts);
    ELSIF NEW.erased_at IS DISTINCT FROM OLD.erased_at THEN
        PERFORM relay.audit(NEW.federation, 'device.excluded', 'relay', NEW.erased_at, facts);
    ELSIF NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
        PERFORM relay.audit(NEW.federation, 'device.revoked', 'relay', NEW.revoked_at, facts);
    ELSIF NEW.certificate_content IS DISTINCT FROM OLD.certificate_content THEN
        PERFORM relay.audit(NEW.federation, 'device.certified', 'relay', now(), facts);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER devices_are_audited AFTER INSERT OR UPDATE ON relay.device
    FOR EACH ROW EXECUTE FUNCTION relay.audit_device();

CREATE FUNCTION relay.audit_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM relay.audit(d.federation, 'device.token-issued', 'relay', NEW.created_at,
            jsonb_build_object('pseudonym', encode(d.pseudonym, 'hex'), 'expires_at', NEW.expires_at))
       FROM relay.device d WHERE d.device_id = NEW.device_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER tokens_are_audited AFTER INSERT ON relay.device_token
    FOR EACH ROW EXECUTE FUNCTION relay.audit_token();

CREATE FUNCTION relay.audit_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.phase = OLD.phase THEN
        RETURN NULL;
    END IF;
    PERFORM relay.audit(NEW.federation, 'session.' || replace(lower(NEW.phase), '_', '-'), 'relay', now(),
        jsonb_build_object('round_id', encode(NEW.round_id, 'hex'), 'checked_in', NEW.checked_in,
            'roster_size', NEW.roster_size, 'abort_reason', NEW.abort_reason, 'abort_detail', NEW.abort_detail));
    -- Who takes part: with secure aggregation who is on the roster, otherwise who was admitted. In pieces, because an
    -- event has a largest size.
    IF TG_OP = 'UPDATE' AND OLD.phase = 'ADVERTISE' AND NEW.phase <> 'ABORTED' THEN
        PERFORM relay.audit(NEW.federation, 'participation.recorded', 'relay', now(),
            jsonb_build_object('round_id', encode(NEW.round_id, 'hex'), 'pseudonyms', pseudonyms))
        FROM (
            SELECT jsonb_agg(pseudonym ORDER BY pseudonym) AS pseudonyms
              FROM (SELECT encode(d.pseudonym, 'hex') AS pseudonym, row_number() OVER (ORDER BY d.pseudonym) AS place
                      FROM relay.admission a JOIN relay.device d USING (device_id)
                     WHERE a.round_id = NEW.round_id
                       AND (NEW.adversary IS NULL OR EXISTS (SELECT 1 FROM relay.advert v
                             WHERE v.round_id = a.round_id AND v.participant_id = a.participant_id))) AS placed
             GROUP BY (place - 1) / 1000
        ) AS pieces;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_are_audited AFTER INSERT OR UPDATE OF phase ON relay.session
    FOR EACH ROW EXECUTE FUNCTION relay.audit_session();
