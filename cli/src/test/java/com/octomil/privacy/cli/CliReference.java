package com.octomil.privacy.cli;

import com.octomil.privacy.cli.remote.Installation;
import com.octomil.privacy.docs.GeneratedDocument;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** Writes every command with its parameters, options and exit codes as Markdown. */
final class CliReference {

  private final CommandLine root;
  private final StringBuilder text = new StringBuilder();
  private final List<String> unexplained = new ArrayList<>();

  CliReference(CommandLine root) {
    this.root = root;
    CommandLine.Help.Ansi plain = Help.Ansi.OFF;
    root.setColorScheme(Help.defaultColorScheme(plain));
    root.setUsageHelpWidth(100);
  }

  /** Commands, parameters and options without a description, after {@link #write}. */
  List<String> unexplained() {
    return List.copyOf(unexplained);
  }

  String write() {
    List<CommandLine> all = new ArrayList<>();
    collect(root, all);
    text.append(
        """
        Every command has `--help` (`-h`) and `--version` (`-V`). With `--json` standard output carries nothing but JSON; errors and progress go to standard error, and
        progress bars only to terminals.

        ## Exit codes

        """);
    exitCodes(root.getCommandSpec().usageMessage());
    text.append("\n## Which installation\n\n| option | |\n|---|---|\n");
    for (CommandLine command : all) {
      if (name(command).equals("octomil federations list")) {
        command.getCommandSpec().options().stream()
            .filter(CliReference::ofInstallation)
            .forEach(option ->
                text.append(
                    row(
                        name(command),
                        option.longestName() + " " + option.paramLabel(),
                        option.description(),
                        "")));
      }
    }
    text.append("\n## Commands\n\n| command | |\n|---|---|\n");
    for (CommandLine command : all) {
      if (command.getSubcommands().isEmpty()
          || command.getCommandSpec().userObject() instanceof Callable) {
        text.append(
            "| [`%s`](#%s) | %s |\n"
                .formatted(name(command), name(command).replace(' ', '-'), summary(command)));
      }
    }
    for (CommandLine command : all) {
      write(command);
    }
    return text.toString();
  }

  private static void collect(CommandLine command, List<CommandLine> into) {
    Set<CommandLine> unique = new LinkedHashSet<>(command.getSubcommands().values());
    unique.stream()
        .filter(each -> !each.getCommandSpec().usageMessage().hidden())
        .sorted((a, b) -> a.getCommandName().compareTo(b.getCommandName()))
        .forEach(each -> {
          into.add(each);
          collect(each, into);
        });
  }

  private static String name(CommandLine command) {
    return command.getCommandSpec().qualifiedName(" ");
  }

  private static String description(CommandLine command) {
    return GeneratedDocument.cell(
        String.join(" ", command.getCommandSpec().usageMessage().description()));
  }

  private String summary(CommandLine command) {
    String whole = description(command);
    if (whole.isEmpty()) {
      unexplained.add(name(command));
    }
    // The first sentence.
    return whole.replaceAll("(?s)([.:]) .*", "$1");
  }

  private void write(CommandLine command) {
    UsageMessageSpec usage = command.getCommandSpec().usageMessage();
    text.append("\n### ").append(name(command)).append("\n\n");
    text.append(description(command)).append("\n");
    text.append("\n```text\n")
        .append(command.getHelp().synopsis(0).stripTrailing())
        .append("\n```\n");
    if (!usage.exitCodeList().isEmpty()) {
      text.append("\n");
      exitCodes(usage);
    }
    List<String> rows = new ArrayList<>();
    for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
      if (!parameter.hidden()) {
        rows.add(row(name(command), parameter.paramLabel(), parameter.description(), ""));
      }
    }
    boolean remote = false;
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (option.hidden() || option.usageHelp() || option.versionHelp()) {
        continue;
      }
      if (ofInstallation(option)) {
        remote = true;
        continue;
      }
      String label =
          String.join(", ", option.names())
              + (option.arity().max() > 0 && !option.paramLabel().isEmpty()
                  ? " " + option.paramLabel()
                  : "");
      rows.add(
          row(name(command), label, option.description(), option.required() ? "Required. " : ""));
    }
    if (remote) {
      rows.add("| [which installation](#which-installation) | |\n");
    }
    if (!rows.isEmpty()) {
      text.append("\n| parameter, option | |\n|---|---|\n");
      rows.stream().distinct().forEach(text::append);
    }
  }

  /** Those are explained once. */
  private static boolean ofInstallation(OptionSpec option) {
    return option.userObject() instanceof Field field
        && field.getDeclaringClass() == Installation.class;
  }

  private String row(String command, String label, String[] description, String prefix) {
    String meaning = GeneratedDocument.cell(String.join(" ", description));
    if (meaning.isEmpty()) {
      unexplained.add(command + " " + label);
    }
    return "| `%s` | %s%s |\n".formatted(label, prefix, meaning);
  }

  private void exitCodes(UsageMessageSpec usage) {
    text.append("| exit code | meaning |\n|---|---|\n");
    for (Map.Entry<String, String> code : usage.exitCodeList().entrySet()) {
      text.append(
          "| %s | %s |\n".formatted(code.getKey(), GeneratedDocument.cell(code.getValue())));
    }
  }
}
