package com.octomil.privacy.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.octomil.privacy.device.transport.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Rounds as they stand in the database, and what must be true of them after any fault. */
final class RoundTable {

  private final String url;
  private final UUID job;

  RoundTable(String databaseUrl, String job) {
    this.url = databaseUrl;
    this.job = UUID.fromString(job);
  }

  /** One attempt at a round. */
  record Attempt(UUID id, int number, int attempt, String state, boolean settled, String reason) {
    boolean over() {
      return Set.of("published", "committed", "aborted").contains(state);
    }

    boolean published() {
      return state.equals("published") || state.equals("committed");
    }
  }

  Connection connect() throws SQLException {
    return DriverManager.getConnection(url);
  }

  /** All attempts, in the order in which they were made. */
  List<Attempt> attempts() throws SQLException {
    try (Connection connection = connect();
        PreparedStatement query =
            connection.prepareStatement(
                """
                SELECT id, number, attempt, state, settled, abort_reason || ': ' || abort_detail
                  FROM aggregator.rounds WHERE job_id = ? ORDER BY number, attempt
                """)) {
      query.setObject(1, job);
      List<Attempt> attempts = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          attempts.add(
              new Attempt(
                  rows.getObject(1, UUID.class),
                  rows.getInt(2),
                  rows.getInt(3),
                  rows.getString(4),
                  rows.getBoolean(5),
                  String.valueOf(rows.getString(6))));
        }
      }
      return attempts;
    }
  }

  /** The latest attempt, if there is one and the database answers. */
  Optional<Attempt> latest() {
    try {
      List<Attempt> all = attempts();
      return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    } catch (SQLException restarting) {
      return Optional.empty();
    }
  }

  /**
   * Every published sum is exactly that of its survivors, every acknowledged upload is in it, every
   * attempt is over and settled at the budget service as it ended, and nothing is left of what had
   * to be erased.
   */
  void requireExact(TestFleet fleet, int length) throws SQLException {
    try (Connection connection = connect()) {
      for (Attempt attempt : attempts()) {
        assertThat(attempt.over()).as(attempt.toString()).isTrue();
        assertThat(attempt.settled()).as(attempt.toString()).isTrue();
        if (attempt.published()) {
          Set<Bytes> counted = requireSum(connection, attempt, fleet, length);
          Bytes round = bytes(attempt.id());
          for (TestFleet.Acknowledged upload : fleet.acknowledged()) {
            if (upload.round().equals(round)) {
              assertThat(counted)
                  .as("acknowledged uploads of " + attempt)
                  .contains(upload.participant());
            }
          }
        }
        assertThat(reservation(connection, attempt.id()))
            .as(attempt.toString())
            .isEqualTo(expectedReservation(connection, attempt));
      }
      for (String table : List.of("upload_batches", "revealed_shares")) {
        try (ResultSet left =
            connection.createStatement().executeQuery("SELECT count(*) FROM aggregator." + table)) {
          left.next();
          assertThat(left.getInt(1)).as(table).isZero();
        }
      }
    }
  }

  /** The devices in a published sum, once it is found to be exactly theirs. */
  Set<Integer> summed(Attempt attempt, TestFleet fleet, int length) throws SQLException {
    try (Connection connection = connect()) {
      return requireSum(connection, attempt, fleet, length).stream()
          .map(fleet::device)
          .collect(Collectors.toSet());
    }
  }

  private static Set<Bytes> requireSum(
      Connection connection, Attempt attempt, TestFleet fleet, int length) throws SQLException {
    byte[] survivors;
    byte[] aggregate;
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT survivors, aggregate FROM aggregator.rounds WHERE id = ?")) {
      query.setObject(1, attempt.id());
      try (ResultSet row = query.executeQuery()) {
        row.next();
        survivors = row.getBytes(1);
        aggregate = row.getBytes(2);
      }
    }
    long[] expected = new long[length];
    Set<Bytes> counted = new HashSet<>();
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT index, participant_id FROM aggregator.participants WHERE round_id = ?")) {
      query.setObject(1, attempt.id());
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          int index = rows.getInt(1);
          if ((survivors[index / 8] >> (index % 8) & 1) == 0) {
            continue;
          }
          Bytes participant = bytes(rows.getObject(2, UUID.class));
          counted.add(participant);
          int[] encoding = TestFleet.encoding(fleet.device(participant), length);
          for (int i = 0; i < length; i++) {
            expected[i] += encoding[i];
          }
        }
      }
    }
    long[] sum = new long[aggregate.length / Long.BYTES];
    ByteBuffer.wrap(aggregate).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(sum);
    assertThat(sum).as(attempt.toString()).isEqualTo(expected);
    return counted;
  }

  private static String expectedReservation(Connection connection, Attempt attempt)
      throws SQLException {
    if (attempt.published()) {
      return "COMMITTED";
    }
    try (PreparedStatement query =
        connection.prepareStatement("SELECT sum_unmasked FROM aggregator.rounds WHERE id = ?")) {
      query.setObject(1, attempt.id());
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return row.getBoolean(1) ? "COMMITTED" : "RELEASED";
      }
    }
  }

  private static String reservation(Connection connection, UUID round) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT state FROM budget.reservation WHERE round_id = ?")) {
      query.setBytes(1, octets(round));
      try (ResultSet row = query.executeQuery()) {
        return row.next() ? row.getString(1) : "none";
      }
    }
  }

  private static Bytes bytes(UUID id) {
    return Bytes.of(octets(id));
  }

  private static byte[] octets(UUID id) {
    return ByteBuffer.allocate(16)
        .putLong(id.getMostSignificantBits())
        .putLong(id.getLeastSignificantBits())
        .array();
  }
}
