// Masks: docs/PROTOCOL.md, section 9.
import { ctr } from '@noble/ciphers/aes.js';
import { agree, derive } from './keys.js';
import { pairMaskInfo, selfMaskInfo } from './transcripts.js';

// Key stream made at a time, in coordinates.
const BLOCK = 4096;

/** The AES-CTR counter at a coordinate; four coordinates are one block of 16 bytes. */
function counterAt(coordinate) {
  const counter = new Uint8Array(16);
  new DataView(counter.buffer).setBigUint64(8, BigInt(coordinate / 4));
  return counter;
}

/** Adds the mask of a key to a vector of integers modulo 2^32, or subtracts it; the caller reduces modulo 2^b. */
function add(vector, key, sign) {
  for (let start = 0; start < vector.length; start += BLOCK) {
    const length = Math.min(BLOCK, vector.length - start);
    const stream = ctr(key, counterAt(start)).encrypt(new Uint8Array(4 * length));
    const words = new DataView(stream.buffer, stream.byteOffset);
    for (let i = 0; i < length; i++) {
      vector[start + i] += sign * words.getUint32(4 * i, true); // a Uint32Array wraps
    }
  }
}

export function addSelfMask(vector, roundHash, seed) {
  add(vector, derive(roundHash, seed, selfMaskInfo, 16), 1);
}

export function addPairMask(vector, roundHash, maskPrivateKey, ownIndex, peer) {
  const secret = agree(maskPrivateKey, peer.maskPublicKey);
  const key = derive(roundHash, secret, pairMaskInfo(ownIndex, peer.index), 16);
  add(vector, key, ownIndex < peer.index ? 1 : -1);
}

/** Masks a vector in place; `peers` are the neighbours that shared. */
export function mask(vector, roundHash, secrets, ownIndex, peers) {
  addSelfMask(vector, roundHash, secrets.selfMaskSeed);
  for (const peer of peers) {
    addPairMask(vector, roundHash, secrets.maskPrivateKey, ownIndex, peer);
  }
}
