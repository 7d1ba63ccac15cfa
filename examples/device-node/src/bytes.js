// Notation of docs/PROTOCOL.md, section 2.
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export { bytesToHex as hex, concatBytes as concat, hexToBytes as unhex, utf8ToBytes as utf8 };

function unsigned(value, bytes) {
  const out = new Uint8Array(bytes);
  for (let i = bytes - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) {
    out[i] = rest % 256;
  }
  return out;
}

export const u8 = (value) => unsigned(value, 1);
export const u32 = (value) => unsigned(value, 4);
export const u64 = (value) => unsigned(value, 8);

/** A field of variable length: its length, then its bytes. */
export const variable = (bytes) => concatBytes(u32(bytes.length), bytes);

/** The label that every hash, signature and key derivation begins with. */
export const label = (name) => concatBytes(utf8ToBytes(`octomil.secagg.v1/${name}`), u8(0));

/** Unsigned, lexicographic; not for secrets. */
export const compare = (a, b) => Buffer.compare(a, b);
export const equal = (a, b) => compare(a, b) === 0;
