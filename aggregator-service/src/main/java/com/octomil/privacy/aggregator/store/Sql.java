package com.octomil.privacy.aggregator.store;

import com.octomil.privacy.aggregator.domain.Octets;
import io.vertx.core.buffer.Buffer;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.sqlclient.data.Numeric;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Between domain values and what the PostgreSQL client binds. */
final class Sql {
  private Sql() {}

  /** Runs one prepared statement and waits for its rows. */
  static RowSet<Row> run(SqlConnection connection, String sql, @Nullable Object... arguments) {
    List<@Nullable Object> bound = new ArrayList<>(arguments.length);
    for (Object argument : arguments) {
      bound.add(bind(argument));
    }
    return connection.preparedQuery(sql).executeAndAwait(Tuple.tuple(castNonNull(bound)));
  }

  /** The single row of a result that has at most one. */
  static Optional<Row> first(RowSet<Row> rows) {
    var iterator = rows.iterator();
    return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
  }

  static byte[] bytes(Row row, String column) {
    return row.getBuffer(column).getBytes();
  }

  static Octets octets(Row row, String column) {
    return Octets.of(bytes(row, column));
  }

  static Optional<Octets> optionalOctets(Row row, String column) {
    return row.getValue(column) == null ? Optional.empty() : Optional.of(octets(row, column));
  }

  static OptionalInt optionalInt(Row row, String column) {
    Integer value = row.getInteger(column);
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  static OptionalDouble optionalDouble(Row row, String column) {
    Double value = row.getDouble(column);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  static OptionalLong optionalLong(Row row, String column) {
    Long value = row.getLong(column);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  static Optional<BigDecimal> optionalDecimal(Row row, String column) {
    return Optional.ofNullable(row.getBigDecimal(column));
  }

  static Instant instant(Row row, String column) {
    return row.getOffsetDateTime(column).toInstant();
  }

  private static @Nullable Object bind(@Nullable Object argument) {
    return switch (argument) {
      case null -> null;
      case Optional<?> optional -> optional.isEmpty() ? null : bind(optional.get());
      case OptionalInt optional -> optional.isEmpty() ? null : (Object) optional.getAsInt();
      case OptionalLong optional -> optional.isEmpty() ? null : (Object) optional.getAsLong();
      case Octets octets -> Buffer.buffer(octets.toArray());
      case byte[] octets -> Buffer.buffer(octets);
      case Instant instant -> OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
      case BigDecimal decimal -> Numeric.create(decimal);
      default -> argument;
    };
  }

  // The client takes null elements; its signature just does not say so.
  @SuppressWarnings({"unchecked", "NullAway"})
  private static List<Object> castNonNull(List<? extends @Nullable Object> list) {
    return (List<Object>) list;
  }
}
