package com.octomil.privacy.relay.app;

import com.octomil.privacy.kit.db.Notifications;
import com.octomil.privacy.relay.domain.RoundId;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.HexFormat;
import org.jboss.logging.Logger;

/**
 * Tells other replicas that a session has changed, so that they read it before their watch does.
 * Thread-safe.
 */
@Singleton
public class SessionNotices {

  private static final Logger LOG = Logger.getLogger(SessionNotices.class);
  private static final String CHANNEL = "octomil_relay_sessions";

  private final Notifications notifications;
  private final LiveSessions live;

  SessionNotices(Notifications notifications, LiveSessions live) {
    this.notifications = notifications;
    this.live = live;
  }

  void start(@Observes StartupEvent event) {
    notifications.listen(
        CHANNEL,
        round -> {
          var unused = Thread.ofVirtual().name("session-notice").start(() -> read(round));
        });
  }

  /** A change is durable. */
  void changed(RoundId round) {
    notifications.send(CHANNEL, round.toString());
  }

  private void read(String round) {
    try {
      live.refresh(RoundId.of(HexFormat.of().parseHex(round)));
    } catch (RuntimeException e) {
      // The watch reads it.
      LOG.debugf("a changed session could not be read: %s", e.getMessage());
    }
  }
}
