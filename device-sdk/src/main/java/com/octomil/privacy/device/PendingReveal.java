package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.SecretBytes;
import com.octomil.privacy.secagg.secretsharing.Shamir;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a device needs from the acknowledgement of its upload to the reveal: enough to finish the
 * round after a restart, for others depend on it. It holds shares of neighbours' secrets but none
 * of this device's own secrets except the round's signing key. Closing erases it.
 *
 * @param ticket to the round
 * @param roundHash of the parameters
 * @param federation of the round
 * @param modelHash the updates started from
 * @param signDeadline end of the signing step
 * @param revealDeadline end of the reveal step
 * @param minimum fewest survivors
 * @param groupMinimum fewest survivors in the group of this device
 * @param cohort roster size
 * @param threshold shares needed to rebuild a secret
 * @param root of the roster
 * @param ownIndex place of the device
 * @param complete whether every device is a neighbour of every other in its group
 * @param group roster indices of the group of this device; all without groups
 * @param sharers roster indices that shared
 * @param roundSeed seed of the round's Ed25519 key
 * @param held what neighbours that shared entrusted to this device
 */
record PendingReveal(
    Ticket ticket,
    RoundHash roundHash,
    String federation,
    Bytes modelHash,
    Instant signDeadline,
    Instant revealDeadline,
    int minimum,
    int groupMinimum,
    int cohort,
    int threshold,
    Bytes root,
    int ownIndex,
    boolean complete,
    BitSet group,
    BitSet sharers,
    SecretBytes roundSeed,
    SortedMap<Integer, Held> held)
    implements AutoCloseable {

  private static final int VERSION = 3;

  /** Written before there were groups. */
  private static final int WITHOUT_GROUPS = 2;

  /**
   * What a neighbour entrusted to this device.
   *
   * @param roundPublicKey verifies the neighbour's confirmation
   * @param devicePublicKey tells which device it is, across rounds
   * @param shares empty if what it made for this device could not be opened
   */
  record Held(Bytes roundPublicKey, Bytes devicePublicKey, Optional<HeldShares> shares) {}

  /** As bytes, for the state store; the caller erases them. */
  byte[] encode() {
    ErasableBuffer bytes = new ErasableBuffer();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(VERSION);
      write(out, ticket.content());
      write(out, ticket.signature());
      write(out, ticket.roundId());
      write(out, ticket.roundHash());
      write(out, ticket.participantId());
      write(out, ticket.roundPublicKey());
      out.writeLong(ticket.expiresAt().toEpochMilli());
      out.writeUTF(federation);
      write(out, modelHash);
      out.writeLong(signDeadline.toEpochMilli());
      out.writeLong(revealDeadline.toEpochMilli());
      out.writeInt(minimum);
      out.writeInt(groupMinimum);
      out.writeInt(cohort);
      out.writeInt(threshold);
      write(out, root);
      out.writeInt(ownIndex);
      out.writeBoolean(complete);
      write(out, Bytes.of(group.toByteArray()));
      write(out, Bytes.of(sharers.toByteArray()));
      write(out, roundSeed);
      out.writeInt(held.size());
      for (Map.Entry<Integer, Held> entry : held.entrySet()) {
        out.writeInt(entry.getKey());
        write(out, entry.getValue().roundPublicKey());
        write(out, entry.getValue().devicePublicKey());
        Optional<HeldShares> shares = entry.getValue().shares();
        out.writeBoolean(shares.isPresent());
        if (shares.isPresent()) {
          write(out, shares.get().seedShare());
          write(out, shares.get().maskKeyShare());
        }
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory failed", e);
    } finally {
      bytes.erase();
    }
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @throws IOException if it is damaged, in whatever way
   */
  static PendingReveal decode(byte[] encoded) throws IOException {
    try {
      return read(encoded);
    } catch (IllegalArgumentException e) {
      throw new IOException("pending round: " + e.getMessage(), e);
    }
  }

  private static PendingReveal read(byte[] encoded) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(encoded));
    int version = in.readInt();
    if (version != VERSION && version != WITHOUT_GROUPS) {
      throw new IOException(
          "pending round of version "
              + version
              + "; this release reads versions "
              + WITHOUT_GROUPS
              + " and "
              + VERSION);
    }
    Bytes content = readBytes(in);
    Bytes signature = readBytes(in);
    Bytes roundId = readBytes(in);
    Bytes roundHash = readBytes(in);
    Bytes participantId = readBytes(in);
    Bytes roundPublicKey = readBytes(in);
    Ticket ticket =
        new Ticket(
            content,
            signature,
            roundId,
            roundHash,
            participantId,
            roundPublicKey,
            Instant.ofEpochMilli(in.readLong()));
    String federation = in.readUTF();
    Bytes modelHash = readBytes(in);
    Instant signDeadline = Instant.ofEpochMilli(in.readLong());
    Instant revealDeadline = Instant.ofEpochMilli(in.readLong());
    int minimum = in.readInt();
    int groupMinimum = version == WITHOUT_GROUPS ? minimum : in.readInt();
    int cohort = in.readInt();
    int threshold = in.readInt();
    Bytes root = readBytes(in);
    int ownIndex = in.readInt();
    boolean complete = in.readBoolean();
    BitSet group = new BitSet();
    if (version == WITHOUT_GROUPS) {
      group.set(0, Math.max(0, cohort));
    } else {
      group = BitSet.valueOf(readBytes(in).toArray());
    }
    BitSet sharers = BitSet.valueOf(readBytes(in).toArray());
    SecretBytes roundSeed = readSecret(in, 32);
    int count = in.readInt();
    SortedMap<Integer, Held> held = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      int index = in.readInt();
      Bytes neighbourRoundKey = readBytes(in);
      Bytes neighbourDeviceKey = readBytes(in);
      held.put(
          index,
          new Held(
              neighbourRoundKey,
              neighbourDeviceKey,
              in.readBoolean()
                  ? Optional.of(
                      new HeldShares(
                          readSecret(in, Shamir.SHARE_BYTES), readSecret(in, Shamir.SHARE_BYTES)))
                  : Optional.empty()));
    }
    return new PendingReveal(
        ticket,
        new RoundHash(roundHash.toArray()),
        federation,
        modelHash,
        signDeadline,
        revealDeadline,
        minimum,
        groupMinimum,
        cohort,
        threshold,
        root,
        ownIndex,
        complete,
        group,
        sharers,
        roundSeed,
        held);
  }

  private static void write(DataOutputStream out, Bytes bytes) throws IOException {
    out.writeInt(bytes.size());
    out.write(bytes.toArray());
  }

  private static void write(DataOutputStream out, SecretBytes secret) throws IOException {
    byte[] copy = secret.reveal();
    try {
      out.write(copy);
    } finally {
      Arrays.fill(copy, (byte) 0);
    }
  }

  private static Bytes readBytes(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("a field of " + length + " bytes does not fit");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return Bytes.of(bytes);
  }

  private static SecretBytes readSecret(DataInputStream in, int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    try {
      return new SecretBytes(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  @Override
  public void close() {
    roundSeed.close();
    held.values().forEach(entrusted -> entrusted.shares().ifPresent(HeldShares::close));
  }

  @Override
  public String toString() {
    return "PendingReveal[round=" + ticket.roundId() + "]";
  }

  private static final class ErasableBuffer extends ByteArrayOutputStream {
    ErasableBuffer() {
      // Large enough not to grow for usual neighbourhoods, which would leave copies behind.
      super(64 * 1024);
    }

    synchronized void erase() {
      Arrays.fill(buf, (byte) 0);
    }
  }
}
