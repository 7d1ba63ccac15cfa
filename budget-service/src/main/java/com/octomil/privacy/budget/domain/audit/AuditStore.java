package com.octomil.privacy.budget.domain.audit;

import com.octomil.privacy.audit.Checkpoint;
import com.octomil.privacy.audit.LogKey;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Where the audit log is kept. Chains are named by federation; empty: the deployment. */
public interface AuditStore {

  /**
   * Appends what is not there yet, each federation's events in one transaction. Data that is not
   * JSON as agreed is kept as a string.
   *
   * <p>Each end of a chain is signed anew if the one before is signed. If it is not, somebody else
   * has changed the chain: the events are appended all the same, so that none is lost, and the end
   * stays without a good signature.
   *
   * @return chains that were changed by somebody else
   */
  List<String> append(AuditEvents events, HeadSigner signer, Instant now);

  /** Signs and verifies ends of chains. */
  interface HeadSigner {

    /** Whether the signature is by one of the service's keys. */
    boolean verifies(Checkpoint head);

    /** A signed end. */
    Checkpoint sign(String federation, long sequence, byte[] hash, Instant at);
  }

  /** The end of a chain. */
  ChainHead head(String federation);

  /** Entries after {@code after} up to {@code last}, by sequence, at most {@code limit}. */
  List<StoredEntry> entries(String federation, long after, long last, int limit);

  /** As {@link #entries}, only those that the filter accepts. */
  List<StoredEntry> find(String federation, EntryFilter filter, long after, int limit);

  /** An entry. */
  Optional<StoredEntry> entry(String federation, long sequence);

  /** Chains that have an entry after their last checkpoint. */
  List<String> withoutCheckpoint();

  /** Checkpoints of a chain by sequence. */
  List<Checkpoint> checkpoints(String federation);

  /** The checkpoint that covers most of the chain. */
  Optional<Checkpoint> lastCheckpoint(String federation);

  /** Keeps a checkpoint; the same again is dropped. */
  void add(Checkpoint checkpoint);

  /** Keys by when they came into use. */
  List<LogKey> keys();

  /** Keeps a key; false if it is known. */
  boolean add(LogKey key);

  /** The signing key that is kept in the database, after keeping {@code fresh} if there is none. */
  String signingKey(String fresh);
}
