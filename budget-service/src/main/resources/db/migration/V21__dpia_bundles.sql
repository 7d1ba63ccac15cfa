-- DPIA bundles as they were made. Append-only.

CREATE TABLE budget.dpia_bundle (
  id            uuid PRIMARY KEY,
  federation    text NOT NULL,
  version       integer NOT NULL,
  configuration integer NOT NULL,
  sha256        bytea NOT NULL CHECK (octet_length(sha256) = 32),
  content       bytea NOT NULL,
  created_at    timestamptz NOT NULL,
  created_by    text NOT NULL,
  FOREIGN KEY (federation, version, configuration)
    REFERENCES budget.privacy_configuration (federation, version, number)
);
ALTER TABLE budget.dpia_bundle ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX dpia_bundle_of_version ON budget.dpia_bundle (federation, version, created_at);

REVOKE UPDATE, DELETE, TRUNCATE ON budget.dpia_bundle FROM PUBLIC, CURRENT_USER;
CREATE TRIGGER dpia_bundles_are_append_only BEFORE UPDATE OR DELETE ON budget.dpia_bundle
  FOR EACH ROW EXECUTE FUNCTION budget.refuse_change();
CREATE TRIGGER dpia_bundles_are_not_emptied BEFORE TRUNCATE ON budget.dpia_bundle
  FOR EACH STATEMENT EXECUTE FUNCTION budget.refuse_change();

CREATE FUNCTION budget.audit_dpia_bundle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM budget.audit(NEW.federation, 'dpia.generated', NEW.created_by, NEW.created_at,
    jsonb_build_object('bundle_id', NEW.id, 'version', NEW.version, 'configuration', NEW.configuration,
      'sha256', encode(NEW.sha256, 'hex')));
  RETURN NULL;
END
$$;
CREATE TRIGGER dpia_bundles_are_audited AFTER INSERT ON budget.dpia_bundle
  FOR EACH ROW EXECUTE FUNCTION budget.audit_dpia_bundle();
