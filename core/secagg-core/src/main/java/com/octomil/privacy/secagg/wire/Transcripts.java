package com.octomil.privacy.secagg.wire;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.internal.Labels;
import com.octomil.privacy.secagg.internal.Transcript;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The exact bytes that are signed or hashed. Each begins with its own label, fields of fixed length
 * follow as they are, fields of variable length behind their length, integers as 32 bits big-endian
 * (docs/PROTOCOL.md, section 3).
 *
 * <p>All methods throw {@link IllegalArgumentException} for a field of the wrong length.
 * Thread-safe.
 */
public final class Transcripts {
  /** Length of the round-scoped pseudonym of a device. */
  public static final int PARTICIPANT_ID_BYTES = 16;

  private static final int KEY_BYTES = 32;
  private static final int HASH_BYTES = 32;
  private static final int SIGNATURE_BYTES = 64;

  private Transcripts() {}

  /** What a device signs with its certified key when it advertises keys for a round. */
  public static byte[] advert(
      RoundHash roundHash,
      byte[] participantId,
      byte[] maskPublicKey,
      byte[] sharePublicKey,
      byte[] selfMaskCommitment,
      byte[] roundPublicKey) {
    return inRound(Labels.ADVERT, roundHash)
        .fixed("participant_id", participantId, PARTICIPANT_ID_BYTES)
        .fixed("mask_public_key", maskPublicKey, KEY_BYTES)
        .fixed("share_public_key", sharePublicKey, KEY_BYTES)
        .fixed("self_mask_commitment", selfMaskCommitment, HASH_BYTES)
        .fixed("round_public_key", roundPublicKey, KEY_BYTES)
        .toBytes();
  }

  /** The Merkle leaf of a roster entry: what was signed, by whom, and the signature. */
  public static byte[] rosterLeaf(
      byte[] advertTranscript, byte[] devicePublicKey, byte[] signature) {
    return Transcript.of(Labels.ROSTER_ENTRY)
        .variable(advertTranscript)
        .fixed("device_public_key", devicePublicKey, KEY_BYTES)
        .fixed("signature", signature, SIGNATURE_BYTES)
        .toBytes();
  }

  /** What the relay signs with the ticket key of a session. */
  public static byte[] ticket(byte[] content) {
    return Transcript.of(Labels.TICKET).variable(content).toBytes();
  }

  /** What the enrolment authority signs. */
  public static byte[] certificate(byte[] content) {
    return Transcript.of(Labels.CERTIFICATE).variable(content).toBytes();
  }

  /** What a device signs to prove possession of its key when it enrols. */
  public static byte[] enrollment(String code, byte[] devicePublicKey) {
    return Transcript.of(Labels.ENROLLMENT)
        .variable(code.getBytes(StandardCharsets.UTF_8))
        .fixed("device_public_key", devicePublicKey, KEY_BYTES)
        .toBytes();
  }

  /** What a device signs to prove possession of its key when it renews its token. */
  public static byte[] renewal(String token, byte[] devicePublicKey) {
    return Transcript.of(Labels.RENEWAL)
        .variable(token.getBytes(StandardCharsets.UTF_8))
        .fixed("device_public_key", devicePublicKey, KEY_BYTES)
        .toBytes();
  }

  /** What a device signs with its round key for an upload. */
  public static byte[] upload(RoundHash roundHash, byte[] participantId, byte[] payloadSha256) {
    return inRound(Labels.UPLOAD, roundHash)
        .fixed("participant_id", participantId, PARTICIPANT_ID_BYTES)
        .fixed("payload_sha256", payloadSha256, HASH_BYTES)
        .toBytes();
  }

  /**
   * What a device signs with its round key to confirm a survivor set, encoded by {@link
   * IndexBitmap}.
   */
  public static byte[] survivors(RoundHash roundHash, byte[] rosterRoot, byte[] bitmap) {
    return inRound(Labels.SURVIVORS, roundHash)
        .fixed("roster_root", rosterRoot, HASH_BYTES)
        .variable(bitmap)
        .toBytes();
  }

  /**
   * What a device signs with its round key when it reveals shares; items in the order in which they
   * are sent.
   */
  public static byte[] reveal(RoundHash roundHash, byte[] participantId, List<RevealItem> items) {
    Transcript transcript =
        inRound(Labels.REVEAL, roundHash)
            .fixed("participant_id", participantId, PARTICIPANT_ID_BYTES)
            .u32(items.size());
    for (RevealItem item : items) {
      transcript.u32(item.ownerIndex()).u8(item.kind().number()).variable(item.share());
    }
    return transcript.toBytes();
  }

  private static Transcript inRound(String label, RoundHash roundHash) {
    return Transcript.of(label).fixed("round_hash", roundHash.bytes(), RoundHash.BYTES);
  }
}
