package com.octomil.privacy.cli.audit;

import com.octomil.privacy.cli.remote.Installation;
import com.octomil.privacy.cli.remote.RemoteException;
import java.io.InputStream;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which log of which installation. */
final class AuditLogAddress extends Installation {

  @Option(
      names = "--federation",
      paramLabel = "NAME",
      description = "Whose log; without it that of the deployment.")
  private Optional<String> federation = Optional.empty();

  /** Sends a request; the caller closes the answer. */
  InputStream send(String method, String rest, String accept)
      throws RemoteException, InterruptedException {
    String path = federation.map(name -> federation(name, "/audit")).orElse("/api/v1/audit");
    return stream(Service.BUDGET, method, path + rest, accept);
  }
}
