package com.octomil.privacy.relay.domain;

import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.util.Objects;

/**
 * The public keys of one device for one round.
 *
 * @param maskPublicKey X25519, agrees on pairwise masks
 * @param sharePublicKey X25519, encrypts shares
 * @param selfMaskCommitment commitment to the self-mask seed
 * @param roundPublicKey Ed25519 key of the ticket
 * @param certificate of the device's key
 * @param signature Ed25519 by the certified key over the round and all of the above but the
 *     certificate
 */
public record Advert(
    ParticipantId participantId,
    Bytes maskPublicKey,
    Bytes sharePublicKey,
    Bytes selfMaskCommitment,
    Bytes roundPublicKey,
    Certificate certificate,
    Bytes signature) {

  /** Checks the lengths. */
  public Advert {
    Objects.requireNonNull(participantId, "participantId");
    maskPublicKey.requireSize("advert.mask_public_key", 32);
    sharePublicKey.requireSize("advert.share_public_key", 32);
    selfMaskCommitment.requireSize("advert.self_mask_commitment", 32);
    roundPublicKey.requireSize("advert.round_public_key", 32);
    Objects.requireNonNull(certificate, "certificate");
    signature.requireSize("advert.signature", 64);
  }

  /** The bytes that {@code signature} is over. */
  public byte[] transcript(RoundHash roundHash) {
    return Transcripts.advert(
        roundHash,
        participantId.value().toArray(),
        maskPublicKey.toArray(),
        sharePublicKey.toArray(),
        selfMaskCommitment.toArray(),
        roundPublicKey.toArray());
  }
}
