-- Budget that an operator added to a version, with the reason. Each is also a configuration of its own.
CREATE TABLE budget.allocation (
  federation    text NOT NULL,
  version       integer NOT NULL,
  -- The configuration that it put in force.
  configuration integer NOT NULL,
  epsilon       numeric NOT NULL CHECK (epsilon > 0),
  reason        text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
  allocated_at  timestamptz NOT NULL,
  allocated_by  text NOT NULL,
  PRIMARY KEY (federation, version, configuration),
  FOREIGN KEY (federation, version, configuration)
    REFERENCES budget.privacy_configuration (federation, version, number)
);

CREATE TRIGGER allocations_are_append_only BEFORE UPDATE OR DELETE ON budget.allocation
  FOR EACH ROW EXECUTE FUNCTION budget.refuse_change();
