package com.octomil.privacy.budget.rest.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.octomil.privacy.audit.AuditFormatException;
import com.octomil.privacy.audit.CanonicalJson;
import com.octomil.privacy.budget.app.audit.AuditTrail;
import com.octomil.privacy.budget.domain.audit.EntryFilter;
import com.octomil.privacy.budget.domain.audit.StoredEntry;
import com.octomil.privacy.budget.rest.Parameters;
import com.octomil.privacy.kit.error.ErrorCode;
import com.octomil.privacy.kit.error.FieldViolation;
import com.octomil.privacy.kit.error.ServiceException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the two audit resources share: one for the deployment, one for a federation. */
final class AuditQueries {

  private static final Pattern TYPE = Pattern.compile("[a-z-]+\\.[a-z_-]+");
  private static final int PAGE = 500;

  private AuditQueries() {}

  static EntryFilter filter(@Nullable String type, @Nullable String from, @Nullable String to) {
    return new EntryFilter(types(type), instant("from", from), instant("to", to));
  }

  private static Set<String> types(@Nullable String list) {
    if (list == null || list.isBlank()) {
      return Set.of();
    }
    return Arrays.stream(list.split(",", -1))
        .map(String::strip)
        .map(type -> {
          if (!TYPE.matcher(type).matches()) {
            throw ServiceException.invalidField(
                ErrorCode.INVALID_REQUEST,
                new FieldViolation(
                    "type",
                    type,
                    "must be types of events separated by commas, such as round.published"));
          }
          return type;
        })
        .collect(Collectors.toUnmodifiableSet());
  }

  private static Optional<Instant> instant(String name, @Nullable String text) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      throw ServiceException.invalidField(
          ErrorCode.INVALID_REQUEST,
          new FieldViolation(
              name, text, "must be a time of RFC 3339, such as 2026-03-01T00:00:00Z"));
    }
  }

  /** Entries as JSON Lines or CSV. */
  static Response export(
      AuditTrail trail,
      String federation,
      @Nullable String format,
      EntryFilter filter,
      @Nullable String after) {
    long start = Parameters.after(after);
    // Before the first octet is sent: after it there is no status any more.
    trail.requireEntry(federation, start);
    String chosen = format == null ? "jsonl" : format;
    String name = federation.isEmpty() ? "deployment" : federation;
    return switch (chosen) {
      case "jsonl" ->
          attachment(
              "application/jsonl",
              name + "-audit.jsonl",
              jsonLines(trail, federation, filter, start));
      case "csv" ->
          attachment(
              "text/csv;charset=utf-8", name + "-audit.csv", csv(trail, federation, filter, start));
      default ->
          throw ServiceException.invalidField(
              ErrorCode.INVALID_VALUE,
              new FieldViolation("format", chosen, "must be 'jsonl' or 'csv'"));
    };
  }

  private static Response attachment(String type, String name, StreamingOutput content) {
    return Response.ok(content, type)
        .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + name + "\"")
        .build();
  }

  private static StreamingOutput jsonLines(
      AuditTrail trail, String federation, EntryFilter filter, long after) {
    return output -> {
      Writer writer = new BufferedWriter(new OutputStreamWriter(output, StandardCharsets.UTF_8));
      try {
        trail.export(federation, filter, after, line -> write(writer, line + "\n"));
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
      writer.flush();
    };
  }

  private static void write(Writer writer, String text) {
    try {
      writer.write(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** RFC 4180. For reading and spreadsheets; JSON Lines is what can be verified. */
  private static StreamingOutput csv(
      AuditTrail trail, String federation, EntryFilter filter, long after) {
    return output -> {
      Writer writer = new BufferedWriter(new OutputStreamWriter(output, StandardCharsets.UTF_8));
      writer.write("sequence,at,recorded_at,type,actor,service,region,source,number,data,hash\r\n");
      long sequence = after;
      while (true) {
        List<StoredEntry> page = trail.find(federation, filter, sequence, PAGE);
        for (StoredEntry entry : page) {
          writer.write(row(entry));
          sequence = entry.sequence();
        }
        if (page.size() < PAGE) {
          break;
        }
      }
      writer.flush();
    };
  }

  private static String row(StoredEntry entry) {
    ObjectNode node;
    try {
      node = CanonicalJson.parseObject(entry.canonical());
    } catch (AuditFormatException e) {
      node = CanonicalJson.object().put("data", entry.canonical());
    }
    StringBuilder row = new StringBuilder();
    row.append(entry.sequence());
    for (String name :
        List.of("at", "recorded_at", "type", "actor", "service", "region", "source", "number")) {
      row.append(',').append(quoted(node.path(name).isNull() ? "" : node.path(name).asText()));
    }
    return row.append(',')
        .append(quoted(node.path("data").toString()))
        .append(',')
        .append(HexFormat.of().formatHex(entry.hash()))
        .append("\r\n")
        .toString();
  }

  private static String quoted(String value) {
    // A leading = + - @ would be run as a formula by spreadsheets.
    String safe =
        !value.isEmpty() && "=+-@\t\r".indexOf(value.charAt(0)) >= 0 ? "'" + value : value;
    return '"' + safe.replace("\"", "\"\"") + '"';
  }
}
