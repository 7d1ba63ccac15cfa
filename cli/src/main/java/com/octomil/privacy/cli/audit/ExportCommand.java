package com.octomil.privacy.cli.audit;

import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.remote.RemoteException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code octomil audit export}. */
@Command(
    name = "export",
    description = "Exports the audit log; an export in JSON Lines can be verified offline.",
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private AuditLogAddress log = new AuditLogAddress();

  @Option(
      names = "--format",
      paramLabel = "FORM",
      defaultValue = "jsonl",
      description = "jsonl (can be verified) or csv (for reading). Default: ${DEFAULT-VALUE}.")
  private String format = "jsonl";

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      split = ",",
      description = "Types of events, such as round.published; others are left out.")
  private List<String> types = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "Events from this time on, RFC 3339.")
  private Optional<String> from = Optional.empty();

  @Option(names = "--to", paramLabel = "TIME", description = "Events before this time, RFC 3339.")
  private Optional<String> to = Optional.empty();

  @Option(
      names = "--after",
      paramLabel = "N",
      description = "Entries after this number only, for whoever has the others.")
  private Optional<Long> after = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to write. Default: standard output.")
  private Optional<Path> output = Optional.empty();

  @Override
  public Integer call() throws IOException, RemoteException, InterruptedException {
    if (!format.equals("jsonl") && !format.equals("csv")) {
      throw new ParameterException(
          spec.commandLine(), "--format is '" + format + "': must be jsonl or csv");
    }
    List<String> query = new ArrayList<>();
    query.add("format=" + format);
    if (!types.isEmpty()) {
      query.add("type=" + encoded(String.join(",", types)));
    }
    from.ifPresent(time -> query.add("from=" + encoded(time)));
    to.ifPresent(time -> query.add("to=" + encoded(time)));
    after.ifPresent(number -> query.add("after=" + number));
    try (InputStream export = log.send("GET", "/export?" + String.join("&", query), "*/*")) {
      if (output.isEmpty()) {
        export.transferTo(System.out);
        System.out.flush();
        return ExitCodes.OK;
      }
      // Beside its place first, so that a broken connection leaves no half export there.
      Path target = output.get().toAbsolutePath();
      Path part = target.resolveSibling(target.getFileName() + ".part");
      Files.copy(export, part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
    return ExitCodes.OK;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
