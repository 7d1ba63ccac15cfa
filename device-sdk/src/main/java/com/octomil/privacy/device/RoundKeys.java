package com.octomil.privacy.device;

import com.octomil.privacy.device.transport.Advert;
import com.octomil.privacy.device.transport.Bytes;
import com.octomil.privacy.device.transport.Ticket;
import com.octomil.privacy.secagg.RoundHash;
import com.octomil.privacy.secagg.SecretBytes;
import com.octomil.privacy.secagg.keyagreement.SigningKeyPair;
import com.octomil.privacy.secagg.keyagreement.X25519KeyPair;
import com.octomil.privacy.secagg.masking.SelfMask;
import com.octomil.privacy.secagg.wire.Transcripts;
import java.security.SecureRandom;
import java.util.Arrays;

/** The secrets that a device makes for one round. Closing erases them. */
record RoundKeys(X25519KeyPair mask, X25519KeyPair share, SecretBytes selfMaskSeed)
    implements AutoCloseable {

  static RoundKeys generate(SecureRandom random) {
    byte[] seed = new byte[SelfMask.SEED_BYTES];
    random.nextBytes(seed);
    try {
      return new RoundKeys(
          X25519KeyPair.generate(random), X25519KeyPair.generate(random), new SecretBytes(seed));
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
  }

  /** The public half, signed by the device's long-lived key. */
  Advert advert(RoundHash roundHash, Ticket ticket, DeviceIdentity identity) {
    byte[] seed = selfMaskSeed.reveal();
    try (SigningKeyPair deviceKey = identity.signingKey()) {
      byte[] commitment = SelfMask.commit(roundHash, seed);
      byte[] signature =
          deviceKey.sign(
              Transcripts.advert(
                  roundHash,
                  ticket.participantId().toArray(),
                  mask.publicKey(),
                  share.publicKey(),
                  commitment,
                  ticket.roundPublicKey().toArray()));
      return new Advert(
          ticket.participantId(),
          Bytes.of(mask.publicKey()),
          Bytes.of(share.publicKey()),
          Bytes.of(commitment),
          ticket.roundPublicKey(),
          identity.certificate(),
          Bytes.of(signature));
    } finally {
      Arrays.fill(seed, (byte) 0);
    }
  }

  @Override
  public void close() {
    mask.close();
    share.close();
    selfMaskSeed.close();
  }
}
