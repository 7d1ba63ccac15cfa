package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.octomil.privacy.cli.remote.Installation.Service;
import java.util.Optional;

/** Training jobs of a federation. */
final class Jobs {

  static final String PATH = "/training";

  private Jobs() {}

  /** The path of a job below its federation. */
  static String path(String id) {
    return PATH + "/" + Paths.segment(id);
  }

  /** A job with its rounds. */
  static JsonNode get(Federation at, String id) throws RemoteException, InterruptedException {
    return at.read(Service.AGGREGATOR, path(id));
  }

  /** The identifier of the newest job; empty if there is none. */
  static Optional<String> newest(Federation at) throws RemoteException, InterruptedException {
    JsonNode jobs = at.read(Service.AGGREGATOR, PATH).path("jobs");
    return jobs.isEmpty() ? Optional.empty() : Optional.of(Remote.text(jobs.get(0), "id"));
  }

  /** Whether it may still run rounds without anybody's help. */
  static boolean active(String state) {
    return state.equals("pending") || state.equals("running");
  }
}
