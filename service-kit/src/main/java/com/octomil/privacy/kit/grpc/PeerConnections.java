package com.octomil.privacy.kit.grpc;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connects to the other services again within half a second of their return. On its own a gRPC
 * channel waits longer after every failure, up to two minutes, and refuses all calls meanwhile: a
 * service that starts before its peer would be of no use long after both are there.
 */
@ApplicationScoped
public class PeerConnections {

  private static final long INTERVAL_MILLIS = 500;

  private final Instance<Channel> channels;
  private @Nullable Thread thread;

  PeerConnections(@Any Instance<Channel> channels) {
    this.channels = channels;
  }

  void onStart(@Observes StartupEvent started) {
    List<ManagedChannel> managed = new ArrayList<>();
    for (Channel channel : channels) {
      if (channel instanceof ManagedChannel own) {
        managed.add(own);
      }
    }
    if (!managed.isEmpty()) {
      thread = Thread.ofVirtual().name("peer-connections").start(() -> keep(managed));
    }
  }

  void onStop(@Observes ShutdownEvent stopped) {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private static void keep(List<ManagedChannel> channels) {
    try {
      while (true) {
        Thread.sleep(INTERVAL_MILLIS);
        channels.forEach(PeerConnections::reconnect);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the wait of a channel that could not connect. */
  static void reconnect(ManagedChannel channel) {
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      channel.resetConnectBackoff();
    }
  }
}
