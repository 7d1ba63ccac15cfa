package com.octomil.privacy.relay.store;

import static com.octomil.privacy.relay.store.Columns.bytes;
import static com.octomil.privacy.relay.store.Columns.bytesOrNull;
import static com.octomil.privacy.relay.store.Columns.instant;

import com.octomil.privacy.relay.domain.Abort;
import com.octomil.privacy.relay.domain.AbortReason;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Deadlines;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.Region;
import com.octomil.privacy.relay.domain.RosterSummary;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.RoundRules;
import com.octomil.privacy.relay.domain.SecureAggregation;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.secagg.AdversaryModel;
import com.octomil.privacy.secagg.CohortAssumptions;
import com.octomil.privacy.secagg.GraphParameters;
import com.octomil.privacy.secagg.Grouping;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.wire.IndexBitmap;
import io.vertx.mutiny.sqlclient.Row;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Sessions as rows. */
final class SessionRows {

  private SessionRows() {}

  /** The columns that change with the state. */
  record StateColumns(
      SessionPhase phase,
      @Nullable Bytes rosterRoot,
      @Nullable Integer rosterSize,
      @Nullable Integer degree,
      @Nullable Integer threshold,
      @Nullable Bytes graphNonce,
      @Nullable Bytes sharers,
      @Nullable AbortReason abortReason,
      @Nullable String abortDetail,
      boolean expired) {}

  static StateColumns toColumns(SessionState state) {
    RosterSummary roster = state.rosterOrNull();
    Bytes nonce = null;
    Bytes sharers = null;
    AbortReason reason = null;
    String detail = null;
    boolean expired = false;
    switch (state) {
      case SessionState.Advertising _,
          SessionState.RosterClosed _,
          SessionState.Admitted _,
          SessionState.Closed _ -> {}
      case SessionState.Sharing sharing -> nonce = sharing.graphNonce();
      case SessionState.Shared shared -> {
        nonce = shared.graphNonce();
        sharers = Bytes.of(IndexBitmap.of(shared.roster().graph().cohort(), shared.sharers()));
      }
      case SessionState.Aborted aborted -> {
        reason = aborted.abort().reason();
        detail = aborted.abort().detail();
        expired = aborted.expired();
      }
    }
    return new StateColumns(
        state.phase(),
        roster == null ? null : roster.root(),
        roster == null ? null : (Integer) roster.graph().cohort(),
        roster == null ? null : (Integer) roster.graph().degree(),
        roster == null ? null : (Integer) roster.graph().threshold(),
        nonce,
        sharers,
        reason,
        detail,
        expired);
  }

  static String[] toColumn(Set<Region> regions) {
    return regions.stream().map(Region::value).sorted().toArray(String[]::new);
  }

  static Session toSession(Row row) {
    return new Session(
        toRules(row),
        bytes(row, "parameters"),
        new RoundHash(bytes(row, "round_hash").toArray()),
        bytes(row, "ticket_key"),
        toState(row),
        row.getLong("revision"));
  }

  private static RoundRules toRules(Row row) {
    Bytes commitment = bytesOrNull(row, "graph_nonce_commitment");
    SecureAggregation secure =
        commitment == null
            ? null
            : new SecureAggregation(
                new CohortAssumptions(
                    AdversaryModel.valueOf(row.getString("adversary")),
                    row.getDouble("corrupt_fraction"),
                    row.getDouble("dropout_fraction"),
                    row.getInteger("security_bits"),
                    row.getInteger("correctness_bits")),
                row.getDouble("reconstruction_threshold"),
                commitment,
                groupingOrNull(row));
    return new RoundRules(
        new RoundId(bytes(row, "round_id")),
        new FederationName(row.getString("federation")),
        row.getInteger("target_cohort"),
        row.getInteger("min_survivors"),
        new Deadlines(
            instant(row, "advertise_deadline"),
            instant(row, "share_deadline"),
            instant(row, "upload_deadline"),
            instant(row, "sign_survivors_deadline"),
            instant(row, "reveal_deadline")),
        Arrays.stream(row.getArrayOfStrings("regions"))
            .map(Region::new)
            .collect(Collectors.toSet()),
        secure);
  }

  private static @Nullable Grouping groupingOrNull(Row row) {
    Integer maxGroupSize = row.getInteger("max_group_size");
    return maxGroupSize == null
        ? null
        : new Grouping(maxGroupSize, row.getInteger("min_group_survivors"));
  }

  private static SessionState toState(Row row) {
    return switch (SessionPhase.valueOf(row.getString("phase"))) {
      case ADVERTISE -> new SessionState.Advertising();
      case ROSTER_CLOSED -> new SessionState.RosterClosed(roster(row));
      case SHARE -> new SessionState.Sharing(roster(row), bytes(row, "graph_nonce"));
      case SHARED -> {
        if (rosterOrNull(row) == null) {
          yield new SessionState.Admitted();
        }
        RosterSummary roster = roster(row);
        yield new SessionState.Shared(
            roster,
            bytes(row, "graph_nonce"),
            IndexBitmap.parse(bytes(row, "sharers").toArray(), roster.graph().cohort()));
      }
      case CLOSED -> new SessionState.Closed(rosterOrNull(row));
      case ABORTED ->
          new SessionState.Aborted(
              rosterOrNull(row),
              new Abort(
                  AbortReason.valueOf(row.getString("abort_reason")),
                  row.getString("abort_detail")),
              row.getBoolean("expired"));
    };
  }

  private static RosterSummary roster(Row row) {
    return Objects.requireNonNull(rosterOrNull(row), "roster_root");
  }

  private static @Nullable RosterSummary rosterOrNull(Row row) {
    Bytes root = bytesOrNull(row, "roster_root");
    Grouping grouping = groupingOrNull(row);
    return root == null
        ? null
        : new RosterSummary(
            root,
            new GraphParameters(
                row.getInteger("roster_size"),
                row.getInteger("degree"),
                row.getInteger("threshold"),
                grouping == null ? 1 : grouping.groups(row.getInteger("roster_size"))));
  }
}
