// Shamir shares over the prime field of 2^61 - 1: docs/PROTOCOL.md, section 8.
//
// BigInt is not constant-time. A device that shares its processor with attackers should do this arithmetic in WebAssembly.
import { randomBytes } from './keys.js';

const P = 2n ** 61n - 1n;
const LIMBS = 5;
const ELEMENT_BYTES = 8;
export const SHARE_BYTES = LIMBS * ELEMENT_BYTES;

const littleEndian = (bytes) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

function limbs(secret) {
  const value = littleEndian(secret);
  return Array.from({ length: LIMBS }, (_, l) => (value >> BigInt(60 * l)) & (2n ** 60n - 1n));
}

function encode(elements) {
  const out = new Uint8Array(SHARE_BYTES);
  const view = new DataView(out.buffer);
  elements.forEach((element, l) => view.setBigUint64(ELEMENT_BYTES * l, element, true));
  return out;
}

function decode(share) {
  const view = new DataView(share.buffer, share.byteOffset, share.length);
  return Array.from({ length: LIMBS }, (_, l) => view.getBigUint64(ELEMENT_BYTES * l, true));
}

/** Whether these bytes can be a share at all. */
export const wellFormed = (share) => share.length === SHARE_BYTES && decode(share).every((y) => y < P);

/** A uniform element of the field. */
function uniform() {
  let element;
  do {
    element = littleEndian(randomBytes(ELEMENT_BYTES)) >> 3n;
  } while (element === P);
  return element;
}

/**
 * Shares of a 32-byte secret: one for each index, at x = index + 1; any `threshold` of them rebuild it.
 *
 * @param coefficients drawn unless given: for each power from 1 on, five elements
 */
export function split(secret, threshold, indices, coefficients) {
  const drawn =
    coefficients ?? Array.from({ length: threshold - 1 }, () => Array.from({ length: LIMBS }, uniform));
  const polynomial = [limbs(secret), ...drawn];
  return indices.map((index) => {
    const x = BigInt(index) + 1n;
    return encode(
      Array.from({ length: LIMBS }, (_, l) =>
        polynomial.reduceRight((sum, coefficient) => (sum * x + coefficient[l]) % P, 0n),
      ),
    );
  });
}

export { decode as elements };
