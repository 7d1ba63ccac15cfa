package com.octomil.privacy.budget.app.audit;

import com.octomil.privacy.audit.AuditFormatException;
import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.LogKey;
import com.octomil.privacy.audit.SigningKey;
import com.octomil.privacy.budget.config.BudgetConfig;
import com.octomil.privacy.budget.domain.audit.AuditStore;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * The key that signs checkpoints. Refuses to start without one that lies outside the database,
 * unless that is asked for. Thread-safe.
 */
@ApplicationScoped
public class AuditKeys implements AuditStore.HeadSigner {

  private static final Logger LOG = Logger.getLogger(AuditKeys.class);
  private static final String FILE = "octomil.budget.audit.signing-key-file";
  private static final String IN_DATABASE = "octomil.budget.audit.key-in-database";

  private final BudgetConfig config;
  private final AuditStore store;
  private final Clock clock;
  private volatile List<SigningKey> own = List.of();

  AuditKeys(BudgetConfig config, AuditStore store, Clock clock) {
    this.config = config;
    this.store = store;
    this.clock = clock;
  }

  void onStart(@Observes StartupEvent event) {
    List<SigningKey> keys =
        config.audit().signingKeyFile().map(AuditKeys::read).orElseGet(this::fromDatabase);
    register(keys);
    own = keys;
  }

  private List<SigningKey> fromDatabase() {
    if (!config.audit().keyInDatabase()) {
      throw new IllegalStateException(
          FILE
              + " is not set: checkpoints of the audit log need an Ed25519 key in PEM, as"
              + " 'openssl genpkey -algorithm ed25519' makes it. For a trial, "
              + IN_DATABASE
              + "=true keeps one in the database.");
    }
    LOG.warnf(
        "INSECURE: %s is on; whoever rules the database can sign a forged audit log", IN_DATABASE);
    return parse(store.signingKey(SigningKey.generatePem()), "the key in the database");
  }

  private static List<SigningKey> read(Path file) {
    try {
      return parse(Files.readString(file, StandardCharsets.US_ASCII), FILE + ": '" + file + "'");
    } catch (IOException e) {
      throw new IllegalStateException(FILE + ": cannot read '" + file + "'", e);
    }
  }

  private static List<SigningKey> parse(String pem, String where) {
    try {
      return SigningKey.parseAll(pem);
    } catch (AuditFormatException e) {
      throw new IllegalStateException(where + " " + e.getMessage(), e);
    }
  }

  /** Oldest first, so that each new key is vouched for by the one before it. */
  private void register(List<SigningKey> keys) {
    Set<String> known =
        store.keys().stream().map(key -> key.key().id()).collect(Collectors.toSet());
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    for (int i = keys.size() - 1; i >= 0; i--) {
      SigningKey key = keys.get(i);
      if (known.contains(key.publicKey().id())) {
        continue;
      }
      // Later keys of one start count from later instants, so that lists keep the order.
      Instant since = now.plus(keys.size() - 1L - i, ChronoUnit.MICROS);
      boolean vouched = i + 1 < keys.size();
      if (!vouched && !known.isEmpty()) {
        LOG.warnf(
            "the audit log gets the key %s, which no earlier key vouches for: tell its public key to whoever"
                + " verifies the log",
            key.publicKey().id());
      }
      boolean unused =
          store.add(
              vouched
                  ? LogKey.handedOver(key.publicKey(), since, keys.get(i + 1))
                  : new LogKey(key.publicKey(), since, Optional.empty()));
    }
  }

  /** The key to sign with. */
  SigningKey current() {
    List<SigningKey> keys = own;
    if (keys.isEmpty()) {
      throw new IllegalStateException("the service has not started");
    }
    return keys.getFirst();
  }

  /**
   * Whether the end of a chain was signed with a key of this service. One that is in the log but
   * not in the file any more was taken out on purpose, and is believed for this once.
   */
  @Override
  public boolean verifies(Checkpoint head) {
    List<SigningKey> keys = own;
    if (keys.stream().anyMatch(key -> head.isSignedBy(key.publicKey()))) {
      return true;
    }
    boolean mine = keys.stream().anyMatch(key -> key.publicKey().id().equals(head.keyId()));
    boolean retired = !mine && store.keys().stream().map(LogKey::key).anyMatch(head::isSignedBy);
    if (retired) {
      LOG.warnf(
          "the end of an audit log is signed with the key %s, which is not in the file any more",
          head.keyId());
    }
    return retired;
  }

  @Override
  public Checkpoint sign(String federation, long sequence, byte[] hash, Instant at) {
    return Checkpoint.sign(federation, sequence, hash, at, current());
  }

  /** Identifier of the key to sign with. */
  public String currentId() {
    return current().publicKey().id();
  }

  /** Whether the key lies outside the database. */
  public boolean outsideDatabase() {
    return config.audit().signingKeyFile().isPresent();
  }

  /** All keys by when they came into use. */
  public List<LogKey> all() {
    return store.keys();
  }
}
