package com.octomil.privacy.relay.store;

import static com.octomil.privacy.relay.store.Columns.all;
import static com.octomil.privacy.relay.store.Columns.bytes;
import static com.octomil.privacy.relay.store.Columns.first;
import static com.octomil.privacy.relay.store.Columns.instant;
import static com.octomil.privacy.relay.store.Columns.instantOrNull;
import static com.octomil.privacy.relay.store.Columns.parameters;
import static com.octomil.privacy.relay.store.Columns.toColumn;

import com.octomil.privacy.relay.domain.Admission;
import com.octomil.privacy.relay.domain.AdmittedDevice;
import com.octomil.privacy.relay.domain.Advert;
import com.octomil.privacy.relay.domain.Attendance;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Certificate;
import com.octomil.privacy.relay.domain.EncryptedShare;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.RosterMember;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.RoundRules;
import com.octomil.privacy.relay.domain.SecureAggregation;
import com.octomil.privacy.relay.domain.Session;
import com.octomil.privacy.relay.domain.SessionPhase;
import com.octomil.privacy.relay.domain.SessionRecords;
import com.octomil.privacy.relay.domain.SessionState;
import com.octomil.privacy.relay.domain.ShareBundle;
import com.octomil.privacy.relay.domain.Ticket;
import com.octomil.privacy.secagg.Grouping;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Sessions in PostgreSQL. */
final class PostgresSessionRecords implements SessionRecords {

  private final SqlConnection connection;

  PostgresSessionRecords(SqlConnection connection) {
    this.connection = connection;
  }

  @Override
  public boolean insert(Session session, Bytes ticketSeed, Instant now) {
    RoundRules rules = session.rules();
    SecureAggregation secure = rules.secureAggregation();
    Grouping grouping = secure == null ? null : secure.grouping();
    return run(
                """
                INSERT INTO relay.session
                    (round_id, federation, parameters, round_hash, target_cohort, min_survivors,
                     advertise_deadline, share_deadline, upload_deadline, sign_survivors_deadline,
                     reveal_deadline, regions, adversary, corrupt_fraction, dropout_fraction,
                     security_bits, correctness_bits, reconstruction_threshold,
                     graph_nonce_commitment, phase, revision, ticket_key, ticket_seed, opened_at,
                     max_group_size, min_group_survivors)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                        $18, $19, $20, $21, $22, $23, $24, $25, $26)
                ON CONFLICT (round_id) DO NOTHING
                """,
                toColumn(session.roundId().value()),
                rules.federation().value(),
                toColumn(session.parameters()),
                toColumn(Bytes.of(session.roundHash().bytes())),
                rules.targetCohort(),
                rules.minSurvivors(),
                toColumn(rules.deadlines().advertise()),
                toColumn(rules.deadlines().share()),
                toColumn(rules.deadlines().upload()),
                toColumn(rules.deadlines().signSurvivors()),
                toColumn(rules.deadlines().reveal()),
                SessionRows.toColumn(rules.regions()),
                secure == null ? null : secure.assumptions().adversary().name(),
                secure == null ? null : secure.assumptions().corruptFraction(),
                secure == null ? null : secure.assumptions().dropoutFraction(),
                secure == null ? null : secure.assumptions().securityBits(),
                secure == null ? null : secure.assumptions().correctnessBits(),
                secure == null ? null : secure.reconstructionThreshold(),
                secure == null ? null : toColumn(secure.graphNonceCommitment()),
                session.phase().name(),
                session.revision(),
                toColumn(session.ticketKey()),
                toColumn(ticketSeed),
                toColumn(now),
                grouping == null ? null : grouping.maxGroupSize(),
                grouping == null ? null : grouping.minGroupSurvivors())
            .rowCount()
        == 1;
  }

  @Override
  public Optional<Session> find(RoundId round) {
    return find(round, "");
  }

  @Override
  public Optional<Session> lock(RoundId round) {
    return find(round, "FOR UPDATE");
  }

  @Override
  public Optional<Session> lockShared(RoundId round) {
    return find(round, "FOR SHARE");
  }

  private Optional<Session> find(RoundId round, String locking) {
    return first(
        run("SELECT * FROM relay.session WHERE round_id = $1 " + locking, toColumn(round.value())),
        SessionRows::toSession);
  }

  @Override
  public Map<RoundId, Long> open() {
    Map<RoundId, Long> open = new HashMap<>();
    for (Row row : run("SELECT round_id, revision FROM relay.session WHERE ended_at IS NULL")) {
      open.put(new RoundId(bytes(row, "round_id")), row.getLong("revision"));
    }
    return open;
  }

  @Override
  public Attendance attendance(RoundId round) {
    return first(
            run(
                """
                SELECT s.checked_in,
                    (SELECT count(*) FROM relay.advert a WHERE a.round_id = s.round_id)::int
                        AS advertised,
                    CASE
                        WHEN s.sharers IS NOT NULL THEN bit_count(s.sharers)::int
                        ELSE (SELECT count(*) FROM relay.share_bundle b
                              WHERE b.round_id = s.round_id)::int
                    END AS shared
                FROM relay.session s
                WHERE s.round_id = $1
                """,
                toColumn(round.value())),
            row ->
                new Attendance(
                    row.getInteger("checked_in"),
                    row.getInteger("advertised"),
                    row.getInteger("shared")))
        .orElse(new Attendance(0, 0, 0));
  }

  @Override
  public void setState(RoundId round, SessionState state, Instant now) {
    SessionRows.StateColumns columns = SessionRows.toColumns(state);
    run(
        """
        UPDATE relay.session
        SET phase = $2, revision = revision + 1, roster_root = $3, roster_size = $4, degree = $5,
            threshold = $6, graph_nonce = $7, sharers = coalesce($8, sharers), abort_reason = $9,
            abort_detail = $10, expired = $11, ended_at = $12,
            ticket_seed = CASE WHEN $12::timestamptz IS NULL THEN ticket_seed END
        WHERE round_id = $1
        """,
        toColumn(round.value()),
        columns.phase().name(),
        columns.rosterRoot() == null ? null : toColumn(columns.rosterRoot()),
        columns.rosterSize(),
        columns.degree(),
        columns.threshold(),
        columns.graphNonce() == null ? null : toColumn(columns.graphNonce()),
        columns.sharers() == null ? null : toColumn(columns.sharers()),
        columns.abortReason() == null ? null : columns.abortReason().name(),
        columns.abortDetail(),
        columns.expired(),
        columns.phase().isOver() ? toColumn(now) : null);
    if (columns.phase().isOver()) {
      run("DELETE FROM relay.share_bundle WHERE round_id = $1", toColumn(round.value()));
    }
  }

  @Override
  public Optional<Bytes> takeSeat(RoundId round, Instant now) {
    return first(
        run(
            """
            UPDATE relay.session SET checked_in = checked_in + 1
            WHERE round_id = $1 AND phase = $2 AND checked_in < target_cohort
                AND advertise_deadline > $3
            RETURNING ticket_seed
            """,
            toColumn(round.value()),
            SessionPhase.ADVERTISE.name(),
            toColumn(now)),
        row -> bytes(row, "ticket_seed"));
  }

  @Override
  public boolean insertAdmission(Admission admission) {
    return run(
                """
                INSERT INTO relay.admission
                    (round_id, device_id, participant_id, round_public_key, ticket_content,
                     ticket_signature, admitted_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT DO NOTHING
                """,
                toColumn(admission.roundId().value()),
                admission.deviceId(),
                toColumn(admission.participantId().value()),
                toColumn(admission.roundPublicKey()),
                toColumn(admission.ticket().content()),
                toColumn(admission.ticket().signature()),
                toColumn(admission.admittedAt()))
            .rowCount()
        == 1;
  }

  @Override
  public Optional<Admission> admission(UUID device, Bytes roundPublicKey) {
    return first(
        run(
            """
            SELECT a.* FROM relay.admission a JOIN relay.session s USING (round_id)
            WHERE a.device_id = $1 AND a.round_public_key = $2 AND s.ended_at IS NULL
            """,
            device,
            toColumn(roundPublicKey)),
        PostgresSessionRecords::toAdmission);
  }

  @Override
  public Set<RoundId> admittedTo(UUID device) {
    return new HashSet<>(
        all(
            run(
                """
                SELECT a.round_id FROM relay.session s JOIN relay.admission a USING (round_id)
                WHERE a.device_id = $1 AND s.ended_at IS NULL
                """,
                device),
            row -> new RoundId(bytes(row, "round_id"))));
  }

  @Override
  public Optional<AdmittedDevice> admitted(RoundId round, ParticipantId participant) {
    return first(
        run(
            """
            SELECT d.public_key, d.revoked_at
            FROM relay.admission a JOIN relay.device d USING (device_id)
            WHERE a.round_id = $1 AND a.participant_id = $2
            """,
            toColumn(round.value()),
            toColumn(participant.value())),
        row ->
            new AdmittedDevice(bytes(row, "public_key"), instantOrNull(row, "revoked_at") != null));
  }

  @Override
  public List<Admission> admissions(RoundId round) {
    return all(
        run(
            """
            SELECT * FROM relay.admission WHERE round_id = $1
            ORDER BY admitted_at, participant_id
            """,
            toColumn(round.value())),
        PostgresSessionRecords::toAdmission);
  }

  @Override
  public Optional<RosterMember> advert(RoundId round, ParticipantId participant) {
    return first(
        run(
            "SELECT * FROM relay.advert WHERE round_id = $1 AND participant_id = $2",
            toColumn(round.value()),
            toColumn(participant.value())),
        PostgresSessionRecords::toMember);
  }

  @Override
  public boolean insertAdvert(RoundId round, RosterMember member, Instant now) {
    Advert advert = member.advert();
    return run(
                """
                INSERT INTO relay.advert
                    (round_id, participant_id, mask_public_key, share_public_key,
                     self_mask_commitment, round_public_key, certificate_content,
                     certificate_signature, device_public_key, signature, advertised_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                ON CONFLICT DO NOTHING
                """,
                toColumn(round.value()),
                toColumn(advert.participantId().value()),
                toColumn(advert.maskPublicKey()),
                toColumn(advert.sharePublicKey()),
                toColumn(advert.selfMaskCommitment()),
                toColumn(advert.roundPublicKey()),
                toColumn(advert.certificate().content()),
                toColumn(advert.certificate().signature()),
                toColumn(member.devicePublicKey()),
                toColumn(advert.signature()),
                toColumn(now))
            .rowCount()
        == 1;
  }

  @Override
  public List<RosterMember> adverts(RoundId round) {
    return all(
        run("SELECT * FROM relay.advert WHERE round_id = $1", toColumn(round.value())),
        PostgresSessionRecords::toMember);
  }

  @Override
  public Optional<ShareBundle> bundle(RoundId round, int from) {
    return first(
        run(
            """
            SELECT from_index, ciphertexts FROM relay.share_bundle
            WHERE round_id = $1 AND from_index = $2
            """,
            toColumn(round.value()),
            from),
        row -> new ShareBundle(row.getInteger("from_index"), bytes(row, "ciphertexts")));
  }

  @Override
  public void insertBundle(RoundId round, ShareBundle bundle, Instant now) {
    run(
        """
        INSERT INTO relay.share_bundle (round_id, from_index, ciphertexts, submitted_at)
        VALUES ($1, $2, $3, $4)
        """,
        toColumn(round.value()),
        bundle.from(),
        toColumn(bundle.ciphertexts()),
        toColumn(now));
  }

  @Override
  public BitSet sharers(RoundId round) {
    BitSet sharers = new BitSet();
    for (Row row :
        run(
            "SELECT from_index FROM relay.share_bundle WHERE round_id = $1",
            toColumn(round.value()))) {
      sharers.set(row.getInteger("from_index"));
    }
    return sharers;
  }

  @Override
  public List<EncryptedShare> sharesFor(RoundId round, int to, Map<Integer, Integer> offsets) {
    Map<Integer, Integer> sorted = new TreeMap<>(offsets);
    return all(
        run(
            """
            SELECT b.from_index, substring(b.ciphertexts FROM w.start + 1 FOR $4) AS ciphertext
            FROM unnest($2::int[], $3::int[]) AS w (from_index, start)
            JOIN relay.share_bundle b ON b.round_id = $1 AND b.from_index = w.from_index
            ORDER BY b.from_index
            """,
            toColumn(round.value()),
            sorted.keySet().toArray(Integer[]::new),
            sorted.values().toArray(Integer[]::new),
            ShareBundle.CIPHERTEXT_BYTES),
        row -> new EncryptedShare(row.getInteger("from_index"), to, bytes(row, "ciphertext")));
  }

  private static Admission toAdmission(Row row) {
    return new Admission(
        new RoundId(bytes(row, "round_id")),
        new ParticipantId(bytes(row, "participant_id")),
        row.getUUID("device_id"),
        bytes(row, "round_public_key"),
        new Ticket(bytes(row, "ticket_content"), bytes(row, "ticket_signature")),
        instant(row, "admitted_at"));
  }

  private static RosterMember toMember(Row row) {
    return new RosterMember(
        new Advert(
            new ParticipantId(bytes(row, "participant_id")),
            bytes(row, "mask_public_key"),
            bytes(row, "share_public_key"),
            bytes(row, "self_mask_commitment"),
            bytes(row, "round_public_key"),
            new Certificate(bytes(row, "certificate_content"), bytes(row, "certificate_signature")),
            bytes(row, "signature")),
        bytes(row, "device_public_key"));
  }

  private RowSet<Row> run(String sql, @Nullable Object... values) {
    return connection.preparedQuery(sql).executeAndAwait(parameters(values));
  }
}
