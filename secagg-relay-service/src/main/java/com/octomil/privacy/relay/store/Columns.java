package com.octomil.privacy.relay.store;

import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Region;
import io.vertx.mutiny.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Values between rows and the domain. */
final class Columns {

  private Columns() {}

  /** Parameters of a statement in their order; Vert.x wants buffers and offset date times. */
  static Tuple parameters(@Nullable Object... values) {
    Tuple tuple = Tuple.tuple();
    for (Object value : values) {
      tuple.addValue(value);
    }
    return tuple;
  }

  static io.vertx.core.buffer.Buffer toColumn(Bytes value) {
    return io.vertx.core.buffer.Buffer.buffer(value.toArray());
  }

  static OffsetDateTime toColumn(Instant value) {
    return value.atOffset(ZoneOffset.UTC);
  }

  static @Nullable String toColumn(@Nullable Region region) {
    return region == null ? null : region.value();
  }

  static Bytes bytes(Row row, String column) {
    return Objects.requireNonNull(bytesOrNull(row, column), column);
  }

  static @Nullable Bytes bytesOrNull(Row row, String column) {
    Buffer buffer = row.getBuffer(column);
    return buffer == null ? null : Bytes.of(buffer.getBytes());
  }

  static Instant instant(Row row, String column) {
    return row.getOffsetDateTime(column).toInstant();
  }

  static @Nullable Instant instantOrNull(Row row, String column) {
    OffsetDateTime value = row.getOffsetDateTime(column);
    return value == null ? null : value.toInstant();
  }

  static @Nullable Region regionOrNull(Row row, String column) {
    String value = row.getString(column);
    return value == null ? null : new Region(value);
  }

  static <T> Optional<T> first(RowSet<Row> rows, Function<Row, T> mapper) {
    for (Row row : rows) {
      return Optional.of(mapper.apply(row));
    }
    return Optional.empty();
  }

  static <T> List<T> all(RowSet<Row> rows, Function<Row, T> mapper) {
    List<T> values = new ArrayList<>(rows.size());
    for (Row row : rows) {
      values.add(mapper.apply(row));
    }
    return values;
  }
}
