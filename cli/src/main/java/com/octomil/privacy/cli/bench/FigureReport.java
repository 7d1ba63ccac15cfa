package com.octomil.privacy.cli.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.benchmarks.Figure;
import com.octomil.privacy.benchmarks.Stopwatch;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Figures as they are measured: a line each for people, or one JSON object at the end. */
final class FigureReport {

  /** Something that measures and hands over its figures. */
  @FunctionalInterface
  interface Measurement {
    void run(Consumer<Figure> sink) throws Exception;
  }

  private static final long MEBIBYTE = 1L << 20;

  private FigureReport() {}

  /** Runs the measurements one after the other. */
  static void run(PrintWriter out, boolean json, List<Measurement> measurements) throws Exception {
    List<Figure> figures = new ArrayList<>();
    if (!json) {
      out.println(
          String.format(
              Locale.ROOT,
              "%s %s, %d processors, heap of at most %d MiB",
              System.getProperty("java.vm.name"),
              Runtime.version(),
              Runtime.getRuntime().availableProcessors(),
              Runtime.getRuntime().maxMemory() / MEBIBYTE));
      out.println();
      out.println(Figure.headings("processor time of one thread, median"));
      out.flush();
    }
    Consumer<Figure> sink =
        figure -> {
          figures.add(figure);
          if (!json) {
            out.println(figure.line());
            out.flush();
          }
        };
    for (Measurement measurement : measurements) {
      measurement.run(sink);
    }
    sink.accept(Figure.of("largest heap while measuring", Stopwatch.peakHeap() >> 20, "MiB"));
    if (json) {
      out.println(toJson(figures));
      out.flush();
    }
  }

  static String toJson(List<Figure> figures) throws IOException {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    node.put("processors", Runtime.getRuntime().availableProcessors());
    node.put("max_heap_mib", Runtime.getRuntime().maxMemory() / MEBIBYTE);
    ArrayNode rows = node.putArray("figures");
    for (Figure figure : figures) {
      ObjectNode row = rows.addObject();
      row.put("name", figure.name().strip());
      row.put("value", figure.value());
      row.put("unit", figure.unit());
      figure.aim().ifPresent(aim -> row.put("aim", aim));
      figure.peer().ifPresent(peer -> row.put("peer", peer));
    }
    return new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(node);
  }
}
