package com.octomil.privacy.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.cli.bench.RoundLoad.Measurement;
import com.octomil.privacy.cli.console.Table;
import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The figures of a fleet with secure aggregation beside those of the same fleet without.
 *
 * @param options what was run
 * @param masked with secure aggregation
 * @param clear without, in the same run
 */
record RoundReport(RoundOptions options, Measurement masked, Measurement clear) {

  private static final double MEBIBYTE = 1024.0 * 1024.0;

  void print(PrintStream out) {
    out.println();
    out.println(
        format(
            "%,d devices, %,d coordinates, %d %s after %d to warm up, %.0f %% vanish before they upload",
            options.devices(),
            options.modelSize(),
            options.rounds(),
            options.rounds() == 1 ? "round" : "rounds",
            options.warmUp(),
            100 * options.dropout()));
    out.println();
    Table table = new Table("per round", "masked", "clear", "masked / clear");
    figures(masked)
        .forEach((name, value) -> {
          double yardstick = figures(clear).getOrDefault(name, 0.0);
          table.row(
              name,
              format("%,.2f", value),
              yardstick == 0 ? "-" : format("%,.2f", yardstick),
              yardstick == 0 ? "-" : format("%.2f", value / yardstick));
        });
    table.lines().forEach(line -> out.println("  " + line));
  }

  String toJson() {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("devices", options.devices());
    node.put("model_size", options.modelSize());
    node.put("rounds", options.rounds());
    node.put("warm_up", options.warmUp());
    node.put("dropout", options.dropout());
    figures(masked).forEach(node.putObject("masked")::put);
    figures(clear).forEach(node.putObject("clear")::put);
    return node.toString();
  }

  private Map<String, Double> figures(Measurement measured) {
    return figures(options, measured);
  }

  /** What was measured, per round. */
  static Map<String, Double> figures(RoundOptions options, Measurement measured) {
    int rounds = options.rounds();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("wall s", seconds(measured.wall()) / rounds);
    Set<String> phases = new LinkedHashSet<>(measured.phases().keySet());
    phases.forEach(phase ->
        figures.put(
            "wall s " + phase,
            seconds(measured.phases().getOrDefault(phase, Duration.ZERO)) / rounds));
    figures.put(
        "CPU ms of a device", 1000 * seconds(measured.devices()) / rounds / options.devices());
    measured
        .services()
        .forEach((service, time) -> figures.put("CPU s " + service, seconds(time) / rounds));
    figures.put(
        "CPU s of the three services",
        measured.services().entrySet().stream()
            .filter(entry -> !entry.getKey().equals(RoundLoad.DATABASE))
            .mapToDouble(entry -> seconds(entry.getValue()) / rounds)
            .sum());
    measured
        .peakMemory()
        .forEach((service, bytes) -> figures.put("peak MiB " + service, bytes / MEBIBYTE));
    figures.put(
        "upload bytes a coordinate",
        (double) measured.uploadBytes() / Math.max(1, measured.uploads()) / options.modelSize());
    figures.put(
        "share bytes of a device", (double) measured.shareBytes() / rounds / options.devices());
    figures.put("survivors", (double) measured.survivors());
    return figures;
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
