package com.octomil.privacy.cli.stack;

/**
 * TCP ports of one service on the loopback interface.
 *
 * @param http REST
 * @param grpc gRPC
 * @param management health and metrics
 */
public record ServicePorts(int http, int grpc, int management) {

  /** Refuses anything that is not a TCP port. */
  public ServicePorts {
    requirePort("http", http);
    requirePort("grpc", grpc);
    requirePort("management", management);
  }

  private static void requirePort(String field, int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException(field + " is " + port + "; a port is 1 to 65535");
    }
  }
}
