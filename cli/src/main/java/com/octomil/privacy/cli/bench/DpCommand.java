package com.octomil.privacy.cli.bench;

import com.octomil.privacy.benchmarks.dp.AccountingTable;
import com.octomil.privacy.benchmarks.dp.NoiseTable;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code octomil bench dp}: exact noise, encoding and accounting. */
@Command(
    name = "dp",
    description = {
      "Measures exact noise, the generator under it, the encoding of updates and the accountants",
      "on one thread, in about two minutes and a heap of 256 MiB."
    },
    mixinStandardHelpOptions = true)
public final class DpCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    FigureReport.run(
        spec.commandLine().getOut(), json, List.of(AccountingTable::measure, NoiseTable::measure));
    return 0;
  }
}
