package com.octomil.privacy.cli.audit;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the log is and with which key to read it. */
final class AuditServer {

  private static final int MOST_SHOWN = 2000;

  @Option(
      names = "--server",
      required = true,
      paramLabel = "URL",
      description = "Base URL of the budget service.")
  private URI server = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--api-key-file",
      required = true,
      paramLabel = "FILE",
      description = "File with an API key of the scope auditor or admin.")
  private Path apiKeyFile = Path.of("");

  @Option(
      names = "--federation",
      paramLabel = "NAME",
      description = "Whose log; without it that of the deployment.")
  private Optional<String> federation = Optional.empty();

  /** A short name of the log, for files. */
  String name() {
    return federation.orElse("deployment");
  }

  /** Sends a request; the caller closes the answer. */
  InputStream send(String method, String rest) throws IOException, InterruptedException {
    String path =
        federation.map(name -> "/api/v1/federations/" + name + "/audit").orElse("/api/v1/audit");
    String base = server.toString().replaceAll("/+$", "");
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    HttpResponse<InputStream> response =
        http.send(
            HttpRequest.newBuilder(URI.create(base + path + rest))
                .header(
                    "Authorization",
                    "Bearer " + Files.readString(apiKeyFile, StandardCharsets.US_ASCII).strip())
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    if (response.statusCode() / 100 != 2) {
      try (InputStream body = response.body()) {
        throw new IOException(
            "the budget service answered with "
                + response.statusCode()
                + ": "
                + new String(body.readNBytes(MOST_SHOWN), StandardCharsets.UTF_8));
      }
    }
    return response.body();
  }
}
