// Primitives of docs/PROTOCOL.md, section 2, and the keys of one round.
import { webcrypto } from 'node:crypto';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { selfMaskCommitment } from './transcripts.js';

export { sha256 };

export const randomBytes = (length) => webcrypto.getRandomValues(new Uint8Array(length));

export const derive = (salt, secret, info, length) => hkdf(sha256, secret, salt, info, length);

/** X25519; throws if the peer's key is of low order. */
export const agree = (privateKey, peer) => x25519.getSharedSecret(privateKey, peer);
export const agreementKey = (privateKey) => x25519.getPublicKey(privateKey);

export const sign = (seed, message) => ed25519.sign(message, seed);
export const signatureKey = (seed) => ed25519.getPublicKey(seed);

/** As RFC 8032 asks: no malleable signature, no key that is no point or of low order. */
export function verify(publicKey, message, signature) {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false; // wrong length
  }
}

/** Whether a key takes part in agreements at all: 32 bytes, not of low order. */
export function agreeable(publicKey) {
  try {
    agree(randomBytes(32), publicKey);
    return true;
  } catch {
    return false;
  }
}

/** Fresh secrets of a round; `erase` overwrites them. */
export function roundSecrets(roundHash) {
  const maskPrivateKey = randomBytes(32);
  const sharePrivateKey = randomBytes(32);
  const selfMaskSeed = randomBytes(32);
  return {
    maskPrivateKey,
    maskPublicKey: agreementKey(maskPrivateKey),
    sharePrivateKey,
    sharePublicKey: agreementKey(sharePrivateKey),
    selfMaskSeed,
    selfMaskCommitment: selfMaskCommitment(roundHash, selfMaskSeed),
    erase() {
      [maskPrivateKey, sharePrivateKey, selfMaskSeed].forEach((secret) => secret.fill(0));
    },
  };
}
