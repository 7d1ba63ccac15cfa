package com.octomil.privacy.device.grpc;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;

/**
 * Channels with settings that suit devices. The caller shuts a channel down when it is no longer
 * needed; one channel may serve any number of devices and threads.
 */
public final class GrpcChannels {

  private GrpcChannels() {}

  /**
   * TLS, trusting the platform's certificate authorities.
   *
   * @param target a gRPC name, for example {@code relay.example.org:443}
   * @return a channel, which the caller shuts down
   */
  public static ManagedChannel connect(String target) {
    return open(target, TlsChannelCredentials.create());
  }

  /**
   * TLS, trusting only the given certificate authorities.
   *
   * @param target a gRPC name, for example {@code relay.example.org:443}
   * @param authorities PEM certificates
   * @return a channel, which the caller shuts down
   * @throws IOException if they cannot be read
   */
  public static ManagedChannel connect(String target, InputStream authorities) throws IOException {
    return open(target, TlsChannelCredentials.newBuilder().trustManager(authorities).build());
  }

  /**
   * No encryption and no server authentication: tokens and model updates without secure aggregation
   * travel in clear. For loopback and tests.
   *
   * @param target {@code host:port}
   * @return a channel, which the caller shuts down
   */
  public static ManagedChannel connectInsecure(String target) {
    return open(target, InsecureChannelCredentials.create());
  }

  private static ManagedChannel open(String target, ChannelCredentials credentials) {
    return Grpc.newChannelBuilder(target, credentials)
        // Mobile networks drop idle connections silently.
        .keepAliveTime(5, TimeUnit.MINUTES)
        .keepAliveTimeout(20, TimeUnit.SECONDS)
        .build();
  }
}
