package com.octomil.privacy.relay.grpc;

import com.octomil.privacy.kit.db.Notifications;
import com.octomil.privacy.relay.app.ReplicaUseCases;
import com.octomil.privacy.relay.config.RelayConfig;
import com.octomil.privacy.relay.domain.RelayStore;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;

/** Another replica of the relay on the same database, with its own gRPC server. */
public final class Replica implements AutoCloseable {

  private final ReplicaUseCases useCases;
  private final Server server;

  public Replica(RelayStore store, Notifications notifications, RelayConfig config)
      throws IOException {
    useCases = new ReplicaUseCases(store, notifications, config);
    server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(
                new DeviceRelayService(
                    useCases.enrollments(),
                    useCases.checkIns(),
                    useCases.adverts(),
                    useCases.rosters(),
                    useCases.shares(),
                    new SimpleMeterRegistry()))
            .addService(
                new RelaySessionsService(useCases.sessions(), useCases.cohorts(), useCases.pins()))
            .build()
            .start();
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
    useCases.close();
  }
}
