package com.octomil.privacy.kit.audit;

/**
 * Which service reports to the audit log. Every service produces exactly one.
 *
 * @param service name in the log, for example {@code relay}
 * @param schema that holds the tables of {@code db/audit}
 */
public record AuditSource(String service, String schema) {

  /** The schema goes into SQL as it is. */
  public AuditSource {
    if (!schema.matches("[a-z]+")) {
      throw new IllegalArgumentException("schema is '" + schema + "': must be letters a to z");
    }
  }
}
