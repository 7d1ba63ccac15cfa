// Exactly one secret of every neighbour that shared: docs/PROTOCOL.md, section 11.
import { contains } from './bitmap.js';

export const SELF_MASK_SEED = 1;
export const MASK_KEY = 2;

/** @param held by index, the two shares of a neighbour that is a sharer, or null if they did not open */
export function sharesToReveal(held, survivors) {
  return [...held.keys()]
    .sort((a, b) => a - b)
    .map((ownerIndex) => {
      const kind = contains(survivors, ownerIndex) ? SELF_MASK_SEED : MASK_KEY;
      const shares = held.get(ownerIndex);
      const share = shares === null ? new Uint8Array(0) : kind === SELF_MASK_SEED ? shares.seed : shares.maskKey;
      return { ownerIndex, kind, share };
    });
}
