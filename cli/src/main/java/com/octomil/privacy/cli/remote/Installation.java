package com.octomil.privacy.cli.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.octomil.privacy.cli.console.ExitCodes;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Options that say where an installation is, and calls to it. The addresses and the key come from
 * the options or else from a profile: that of the command, or of {@code octomil}, or of the
 * environment, or the one that is named default.
 */
public class Installation {

  /** The services of an installation. */
  public enum Service {
    BUDGET("budget"),
    RELAY("relay"),
    AGGREGATOR("aggregator");

    private final String setting;

    Service(String setting) {
      this.setting = setting;
    }
  }

  static final ObjectMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  static final String OCTETS = "application/octet-stream";

  private static final String PROFILE_OPTION = "--profile";
  private static final String PROFILE_VARIABLE = "OCTOMIL_PROFILE";
  private static final String STANDARD = "default";
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofMinutes(2);
  private static final int MOST_SHOWN = 4000;

  @Option(
      names = PROFILE_OPTION,
      paramLabel = "NAME",
      description =
          "Installation as stored by 'octomil up' or 'octomil profile set'. Default: that of 'octomil --profile', of the variable OCTOMIL_PROFILE, or default.")
  private Optional<String> profile = Optional.empty();

  @Option(
      names = "--budget",
      paramLabel = "URL",
      description = "Budget service; overrides the profile.")
  private Optional<String> budget = Optional.empty();

  @Option(names = "--relay", paramLabel = "URL", description = "Relay; overrides the profile.")
  private Optional<String> relay = Optional.empty();

  @Option(
      names = "--aggregator",
      paramLabel = "URL",
      description = "Aggregator; overrides the profile.")
  private Optional<String> aggregator = Optional.empty();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "File with an API key; overrides the profile.")
  private Optional<Path> apiKeyFile = Optional.empty();

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  private @Nullable Map<String, String> stored;

  /** The command that works with this installation. */
  final CommandSpec command() {
    return command;
  }

  /** The profile that was asked for. */
  private Optional<String> named() {
    if (profile.isPresent()) {
      return profile;
    }
    OptionSpec general = command.root().findOption(PROFILE_OPTION);
    Optional<String> ofRoot =
        general == null || command.root() == command
            ? Optional.empty()
            : Optional.ofNullable(general.getValue());
    return ofRoot.or(
        () -> Optional.ofNullable(System.getenv(PROFILE_VARIABLE)).filter(name -> !name.isBlank()));
  }

  private Optional<String> setting(String name) throws RemoteException {
    Map<String, String> known = stored;
    if (known == null) {
      try {
        Optional<String> wanted = named();
        Optional<Map<String, String>> loaded = Profile.load(wanted.orElse(STANDARD));
        if (loaded.isEmpty() && wanted.isPresent()) {
          List<String> names = Profile.names();
          throw new RemoteException(
              ExitCodes.USAGE,
              "there is no profile '"
                  + wanted.get()
                  + "'"
                  + (names.isEmpty() ? "" : ", only " + String.join(", ", names))
                  + "; make it with 'octomil profile set', or start an installation with 'octomil up'");
        }
        known = loaded.orElseGet(Map::of);
      } catch (IOException e) {
        throw new RemoteException(ExitCodes.FAILED, String.valueOf(e.getMessage()), e);
      }
      stored = known;
    }
    return Optional.ofNullable(known.get(name));
  }

  private URI base(Service service) throws RemoteException {
    Optional<String> given =
        switch (service) {
          case BUDGET -> budget;
          case RELAY -> relay;
          case AGGREGATOR -> aggregator;
        };
    String url =
        given.isPresent()
            ? given.get()
            : setting(service.setting)
                .orElseThrow(() ->
                    new RemoteException(
                        ExitCodes.USAGE,
                        "where is the "
                            + service.setting
                            + " service? Give --"
                            + service.setting
                            + " URL, or a --profile NAME that 'octomil up' or 'octomil profile set NAME --"
                            + service.setting
                            + " URL' has stored"));
    try {
      URI uri = URI.create(url.replaceAll("/+$", ""));
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new RemoteException(
        ExitCodes.USAGE,
        "--" + service.setting + " is '" + url + "': must be an http or https URL");
  }

  private String key() throws RemoteException {
    Path file;
    if (apiKeyFile.isPresent()) {
      file = apiKeyFile.get();
    } else {
      file =
          Path.of(
              setting("api-key-file")
                  .orElseThrow(() ->
                      new RemoteException(
                          ExitCodes.USAGE,
                          "which API key? Give --api-key-file FILE, or a --profile NAME that 'octomil up' or"
                              + " 'octomil profile set NAME --api-key-file FILE' has stored")));
    }
    try {
      return Files.readString(file, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new RemoteException(ExitCodes.USAGE, "--api-key-file: cannot read '" + file + "'", e);
    }
  }

  /** Gets JSON. */
  public JsonNode get(Service service, String path) throws RemoteException, InterruptedException {
    return json(service, "GET", path, null, "application/json");
  }

  /** Sends JSON, or nothing, and reads JSON. */
  public JsonNode send(Service service, String method, String path, @Nullable JsonNode body)
      throws RemoteException, InterruptedException {
    return json(service, method, path, body, "application/json");
  }

  JsonNode json(
      Service service, String method, String path, @Nullable JsonNode body, String contentType)
      throws RemoteException, InterruptedException {
    HttpRequest.BodyPublisher publisher =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body.toString());
    return parsed(
        service, stream(service, method, path, publisher, contentType, "application/json"));
  }

  /** Reads JSON to the end and closes the stream. */
  static JsonNode parsed(Service service, InputStream stream) throws RemoteException {
    try (InputStream answer = stream) {
      byte[] bytes = answer.readAllBytes();
      return bytes.length == 0 ? JSON.createObjectNode() : JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new RemoteException(
          ExitCodes.FAILED, service.setting + " did not answer with JSON: is the URL right?", e);
    } catch (IOException e) {
      throw new RemoteException(
          ExitCodes.UNREACHABLE, "the answer of " + service.setting + " broke off: " + e, e);
    }
  }

  /** Sends a request and gives the body of the answer, to be closed by the caller. */
  public InputStream stream(Service service, String method, String path, String accept)
      throws RemoteException, InterruptedException {
    return stream(
        service, method, path, HttpRequest.BodyPublishers.noBody(), "application/json", accept);
  }

  InputStream stream(
      Service service,
      String method,
      String path,
      HttpRequest.BodyPublisher body,
      String contentType,
      String accept)
      throws RemoteException, InterruptedException {
    URI uri = URI.create(base(service) + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(ANSWER)
            .header("Authorization", "Bearer " + key())
            .header("Content-Type", contentType)
            .header("Accept", accept)
            .method(method, body)
            .build();
    HttpResponse<InputStream> response;
    try {
      HttpClient http =
          HttpClient.newBuilder()
              .version(HttpClient.Version.HTTP_1_1)
              .connectTimeout(CONNECT)
              .build();
      response = http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new RemoteException(
          ExitCodes.UNREACHABLE,
          "cannot reach the "
              + service.setting
              + " service at "
              + uri.getAuthority()
              + ": does it run, and is the address right?",
          e);
    } catch (IOException e) {
      throw new RemoteException(
          ExitCodes.UNREACHABLE, method + " " + uri + " brought no answer: " + e, e);
    }
    if (response.statusCode() / 100 == 2) {
      return response.body();
    }
    throw refusal(service, response);
  }

  private static RemoteException refusal(Service service, HttpResponse<InputStream> response) {
    String body;
    try (InputStream stream = response.body()) {
      body = new String(stream.readNBytes(MOST_SHOWN), StandardCharsets.UTF_8);
    } catch (IOException e) {
      body = "";
    }
    int status = response.statusCode();
    StringBuilder message = new StringBuilder();
    String type = "";
    try {
      JsonNode problem = JSON.readTree(body);
      type = problem.path("type").asText();
      message.append(problem.path("detail").asText(problem.path("title").asText("")));
      for (JsonNode error : problem.path("errors")) {
        if (message.indexOf(error.path("message").asText()) >= 0) {
          continue;
        }
        message
            .append(System.lineSeparator())
            .append("  ")
            .append(error.path("field").asText())
            .append(": ")
            .append(error.path("message").asText());
      }
    } catch (JsonProcessingException e) {
      message.append(body.strip());
    }
    if (message.isEmpty()) {
      message.append("no reason given");
    }
    String advice =
        switch (status) {
          case 401 -> " Check --api-key-file.";
          case 403 -> " The key needs another scope or federation, or the service another region.";
          case 429, 503, 504 -> " Try again in a moment.";
          default -> "";
        };
    return new RemoteException(
        exitCode(status, type),
        "the " + service.setting + " service refused (" + status + "): " + message + advice);
  }

  private static int exitCode(int status, String type) {
    if (type.endsWith(":budget-exhausted")) {
      return ExitCodes.BUDGET;
    }
    return switch (status) {
      case 401, 403 -> ExitCodes.DENIED;
      case 503, 504 -> ExitCodes.UNREACHABLE;
      default -> ExitCodes.FAILED;
    };
  }

  /** The path of a federation. */
  public static String federation(String name, String rest) {
    return "/api/v1/federations/" + Paths.segment(name) + rest;
  }
}
