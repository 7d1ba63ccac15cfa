package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.InputStream;
import java.net.http.HttpRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** One federation of an installation: the first parameter of most commands. */
final class Federation extends Remote {

  @Parameters(index = "0", paramLabel = "FEDERATION", description = "Name of the federation.")
  private String federation = "";

  /** Its name as it was given. */
  String name() {
    return federation;
  }

  /** The path of something that belongs to it. */
  String path(String rest) {
    return federation(federation, rest);
  }

  /** Gets JSON from below its path. */
  JsonNode read(Service service, String rest) throws RemoteException, InterruptedException {
    return get(service, path(rest));
  }

  /** Sends JSON, or nothing, to below its path and reads JSON. */
  JsonNode write(Service service, String method, String rest, @Nullable JsonNode body)
      throws RemoteException, InterruptedException {
    return send(service, method, path(rest), body);
  }

  /** Sends octets to below its path and reads JSON. */
  JsonNode upload(Service service, String rest, HttpRequest.BodyPublisher octets)
      throws RemoteException, InterruptedException {
    return parsed(service, stream(service, "PUT", path(rest), octets, OCTETS, "application/json"));
  }

  /** Opens octets from below its path; the caller closes them. */
  InputStream octets(Service service, String rest) throws RemoteException, InterruptedException {
    return stream(service, "GET", path(rest), OCTETS);
  }
}
