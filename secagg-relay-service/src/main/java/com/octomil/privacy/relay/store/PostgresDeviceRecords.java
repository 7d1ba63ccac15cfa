package com.octomil.privacy.relay.store;

import static com.octomil.privacy.relay.store.Columns.all;
import static com.octomil.privacy.relay.store.Columns.bytes;
import static com.octomil.privacy.relay.store.Columns.first;
import static com.octomil.privacy.relay.store.Columns.instant;
import static com.octomil.privacy.relay.store.Columns.instantOrNull;
import static com.octomil.privacy.relay.store.Columns.parameters;
import static com.octomil.privacy.relay.store.Columns.regionOrNull;
import static com.octomil.privacy.relay.store.Columns.toColumn;

import com.octomil.privacy.relay.domain.Attended;
import com.octomil.privacy.relay.domain.Bytes;
import com.octomil.privacy.relay.domain.Certificate;
import com.octomil.privacy.relay.domain.Device;
import com.octomil.privacy.relay.domain.DeviceCount;
import com.octomil.privacy.relay.domain.DeviceRecords;
import com.octomil.privacy.relay.domain.DeviceState;
import com.octomil.privacy.relay.domain.EnrollmentCode;
import com.octomil.privacy.relay.domain.FederationName;
import com.octomil.privacy.relay.domain.ParticipantId;
import com.octomil.privacy.relay.domain.Pseudonym;
import com.octomil.privacy.relay.domain.RoundId;
import com.octomil.privacy.relay.domain.TokenHolder;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Enrolment in PostgreSQL. */
final class PostgresDeviceRecords implements DeviceRecords {

  private final SqlConnection connection;

  PostgresDeviceRecords(SqlConnection connection) {
    this.connection = connection;
  }

  @Override
  public Optional<Bytes> authoritySeed() {
    return first(run("SELECT seed FROM relay.enrollment_authority"), row -> bytes(row, "seed"));
  }

  @Override
  public void insertAuthoritySeed(Bytes seed, Instant now) {
    run(
        """
        INSERT INTO relay.enrollment_authority (singleton, seed, created_at)
        VALUES (true, $1, $2)
        ON CONFLICT (singleton) DO NOTHING
        """,
        toColumn(seed),
        toColumn(now));
  }

  @Override
  public void insertCodes(List<EnrollmentCode> codes) {
    List<Tuple> batch =
        codes.stream()
            .map(code ->
                parameters(
                    toColumn(code.hash()),
                    code.deviceId(),
                    code.federation().value(),
                    toColumn(code.region()),
                    toColumn(code.createdAt()),
                    toColumn(code.expiresAt())))
            .toList();
    connection
        .preparedQuery(
            """
            INSERT INTO relay.enrollment_code
                (code_hash, device_id, federation, region, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """)
        .executeBatchAndAwait(batch);
  }

  @Override
  public Optional<EnrollmentCode> lockCode(Bytes hash) {
    return first(
        run("SELECT * FROM relay.enrollment_code WHERE code_hash = $1 FOR UPDATE", toColumn(hash)),
        row ->
            new EnrollmentCode(
                bytes(row, "code_hash"),
                row.getUUID("device_id"),
                new FederationName(row.getString("federation")),
                regionOrNull(row, "region"),
                instant(row, "created_at"),
                instant(row, "expires_at"),
                instantOrNull(row, "used_at")));
  }

  @Override
  public void markCodeUsed(Bytes hash, Instant now) {
    run(
        "UPDATE relay.enrollment_code SET used_at = $2 WHERE code_hash = $1",
        toColumn(hash),
        toColumn(now));
  }

  @Override
  public int purgeCodes(Instant instant) {
    return run("DELETE FROM relay.enrollment_code WHERE expires_at < $1", toColumn(instant))
        .rowCount();
  }

  @Override
  public boolean insertDevice(Device device, Pseudonym pseudonym) {
    return run(
                """
                INSERT INTO relay.device
                    (device_id, federation, region, public_key, certificate_content,
                     certificate_signature, enrolled_at, pseudonym)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                ON CONFLICT (federation, public_key) DO NOTHING
                """,
                device.id(),
                device.federation().value(),
                toColumn(device.region()),
                toColumn(device.publicKey()),
                toColumn(device.certificate().content()),
                toColumn(device.certificate().signature()),
                toColumn(device.enrolledAt()),
                toColumn(pseudonym.value()))
            .rowCount()
        == 1;
  }

  @Override
  public Bytes pseudonymKey(FederationName federation, Bytes fresh, Instant now) {
    run(
        """
        INSERT INTO relay.pseudonym_key (federation, key, created_at) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING
        """,
        federation.value(),
        toColumn(fresh),
        toColumn(now));
    return first(
            run("SELECT key FROM relay.pseudonym_key WHERE federation = $1", federation.value()),
            row -> bytes(row, "key"))
        .orElseThrow();
  }

  @Override
  public Map<UUID, FederationName> withoutPseudonym() {
    Map<UUID, FederationName> found = new HashMap<>();
    for (Row row : run("SELECT device_id, federation FROM relay.device WHERE pseudonym IS NULL")) {
      found.put(row.getUUID("device_id"), new FederationName(row.getString("federation")));
    }
    return found;
  }

  @Override
  public void name(UUID device, Pseudonym pseudonym) {
    run(
        "UPDATE relay.device SET pseudonym = $2 WHERE device_id = $1 AND pseudonym IS NULL",
        device,
        toColumn(pseudonym.value()));
  }

  @Override
  public Optional<Pseudonym> pseudonym(FederationName federation, UUID device) {
    return first(
        run(
            "SELECT pseudonym FROM relay.device WHERE federation = $1 AND device_id = $2",
            federation.value(),
            device),
        row -> new Pseudonym(bytes(row, "pseudonym")));
  }

  @Override
  public Optional<UUID> byPseudonym(FederationName federation, Pseudonym pseudonym) {
    return first(
        run(
            "SELECT device_id FROM relay.device WHERE federation = $1 AND pseudonym = $2",
            federation.value(),
            toColumn(pseudonym.value())),
        row -> row.getUUID("device_id"));
  }

  @Override
  public void exclude(UUID device, Instant now) {
    run(
        """
        UPDATE relay.device SET revoked_at = coalesce(revoked_at, $2), erased_at = coalesce(erased_at, $2)
        WHERE device_id = $1
        """,
        device,
        toColumn(now));
    run("DELETE FROM relay.device_token WHERE device_id = $1", device);
    run("DELETE FROM relay.enrollment_code WHERE device_id = $1", device);
  }

  @Override
  public List<Attended> attended(UUID device) {
    return all(
        run(
            """
            SELECT round_id, participant_id, admitted_at FROM relay.admission
            WHERE device_id = $1 ORDER BY admitted_at
            """,
            device),
        row ->
            new Attended(
                RoundId.of(bytes(row, "round_id").toArray()),
                ParticipantId.of(bytes(row, "participant_id").toArray()),
                instant(row, "admitted_at")));
  }

  @Override
  public void certify(UUID device, Certificate certificate) {
    run(
        """
        UPDATE relay.device SET certificate_content = $2, certificate_signature = $3
        WHERE device_id = $1
        """,
        device,
        toColumn(certificate.content()),
        toColumn(certificate.signature()));
  }

  @Override
  public void endToken(Bytes hash, Instant instant) {
    run(
        "UPDATE relay.device_token SET expires_at = least(expires_at, $2) WHERE token_hash = $1",
        toColumn(hash),
        toColumn(instant));
  }

  @Override
  public Optional<Device> find(UUID id) {
    return first(
        run("SELECT * FROM relay.device WHERE device_id = $1", id),
        row ->
            new Device(
                row.getUUID("device_id"),
                new FederationName(row.getString("federation")),
                regionOrNull(row, "region"),
                bytes(row, "public_key"),
                new Certificate(
                    bytes(row, "certificate_content"), bytes(row, "certificate_signature")),
                instant(row, "enrolled_at"),
                instantOrNull(row, "revoked_at")));
  }

  @Override
  public void insertToken(Bytes hash, UUID device, Instant now, Instant expiresAt) {
    run(
        """
        INSERT INTO relay.device_token (token_hash, device_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4)
        """,
        toColumn(hash),
        device,
        toColumn(now),
        toColumn(expiresAt));
  }

  @Override
  public Optional<TokenHolder> holder(Bytes tokenHash) {
    return first(
        run(
            """
            SELECT d.device_id, d.federation, d.region, d.revoked_at, t.expires_at
            FROM relay.device_token t JOIN relay.device d USING (device_id)
            WHERE t.token_hash = $1
            """,
            toColumn(tokenHash)),
        row ->
            new TokenHolder(
                row.getUUID("device_id"),
                new FederationName(row.getString("federation")),
                regionOrNull(row, "region"),
                instantOrNull(row, "revoked_at") != null,
                instant(row, "expires_at")));
  }

  @Override
  public Optional<Instant> tokenExpiry(UUID device) {
    return first(
        run(
            """
            SELECT expires_at FROM relay.device_token
            WHERE device_id = $1 ORDER BY expires_at DESC LIMIT 1
            """,
            device),
        row -> instant(row, "expires_at"));
  }

  @Override
  public void lock(UUID device) {
    run("SELECT 1 FROM relay.device WHERE device_id = $1 FOR NO KEY UPDATE", device);
  }

  @Override
  public boolean revoke(FederationName federation, UUID device, Instant now) {
    return run(
                """
                UPDATE relay.device SET revoked_at = coalesce(revoked_at, $3)
                WHERE federation = $1 AND device_id = $2
                """,
                federation.value(),
                device,
                toColumn(now))
            .rowCount()
        == 1;
  }

  @Override
  public boolean revokeParticipant(
      FederationName federation, RoundId round, ParticipantId participant, Instant now) {
    return run(
                """
                UPDATE relay.device d SET revoked_at = coalesce(d.revoked_at, $4)
                FROM relay.admission a
                WHERE d.device_id = a.device_id AND d.federation = $1
                    AND a.round_id = $2 AND a.participant_id = $3
                """,
                federation.value(),
                toColumn(round.value()),
                toColumn(participant.value()),
                toColumn(now))
            .rowCount()
        == 1;
  }

  @Override
  public List<DeviceCount> count(FederationName federation, Instant now) {
    return all(
        run(
            """
            SELECT state, region, count(*) AS devices
            FROM (
                SELECT d.region,
                    CASE
                        WHEN d.revoked_at IS NOT NULL THEN 'REVOKED'
                        WHEN EXISTS (
                            SELECT 1 FROM relay.device_token t
                            WHERE t.device_id = d.device_id AND t.expires_at > $2) THEN 'ENROLLED'
                        ELSE 'EXPIRED'
                    END AS state
                FROM relay.device d
                WHERE d.federation = $1
            ) AS by_state
            GROUP BY state, region
            ORDER BY state, region NULLS FIRST
            """,
            federation.value(),
            toColumn(now)),
        row ->
            new DeviceCount(
                DeviceState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                regionOrNull(row, "region"),
                row.getLong("devices")));
  }

  @Override
  public long countOpenCodes(FederationName federation, Instant now) {
    return first(
            run(
                """
                SELECT count(*) AS codes FROM relay.enrollment_code
                WHERE federation = $1 AND used_at IS NULL AND expires_at > $2
                """,
                federation.value(),
                toColumn(now)),
            row -> row.getLong("codes"))
        .orElseThrow();
  }

  private RowSet<Row> run(String sql, @Nullable Object... values) {
    return connection.preparedQuery(sql).executeAndAwait(parameters(values));
  }
}
