package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tutorials, command by command as they stand, in one shell; what a command prints must be what
 * the page shows, but for identifiers and figures. With {@code -Ddocs.update=true} the pages are
 * written anew from what was printed.
 */
@Timeout(1800)
class TutorialsIT {

  private static final List<String> PAGES = List.of("first-federation.md", "your-own-model.md");
  private static final boolean UPDATE = Boolean.getBoolean("docs.update");
  private static final Pattern BLOCK =
      Pattern.compile("^```console\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern SECRET = Pattern.compile("\\b(oec|edg)_[-\\w]+");
  private static final String DONE = "__done__";

  /** What differs from run to run. */
  private static final Map<Pattern, String> VARIABLE = new LinkedHashMap<>();

  static {
    for (String[] each :
        new String[][] {
          {"\\[[-0-9., Ee]+\\]", "<weights>"},
          {"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<uuid>"},
          {"\\b[0-9a-f]{32,64}\\b", "<hex>"},
          {"\\b(oec|edg)_[-\\w.]+", "<secret>"},
          {"\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "<time>"},
          {"/\\S*/(?=[^/\\s]+)", "<folder>/"},
          {"-?\\d+(\\.\\d+)?(E-?\\d+)?", "<n>"},
          {"[ \\t]+", " "},
        }) {
      VARIABLE.put(Pattern.compile(each[0]), each[1]);
    }
  }

  @TempDir private Path folder;
  private final List<Process> processes = new ArrayList<>();
  private final Map<String, String> addresses = new LinkedHashMap<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes.reversed()) {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void everyCommandPrintsWhatThePageShows() throws Exception {
    prepare();
    Shell shell = new Shell();
    for (String page : PAGES) {
      Path file = Home.path().resolve("docs/tutorials").resolve(page);
      String text = Files.readString(file);
      Matcher block = BLOCK.matcher(text);
      StringBuilder renewed = new StringBuilder();
      int commands = 0;
      while (block.find()) {
        StringBuilder printed = new StringBuilder();
        for (Command command : Command.in(block.group(1))) {
          commands++;
          List<String> output = run(shell, command);
          if (!UPDATE) {
            assertThat(alike(output))
                .as("%s: %s", page, command.lines())
                .isEqualTo(alike(command.output()));
          }
          command.lines().forEach(line -> printed.append(here(line)).append('\n'));
          output.forEach(line -> printed.append(shown(line)).append('\n'));
        }
        block.appendReplacement(
            renewed, Matcher.quoteReplacement("```console\n" + printed + "```"));
      }
      assertThat(commands).as(page).isGreaterThan(6);
      block.appendTail(renewed);
      if (UPDATE) {
        Files.writeString(file, renewed);
      }
    }
  }

  /** What the pages find in the folder of the project. */
  private void prepare() throws IOException {
    Path launcher = folder.resolve("octomil");
    Files.writeString(
        launcher,
        "#!/bin/sh\nexec "
            + Home.command().stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "))
            + " \"$@\"\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
    for (String linked : List.of("cli", "examples")) {
      Files.createSymbolicLink(folder.resolve(linked), Home.path().resolve(linked));
    }
  }

  private List<String> run(Shell shell, Command command) throws Exception {
    String line = command.lines().getFirst().substring(2);
    if (line.equals("./octomil up")) {
      List<String> output = inBackground(line, "Ctrl-C stops everything.");
      remember(output);
      return output;
    }
    if (line.startsWith("java ") && line.contains("EnergyDevices")) {
      return inBackground(shell.expand(line), "wait for rounds");
    }
    if (line.startsWith("export ")) {
      return shell.run(List.of(here(line)));
    }
    List<String> lines = new ArrayList<>(List.of(line));
    command.lines().stream().skip(1).map(more -> more.substring(2)).forEach(lines::add);
    return shell.run(lines);
  }

  /** With the ports of this run in place of those of the page. */
  private String here(String line) {
    String with = line;
    if (line.contains("export ")) {
      for (Map.Entry<String, String> address : addresses.entrySet()) {
        with =
            with.replaceAll(
                "\\b" + address.getKey() + "=\\S+", address.getKey() + "=" + address.getValue());
      }
    }
    return with;
  }

  /** As a page may show it: without secrets and without the folders of this test. */
  private String shown(String line) {
    String open = SECRET.matcher(line).replaceAll("$1_...");
    if (line.startsWith("oec_") || line.matches("code +device")) {
      // The column was as wide as the codes.
      open = open.replaceAll("(?<=\\S) {2,}(?=\\S+$)", "  ");
    }
    return open.replaceAll("/\\S*/octomil-\\d+/", "/tmp/octomil/")
        .replace(folder + "/.config", "/home/you/.config")
        .replace(folder.toString(), "/home/you/octomil");
  }

  private void remember(List<String> up) {
    String text = String.join("\n", up);
    for (String[] each :
        new String[][] {
          {"RELAY", "relay (127\\S+)"},
          {"AGGREGATOR", "aggregator (127\\S+)"},
          {"BUDGET_URL", "budget service\\s+(http\\S+)"},
          {"AGGREGATOR_URL", "aggregator\\s+(http\\S+)"},
        }) {
      Matcher found = Pattern.compile(each[1]).matcher(text);
      assertThat(found.find()).as("%s in %s", each[0], text).isTrue();
      addresses.put(each[0], found.group(1));
    }
  }

  private List<String> inBackground(String line, String last) throws Exception {
    Process process = processBuilder(List.of("bash", "-c", "exec " + line)).start();
    processes.add(process);
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    List<String> output = new ArrayList<>();
    String next;
    do {
      next = reader.readLine();
      assertThat(next).as("%s ended after %s", line, output).isNotNull();
      output.add(next);
    } while (!next.contains(last));
    // So that it never waits for a reader.
    Thread.ofVirtual().start(() -> reader.lines().forEach(ignored -> {}));
    return output;
  }

  private ProcessBuilder processBuilder(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("HOME", folder.toString());
    // As below HOME, which the JVM does not look at.
    environment.put("XDG_CONFIG_HOME", folder.resolve(".config").toString());
    environment.remove("OCTOMIL_PROFILE");
    environment.put(
        "PATH",
        Path.of(System.getProperty("java.home"), "bin")
            + ":"
            + environment.getOrDefault("PATH", ""));
    builder.redirectError(folder.resolve("stderr-" + processes.size()).toFile());
    return builder;
  }

  private static List<String> alike(List<String> output) {
    return output.stream()
        .map(line -> {
          String alike = line.strip();
          for (Map.Entry<Pattern, String> each : VARIABLE.entrySet()) {
            alike = each.getKey().matcher(alike).replaceAll(each.getValue());
          }
          return alike;
        })
        .toList();
  }

  /** A command with its lines, prompts included, and what the page says that it prints. */
  private record Command(List<String> lines, List<String> output) {

    static List<Command> in(String block) {
      List<Command> commands = new ArrayList<>();
      for (String line : block.lines().toList()) {
        if (line.startsWith("$ ")) {
          commands.add(new Command(new ArrayList<>(List.of(line)), new ArrayList<>()));
        } else if (line.startsWith("> ") && commands.getLast().output().isEmpty()) {
          commands.getLast().lines().add(line);
        } else {
          commands.getLast().output().add(line);
        }
      }
      return commands;
    }
  }

  /**
   * One shell for all commands. Standard error is shown where a command prints nothing else, as
   * refusals do.
   */
  private final class Shell {
    private final Process process;
    private final BlockingQueue<String> printed = new LinkedBlockingQueue<>();
    private int number;

    Shell() throws IOException {
      process = processBuilder(List.of("bash")).start();
      processes.add(process);
      BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
      Thread.ofVirtual().start(() -> reader.lines().forEach(printed::add));
    }

    String expand(String line) throws Exception {
      return run(List.of("echo \"" + line + "\"")).getFirst();
    }

    List<String> run(List<String> lines) throws Exception {
      Path errors = folder.resolve("errors-" + number++);
      var input = process.outputWriter(StandardCharsets.UTF_8);
      input.write("{ " + String.join("\n", lines) + "\n} 2>'" + errors + "'\n");
      input.write("echo " + DONE + "\n");
      input.flush();
      List<String> output = new ArrayList<>();
      while (true) {
        String line = printed.poll(10, TimeUnit.MINUTES);
        assertThat(line).as("%s goes on after %s; %s", lines, output, read(errors)).isNotNull();
        if (line.equals(DONE)) {
          return output.isEmpty() ? read(errors) : output;
        }
        output.add(line);
      }
    }

    private static List<String> read(Path file) throws IOException {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }
  }
}
