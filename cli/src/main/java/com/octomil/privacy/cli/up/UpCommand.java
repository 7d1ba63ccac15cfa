package com.octomil.privacy.cli.up;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.console.Console;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.remote.Profile;
import com.octomil.privacy.cli.stack.Endpoints;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code octomil up}: runs PostgreSQL and the three services until it is told to stop. */
@Command(
    name = "up",
    description = "Runs PostgreSQL and the three services in the foreground until Ctrl-C.",
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:never; it runs until it is stopped",
      "1:something did not start or a service died",
      "2:the command line was wrong",
      "130, 143:stopped by Ctrl-C or a termination signal, and everything with it"
    })
public final class UpCommand implements Callable<Integer> {

  @Option(
      names = "--json",
      description = "Print one JSON object with the endpoints and the admin key as the first line.")
  private boolean json;

  @Option(
      names = "--work-dir",
      paramLabel = "DIR",
      description = {
        "Folder for data, logs and secrets, kept for the next start.",
        "Default: a temporary folder that is removed at the end."
      })
  private @Nullable Path workDirectory;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = "local",
      description = {
        "Store the addresses and the admin key as this profile, for 'octomil --profile NAME ...'.",
        "Default: ${DEFAULT-VALUE}."
      })
  private String profile = "local";

  @Option(names = "--no-profile", description = "Store no profile.")
  private boolean noProfile;

  @Option(
      names = "--native",
      description = "Run the services from the native images that 'mvn package -Dnative' made.")
  private boolean nativeImages;

  @Override
  public Integer call() throws InterruptedException {
    Console console = Console.of(json);
    StackException failure;
    try {
      StackOptions options = StackOptions.fromLauncher().withNativeImages(nativeImages);
      if (workDirectory != null) {
        options = options.withWorkDirectory(workDirectory);
      }
      if (!json) {
        console.people().println("Starting PostgreSQL and the services ...");
      }
      Stack stack = Stack.start(options);
      boolean stored = !noProfile && store(stack.endpoints());
      if (json) {
        console.machine().println(toJson(stack.endpoints()));
      } else {
        describe(console.people(), stack, stored);
      }
      failure = stack.failure().get();
      stack.closeKeepingLogs();
    } catch (StackException e) {
      failure = e;
    } catch (ExecutionException e) {
      throw new IllegalStateException("the watcher of the stack failed", e);
    }
    System.err.println("octomil up: " + failure.getMessage());
    return ExitCodes.FAILED;
  }

  /** Stores the profile, or says why not; the services run all the same. */
  private boolean store(Endpoints endpoints) {
    try {
      Profile.Saved saved =
          Profile.saveLocal(
              profile,
              Map.of(
                  "budget", endpoints.budgetUrl(),
                  "relay", endpoints.relayUrl(),
                  "aggregator", endpoints.aggregatorUrl()),
              endpoints.apiKey());
      switch (saved) {
        case CREATED, SAME -> {}
        case REPLACED ->
            System.err.println(
                "octomil up: the profile '"
                    + profile
                    + "' belonged to an earlier or another 'octomil up' here; it now belongs to this one");
        case OF_ANOTHER ->
            System.err.println(
                "octomil up: the profile '"
                    + profile
                    + "' belongs to an installation elsewhere and stays as it is; give --profile NAME");
      }
      return saved != Profile.Saved.OF_ANOTHER;
    } catch (IOException e) {
      System.err.println("octomil up: no profile was stored: " + e.getMessage());
      return false;
    }
  }

  private void describe(PrintStream out, Stack stack, boolean stored) {
    Endpoints endpoints = stack.endpoints();
    out.println();
    out.println(
        "  dashboard         " + endpoints.dashboardUrl() + "  (sign in with the admin key)");
    out.println("  budget service    " + endpoints.budgetUrl());
    out.println("  aggregator        " + endpoints.aggregatorUrl());
    out.println("  relay             " + endpoints.relayUrl());
    out.println("  devices (gRPC)    relay " + endpoints.relayGrpc());
    out.println("                    aggregator " + endpoints.aggregatorGrpc());
    out.println("  database          " + endpoints.databaseUrl());
    out.println("  admin key         " + endpoints.apiKey());
    out.println("  logs              " + stack.workDirectory().resolve("logs"));
    out.println();
    if (stored) {
      out.println("In another terminal: octomil --profile " + profile + " federations list");
    } else {
      out.println("Try: curl -H 'Authorization: Bearer " + endpoints.apiKey() + "' \\");
      out.println("       " + endpoints.budgetUrl() + "/api/v1/federations");
    }
    out.println("Ctrl-C stops everything.");
  }

  /**
   * The endpoints for programs.
   *
   * @param endpoints where the services are
   * @return one line of JSON
   */
  public static String toJson(Endpoints endpoints) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("budget_url", endpoints.budgetUrl());
    node.put("dashboard_url", endpoints.dashboardUrl());
    node.put("aggregator_url", endpoints.aggregatorUrl());
    node.put("aggregator_grpc", endpoints.aggregatorGrpc());
    node.put("relay_url", endpoints.relayUrl());
    node.put("relay_grpc", endpoints.relayGrpc());
    node.put("database_url", endpoints.databaseUrl());
    node.put("api_key", endpoints.apiKey());
    return node.toString();
  }
}
