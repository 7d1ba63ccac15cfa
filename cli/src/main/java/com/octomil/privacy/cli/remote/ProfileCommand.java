package com.octomil.privacy.cli.remote;

import com.octomil.privacy.cli.console.CommandGroup;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code octomil profile}. */
@Command(
    name = "profile",
    description = "Installations that the other commands can work with, by name.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
public final class ProfileCommand extends CommandGroup {

  @Command(
      name = "set",
      description = "Stores addresses and the file with the API key; what is left out stays.",
      mixinStandardHelpOptions = true)
  int set(
      @Parameters(paramLabel = "NAME", description = "Name of the profile.") String name,
      @Option(names = "--budget", paramLabel = "URL", description = "Budget service.")
          Optional<String> budget,
      @Option(names = "--relay", paramLabel = "URL", description = "Relay.") Optional<String> relay,
      @Option(names = "--aggregator", paramLabel = "URL", description = "Aggregator.")
          Optional<String> aggregator,
      @Option(
              names = "--api-key-file",
              paramLabel = "FILE",
              description = "File with an API key; its path is stored, not the key.")
          Optional<Path> apiKeyFile)
      throws IOException {
    Map<String, String> settings = new TreeMap<>(Profile.load(name).orElseGet(Map::of));
    budget.ifPresent(url -> settings.put("budget", url));
    relay.ifPresent(url -> settings.put("relay", url));
    aggregator.ifPresent(url -> settings.put("aggregator", url));
    apiKeyFile.ifPresent(
        file -> settings.put("api-key-file", file.toAbsolutePath().normalize().toString()));
    if (settings.isEmpty()) {
      throw new ParameterException(
          spec().commandLine(),
          "nothing to store: give --budget, --relay, --aggregator or --api-key-file");
    }
    spec().commandLine().getOut().println(Profile.save(name, settings));
    spec().commandLine().getOut().flush();
    return ExitCodes.OK;
  }

  @Command(name = "list", description = "All profiles.", mixinStandardHelpOptions = true)
  int list() throws IOException {
    Table table = new Table("profile", "budget", "relay", "aggregator");
    for (String name : Profile.names()) {
      Map<String, String> settings = Profile.load(name).orElseGet(Map::of);
      table.row(
          name,
          settings.getOrDefault("budget", "-"),
          settings.getOrDefault("relay", "-"),
          settings.getOrDefault("aggregator", "-"));
    }
    spec().commandLine().getOut().println(table);
    spec().commandLine().getOut().flush();
    return ExitCodes.OK;
  }

  @Command(
      name = "show",
      description = "What a profile says; the path of the key, never the key.",
      mixinStandardHelpOptions = true)
  int show(
      @Parameters(paramLabel = "NAME", description = "Name of the profile.") String name,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws IOException {
    Map<String, String> settings =
        Profile.load(name)
            .orElseThrow(() ->
                new ParameterException(spec().commandLine(), "there is no profile '" + name + "'"));
    Table table = new Table("setting", "value");
    new TreeMap<>(settings).forEach(table::row);
    spec()
        .commandLine()
        .getOut()
        .println(json ? Installation.JSON.valueToTree(settings).toPrettyString() : table);
    spec().commandLine().getOut().flush();
    return ExitCodes.OK;
  }

  @Command(name = "remove", description = "Forgets a profile.", mixinStandardHelpOptions = true)
  int remove(@Parameters(paramLabel = "NAME", description = "Name of the profile.") String name)
      throws IOException {
    if (!Profile.remove(name)) {
      throw new ParameterException(spec().commandLine(), "there is no profile '" + name + "'");
    }
    return ExitCodes.OK;
  }
}
