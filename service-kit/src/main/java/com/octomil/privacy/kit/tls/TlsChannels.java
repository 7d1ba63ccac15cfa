package com.octomil.privacy.kit.tls;

import io.grpc.ForwardingChannelBuilder2;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptor;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.quarkus.arc.Arc;
import io.quarkus.grpc.runtime.config.GrpcClientConfiguration;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.quarkus.grpc.spi.GrpcBuilderProvider;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.ShutdownContext;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;

/**
 * Connections to the other services, with the certificate of this one and trusting only the
 * configured authorities. Used for every gRPC client once {@code octomil.tls.certificate-file} is
 * set: the clients' own settings ({@code quarkus.grpc.clients.x.ssl.*}) are read once and never
 * again. Found through {@link java.util.ServiceLoader}, in a native image too.
 */
@RegisterForReflection
public final class TlsChannels<S extends ServerBuilder<S>> implements GrpcBuilderProvider<S> {

  private static final int DEFAULT_MAX_MESSAGE = 4 * 1024 * 1024;

  @Override
  public boolean providesChannel(GrpcClientConfiguration config) {
    return tls().credentials().isPresent();
  }

  @Override
  public String resolver() {
    return "dns";
  }

  /** The host is the path of a target: {@code dns:///host:port}. */
  @Override
  public String adjustHost(String host) {
    return "/" + host;
  }

  @Override
  public ManagedChannelBuilder<?> createChannelBuilder(
      GrpcClientConfiguration config, String target) {
    ReloadingCredentials credentials = tls().credentials().orElseThrow();
    Vertx vertx = Arc.container().instance(Vertx.class).get();
    NettyChannelBuilder channel =
        NettyChannelBuilder.forTarget(
                target,
                TlsChannelCredentials.newBuilder()
                    .keyManager(credentials.keyManager())
                    .trustManager(credentials.serverTrust())
                    .build())
            // As for clients that Quarkus makes: answers run on the event loop that read them.
            .eventLoopGroup(vertx.nettyEventLoopGroup())
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .offloadExecutor(Infrastructure.getDefaultExecutor())
            .defaultLoadBalancingPolicy(config.loadBalancingPolicy())
            .flowControlWindow(
                config.flowControlWindow().orElse(NettyChannelBuilder.DEFAULT_FLOW_CONTROL_WINDOW))
            .maxInboundMessageSize(config.maxInboundMessageSize().orElse(DEFAULT_MAX_MESSAGE));
    return new Sealed(channel);
  }

  /**
   * Quarkus sets the kind of encryption of every {@link NettyChannelBuilder}, which one with
   * credentials refuses; behind another type it leaves it alone.
   */
  private static final class Sealed extends ForwardingChannelBuilder2<Sealed> {

    private final NettyChannelBuilder channel;

    Sealed(NettyChannelBuilder channel) {
      this.channel = channel;
    }

    @Override
    protected ManagedChannelBuilder<?> delegate() {
      return channel;
    }

    /** Refused by credentials as well; the setting only says that none are in the client's keys. */
    @Override
    public Sealed usePlaintext() {
      return this;
    }
  }

  @Override
  public String channelInfo(GrpcClientConfiguration config) {
    return "TLS to " + config.host() + ":" + config.port();
  }

  private static ServiceTls tls() {
    return Arc.container().instance(ServiceTls.class).get();
  }

  @Override
  public boolean providesServer(GrpcServerConfiguration config) {
    return false;
  }

  @Override
  public ServerBuilder<S> createServerBuilder(
      Vertx vertx, GrpcServerConfiguration config, LaunchMode mode) {
    throw clientsOnly();
  }

  @Override
  public void startServer(Server server) {
    throw clientsOnly();
  }

  @Override
  public void postStartup(Server server, ShutdownContext shutdown) {
    throw clientsOnly();
  }

  @Override
  public void devModeReload(
      List<ServerServiceDefinition> services,
      Map<String, ServerMethodDefinition<?, ?>> methods,
      List<ServerInterceptor> interceptors,
      ShutdownContext shutdown) {
    throw clientsOnly();
  }

  @Override
  public boolean serverAlreadyExists() {
    return false;
  }

  @Override
  public String serverInfo(String host, int port, GrpcServerConfiguration config) {
    throw clientsOnly();
  }

  private static IllegalStateException clientsOnly() {
    return new IllegalStateException("this provider makes channels, not servers");
  }
}
