package com.octomil.privacy.kit.tls;

import io.quarkus.grpc.api.ServerBuilderCustomizer;
import io.quarkus.grpc.runtime.config.GrpcServerConfiguration;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.grpc.VertxServerBuilder;
import jakarta.inject.Singleton;

/**
 * Gives the separate gRPC server the certificate of the service. Its own settings ({@code
 * quarkus.grpc.server.ssl.*}) are read once and never again.
 */
@Singleton
final class ServerCertificates implements ServerBuilderCustomizer<VertxServerBuilder> {

  private final ServiceTls tls;

  ServerCertificates(ServiceTls tls) {
    this.tls = tls;
  }

  @Override
  public void customize(GrpcServerConfiguration config, VertxServerBuilder builder) {
    tls.credentials()
        .ifPresent(credentials -> {
          if (config.plainText()) {
            throw new IllegalStateException(
                "octomil.tls.certificate-file is set, but quarkus.grpc.server.plain-text is true;"
                    + " set it to false, or remove the certificate");
          }
          if (config.ssl().certificate().isPresent() || config.ssl().keyStore().isPresent()) {
            throw new IllegalStateException(
                "octomil.tls.certificate-file and quarkus.grpc.server.ssl.* are both set;"
                    + " remove the latter");
          }
          builder.useSsl(options ->
              options
                  .setKeyCertOptions(KeyCertOptions.wrap(credentials.keyManager()))
                  .setTrustOptions(TrustOptions.wrap(credentials.clientTrust())));
        });
  }
}
