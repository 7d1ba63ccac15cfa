package com.octomil.privacy.cli.bench;

import com.octomil.privacy.benchmarks.secagg.SecaggTable;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code octomil bench secagg}: masks, devices, unmasking and the primitives under them. */
@Command(
    name = "secagg",
    description = {
      "Measures masks beside raw AES and array copies, a device's round, the server's unmasking and",
      "the primitives under them, in about four minutes."
    },
    mixinStandardHelpOptions = true)
public final class SecaggCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    FigureReport.run(spec.commandLine().getOut(), json, List.of(SecaggTable::measure));
    return 0;
  }
}
