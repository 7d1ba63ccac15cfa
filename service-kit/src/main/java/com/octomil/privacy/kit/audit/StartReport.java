package com.octomil.privacy.kit.audit;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Reports to the audit log that a replica has started, and with which settings. */
@ApplicationScoped
class StartReport {

  private static final Logger LOG = Logger.getLogger(StartReport.class);

  private final AuditOutbox outbox;
  private final AuditSource source;
  private final ReportedSettings settings;
  private final String version;

  StartReport(
      AuditOutbox outbox,
      AuditSource source,
      ReportedSettings settings,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.outbox = outbox;
    this.source = source;
    this.settings = settings;
    this.version = version;
  }

  void onStart(@Observes StartupEvent started) {
    Map<String, String> data = new HashMap<>(settings.settings());
    data.put("software_version", version);
    outbox
        .record(new AuditEvent(Optional.empty(), "service.started", source.service(), data))
        .subscribe()
        .with(
            done -> {},
            failure -> LOG.warnf("the start could not be reported: %s", failure.getMessage()));
  }
}
