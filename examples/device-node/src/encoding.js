// From an update to integers to bytes: docs/PROTOCOL.md, sections 4 and 9.
import { randomBytes } from './keys.js';

/** Bits so that a sum over `cohort` signed coordinates of at most `largest` cannot wrap. */
export function ringBits(cohort, largest) {
  let bits = 1;
  while (2 ** bits <= 2 * cohort * largest) {
    bits++;
  }
  return bits;
}

export const weightOf = (examples, maxWeight) => Math.min(Math.max(examples, 1), maxWeight);

/** Uniform in [0, 1) with 32 bits for each, from the cryptographic generator. */
function* uniform() {
  for (;;) {
    const words = new DataView(randomBytes(4096).buffer);
    for (let i = 0; i < 4096; i += 4) {
      yield words.getUint32(i) / 2 ** 32;
    }
  }
}

const normOf = (update) => Math.sqrt(update.reduce((sum, x) => sum + x * x, 0));

/** Whether the update is within the clipping norm, in halves: the last coordinate of a round with a clipping bit. */
export const clippingBit = (update, clipNorm) => (normOf(update) <= clipNorm ? 1 : -1);

/**
 * The integers of an update, then its counters.
 *
 * @param encoding the message Encoding; maxNormSquared as a number or string
 * @param weighting the message Weighting, or null
 * @param examples the device's number of examples; only needed with weighting
 */
export function encode(update, encoding, weighting, examples) {
  const norm = normOf(update);
  const weight = weighting && weightOf(examples, weighting.maxWeight);
  let scale = (norm > encoding.clipNorm ? encoding.clipNorm / norm : 1) * (weighting ? weight / weighting.maxWeight : 1);
  const most = Number(encoding.maxNormSquared);
  const random = uniform();
  for (;;) {
    const integers = Array.from(update, (x) => {
      const exact = (x * scale) / encoding.gridStep;
      const below = Math.floor(exact);
      return below + (random.next().value < exact - below ? 1 : 0);
    });
    if (integers.reduce((sum, k) => sum + k * k, 0) <= most) {
      return weighting ? [...integers, ...weighting.counters.map(() => weight)] : integers;
    }
    scale *= 1 - 2 ** -10; // rounding up went beyond the bound: shrink a little, then draw again
  }
}

/** Coordinate i is bits i b to i b + b - 1, least significant first. */
export function pack(vector, bits) {
  const out = new Uint8Array(Math.ceil((vector.length * bits) / 8));
  let bit = 0;
  for (const coordinate of vector) {
    for (let left = bits, value = coordinate; left > 0; ) {
      const room = Math.min(8 - (bit & 7), left);
      out[bit >> 3] |= (value & ((1 << room) - 1)) << (bit & 7);
      value >>>= room;
      bit += room;
      left -= room;
    }
  }
  return out;
}
