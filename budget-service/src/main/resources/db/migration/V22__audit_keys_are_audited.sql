-- A new signing key is an event of the deployment.

CREATE FUNCTION budget.audit_key_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM budget.audit(NULL, 'audit.key-added', 'budget', NEW.since,
    jsonb_build_object('key', NEW.key_id, 'handover_by', NEW.handover_by));
  RETURN NULL;
END
$$;
CREATE TRIGGER audit_keys_are_audited AFTER INSERT ON budget.audit_key
  FOR EACH ROW EXECUTE FUNCTION budget.audit_key_added();
