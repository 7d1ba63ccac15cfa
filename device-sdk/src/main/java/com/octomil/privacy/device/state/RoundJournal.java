package com.octomil.privacy.device.state;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.secagg.wire.SecretKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a device remembers, except secrets, and its form as bytes: magic, version, content, SHA-256
 * over all of that. Not thread-safe.
 */
final class RoundJournal {

  /** Cohorts remembered; older ones are forgotten first. */
  static final int MAX_COHORTS = 64;

  private static final int MAGIC = 0x4f50524a; // "OPRJ"
  private static final int VERSION = 1;
  private static final int HASH_BYTES = 32;
  private static final int MAX_ITEMS = 4_000_000;

  /** Decisions of one round. */
  private static final class Round {
    private final Instant forgetAfter;
    private @Nullable Bytes survivors;
    private @Nullable Map<Integer, SecretKind> reveals;

    Round(Instant forgetAfter) {
      this.forgetAfter = forgetAfter;
    }
  }

  private final Map<Bytes, Round> rounds = new LinkedHashMap<>();
  private final List<PastCohort> cohorts = new ArrayList<>();

  boolean begin(Bytes roundId, Instant now, Instant forgetAfter) {
    if (rounds.containsKey(roundId)) {
      return false;
    }
    rounds.values().removeIf(round -> round.forgetAfter.isBefore(now));
    rounds.put(roundId, new Round(forgetAfter));
    return true;
  }

  Bytes fixSurvivors(Bytes roundId, Bytes bitmap) {
    Round round = round(roundId);
    if (round.survivors == null) {
      round.survivors = bitmap;
    }
    return round.survivors;
  }

  Map<Integer, SecretKind> fixReveals(Bytes roundId, Map<Integer, SecretKind> reveals) {
    Round round = round(roundId);
    if (round.reveals == null) {
      round.reveals = Map.copyOf(reveals);
    }
    return round.reveals;
  }

  private Round round(Bytes roundId) {
    Round round = rounds.get(roundId);
    if (round == null) {
      throw new StateStoreException("round " + roundId + " was never entered", null);
    }
    return round;
  }

  void rememberCohort(PastCohort cohort) {
    if (cohorts.contains(cohort)) {
      return;
    }
    cohorts.add(cohort);
    if (cohorts.size() > MAX_COHORTS) {
      cohorts.remove(0);
    }
  }

  List<PastCohort> cohorts(String federation, Bytes modelHash) {
    return cohorts.stream()
        .filter(cohort ->
            cohort.federation().equals(federation) && cohort.modelHash().equals(modelHash))
        .toList();
  }

  byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(MAGIC);
      out.writeInt(VERSION);
      out.writeInt(rounds.size());
      for (Map.Entry<Bytes, Round> entry : rounds.entrySet()) {
        write(out, entry.getKey());
        Round round = entry.getValue();
        out.writeLong(round.forgetAfter.toEpochMilli());
        out.writeBoolean(round.survivors != null);
        if (round.survivors != null) {
          write(out, round.survivors);
        }
        out.writeBoolean(round.reveals != null);
        if (round.reveals != null) {
          out.writeInt(round.reveals.size());
          for (Map.Entry<Integer, SecretKind> reveal : new TreeMap<>(round.reveals).entrySet()) {
            out.writeInt(reveal.getKey());
            out.writeByte(reveal.getValue() == SecretKind.SELF_MASK_SEED ? 1 : 2);
          }
        }
      }
      out.writeInt(cohorts.size());
      for (PastCohort cohort : cohorts) {
        out.writeUTF(cohort.federation());
        write(out, cohort.modelHash());
        write(out, cohort.roundId());
        out.writeInt(cohort.survivors());
        out.writeBoolean(cohort.deviceKeys().isPresent());
        if (cohort.deviceKeys().isPresent()) {
          for (Bytes key : cohort.deviceKeys().get().stream().sorted().toList()) {
            write(out, key);
          }
        }
      }
      out.write(sha256(bytes.toByteArray()));
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }

  static RoundJournal decode(byte[] encoded) throws IOException {
    if (encoded.length < HASH_BYTES) {
      throw new IOException("the journal is cut short");
    }
    byte[] content = Arrays.copyOf(encoded, encoded.length - HASH_BYTES);
    byte[] hash = Arrays.copyOfRange(encoded, content.length, encoded.length);
    if (!MessageDigest.isEqual(hash, sha256(content))) {
      throw new IOException("the journal is damaged: its checksum does not match");
    }
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(content));
    if (in.readInt() != MAGIC) {
      throw new IOException("not a journal of a device");
    }
    int version = in.readInt();
    if (version != VERSION) {
      throw new IOException(
          "journal version " + version + "; this release reads version " + VERSION);
    }
    RoundJournal journal = new RoundJournal();
    int rounds = count(in);
    for (int i = 0; i < rounds; i++) {
      Bytes roundId = readBytes(in);
      Round round = new Round(Instant.ofEpochMilli(in.readLong()));
      if (in.readBoolean()) {
        round.survivors = readBytes(in);
      }
      if (in.readBoolean()) {
        int reveals = count(in);
        Map<Integer, SecretKind> kinds = new HashMap<>();
        for (int j = 0; j < reveals; j++) {
          kinds.put(
              in.readInt(), in.readByte() == 1 ? SecretKind.SELF_MASK_SEED : SecretKind.MASK_KEY);
        }
        round.reveals = Map.copyOf(kinds);
      }
      journal.rounds.put(roundId, round);
    }
    int cohorts = count(in);
    for (int i = 0; i < cohorts; i++) {
      String federation = in.readUTF();
      Bytes modelHash = readBytes(in);
      Bytes roundId = readBytes(in);
      int survivors = count(in);
      Optional<Set<Bytes>> keys = Optional.empty();
      if (in.readBoolean()) {
        Set<Bytes> all = new HashSet<>();
        for (int j = 0; j < survivors; j++) {
          all.add(readBytes(in));
        }
        keys = Optional.of(all);
      }
      journal.cohorts.add(new PastCohort(federation, modelHash, roundId, survivors, keys));
    }
    if (in.read() != -1) {
      throw new IOException("the journal has bytes after its end");
    }
    return journal;
  }

  private static void write(DataOutputStream out, Bytes bytes) throws IOException {
    out.writeInt(bytes.size());
    out.write(bytes.toArray());
  }

  private static Bytes readBytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[count(in)];
    in.readFully(bytes);
    return Bytes.of(bytes);
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MAX_ITEMS) {
      throw new IOException("the journal holds an impossible count: " + count);
    }
    return count;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
