package com.octomil.privacy.cli.bench;

import com.octomil.privacy.cli.bench.RoundLoad.Measurement;
import com.octomil.privacy.cli.console.Console;
import com.octomil.privacy.cli.console.ExitCodes;
import com.octomil.privacy.cli.console.Table;
import com.octomil.privacy.cli.stack.Service;
import com.octomil.privacy.cli.stack.Stack;
import com.octomil.privacy.cli.stack.StackException;
import com.octomil.privacy.cli.stack.StackOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code octomil bench native}: native images beside the JVM. */
@Command(
    name = "native",
    description = {
      "Runs the same rounds with the services on a JVM and as native images ('mvn package -Dnative'),",
      "and prints start-up, memory, processor time and the speed of AES side by side."
    },
    mixinStandardHelpOptions = true)
public final class NativeCommand implements Callable<Integer> {

  private static final Pattern STARTED = Pattern.compile("started in ([0-9.]+)s");
  private static final Pattern AES =
      Pattern.compile("(?m)^octomil_aggregator_aes_bytes_per_second ([0-9.Ee+]+)$");
  private static final Duration SETTLE = Duration.ofSeconds(5);
  private static final double MEBIBYTE = 1024.0 * 1024.0;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "100",
      description = "Size of the cohort. Default: ${DEFAULT-VALUE}.")
  private int devices;

  @Option(
      names = "--model-size",
      paramLabel = "D",
      defaultValue = "100000",
      description = "Coordinates of the model. Default: ${DEFAULT-VALUE}.")
  private int modelSize;

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "3",
      description = "Measured rounds one after the other. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      defaultValue = "0",
      description = "Rounds before them that are not measured. Default: ${DEFAULT-VALUE}.")
  private int warmUp;

  @Override
  public Integer call() throws InterruptedException {
    Console console = Console.of(false);
    try {
      RoundOptions options =
          new RoundOptions(devices, modelSize, rounds, warmUp, 0, Duration.ofSeconds(120));
      console.people().println("the services on a JVM");
      Map<String, Double> jvm = measure(false, options);
      console.people().println("the services as native images");
      Map<String, Double> images = measure(true, options);
      Table table = new Table("", "JVM", "native", "native / JVM");
      images.forEach((name, value) -> {
        double yardstick = jvm.getOrDefault(name, Double.NaN);
        table.row(name, format(yardstick), format(value), format(value / yardstick));
      });
      console.people().println();
      table.lines().forEach(line -> console.people().println("  " + line));
      return ExitCodes.OK;
    } catch (StackException | IllegalStateException | IllegalArgumentException | IOException e) {
      System.err.println("octomil bench native: " + e.getMessage());
      return ExitCodes.FAILED;
    }
  }

  private static Map<String, Double> measure(boolean nativeImages, RoundOptions options)
      throws StackException, InterruptedException, IOException {
    Map<String, Double> figures = new LinkedHashMap<>();
    try (RoundLoad load =
        RoundLoad.start(StackOptions.fromLauncher().withNativeImages(nativeImages), options)) {
      Stack stack = load.stack();
      Thread.sleep(SETTLE);
      for (Service service : Service.values()) {
        Matcher started = STARTED.matcher(Files.readString(stack.log(service)));
        if (started.find()) {
          figures.put("start s " + service.module(), Double.parseDouble(started.group(1)));
        }
        figures.put(
            "idle MiB " + service.module(),
            Usage.memory(stack.process(service)).orElse(0) / MEBIBYTE);
      }
      aesSpeed(stack).ifPresent(speed -> figures.put("AES-CTR GB/s", speed / 1e9));
      Measurement measured = load.run(true, line -> {});
      RoundReport.figures(options, measured).forEach(figures::put);
      return figures;
    }
  }

  private static OptionalDouble aesSpeed(Stack stack) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      String metrics =
          http.send(
                  HttpRequest.newBuilder(
                          URI.create(
                              "http://127.0.0.1:"
                                  + stack.ports(Service.AGGREGATOR).management()
                                  + "/q/metrics"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      Matcher speed = AES.matcher(metrics);
      return speed.find()
          ? OptionalDouble.of(Double.parseDouble(speed.group(1)))
          : OptionalDouble.empty();
    }
  }

  private static String format(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%,.2f", value);
  }
}
