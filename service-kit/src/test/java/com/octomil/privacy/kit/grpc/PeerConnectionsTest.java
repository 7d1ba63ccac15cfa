package com.octomil.privacy.kit.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PeerConnectionsTest {

  @Test
  void aChannelThatWaitsConnectsAtOnceWhenItsPeerIsThere() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    ManagedChannel channel =
        Grpc.newChannelBuilderForAddress("127.0.0.1", port, InsecureChannelCredentials.create())
            .build();
    try {
      // Several failures, so that the channel's own wait is longer than this test's.
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
      for (int failures = 0; failures < 12; failures++) {
        while (channel.getState(true) != ConnectivityState.TRANSIENT_FAILURE
            && System.nanoTime() < end) {
          Thread.sleep(5);
        }
        PeerConnections.reconnect(channel);
        Thread.sleep(20);
      }
      assertThat(channel.getState(false)).isEqualTo(ConnectivityState.TRANSIENT_FAILURE);
      Server server =
          Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create()).build().start();
      try {
        end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (channel.getState(false) != ConnectivityState.READY && System.nanoTime() < end) {
          PeerConnections.reconnect(channel);
          Thread.sleep(50);
        }
        assertThat(channel.getState(false)).isEqualTo(ConnectivityState.READY);
      } finally {
        server.shutdownNow().awaitTermination();
      }
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }
}
