package com.octomil.privacy.relay.app;

import com.octomil.privacy.kit.db.Notifications;
import com.octomil.privacy.kit.region.ServiceRegion;
import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.RelayStore;
import com.octomil.privacy.relay.grpc.ProtoSignedContents;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;

/** The use cases of another replica on the same database: nothing else is shared. */
public final class ReplicaUseCases implements AutoCloseable {

  private final Enrollments enrollments;
  private final CheckIns checkIns;
  private final Adverts adverts;
  private final Rosters rosters;
  private final Shares shares;
  private final Pins anywhere;
  private final Sessions sessions;
  private final Cohorts cohorts;
  private final SessionProgress progress;
  private final SessionWatch watch;

  public ReplicaUseCases(RelayStore store, Notifications notifications, RelayConfig config) {
    Clock clock = Clock.systemUTC();
    SecureRandom random = new SecureRandom();
    ProtoSignedContents contents = new ProtoSignedContents();
    EnrollmentAuthority authority = new EnrollmentAuthority(store, contents, clock, random, config);
    LiveSessions live = new LiveSessions(store, clock);
    RosterCache cache = new RosterCache(store);
    TicketGate gate = new TicketGate(live, contents, clock);
    SessionNotices notices = new SessionNotices(notifications, live);
    progress = new SessionProgress(store, live, notices, clock, config, new SimpleMeterRegistry());
    watch = new SessionWatch(store, authority, live, cache, progress, clock, config);
    anywhere = new Pins(new ServiceRegion(Optional.empty()), federation -> Set.of());
    enrollments =
        new Enrollments(
            store,
            authority,
            clock,
            random,
            config,
            anywhere,
            new Pseudonyms(store, random, clock));
    checkIns =
        new CheckIns(
            store, live, progress, new KnownTokens(clock), contents, clock, random, config);
    adverts = new Adverts(store, gate, authority, progress, contents, clock);
    rosters = new Rosters(gate, live, cache);
    shares = new Shares(store, gate, live, cache, progress, clock);
    sessions = new Sessions(store, live, notices, cache, progress, clock, random);
    cohorts = new Cohorts(store, sessions, clock);
    notices.start(new StartupEvent());
    watch.start(new StartupEvent());
  }

  public Cohorts cohorts() {
    return cohorts;
  }

  public Pins pins() {
    return anywhere;
  }

  public Enrollments enrollments() {
    return enrollments;
  }

  public CheckIns checkIns() {
    return checkIns;
  }

  public Adverts adverts() {
    return adverts;
  }

  public Rosters rosters() {
    return rosters;
  }

  public Shares shares() {
    return shares;
  }

  public Sessions sessions() {
    return sessions;
  }

  @Override
  public void close() {
    watch.stop(new ShutdownEvent());
    progress.stop();
  }
}
