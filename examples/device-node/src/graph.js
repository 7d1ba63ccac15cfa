// The roster's Merkle tree and the neighbour graph: docs/PROTOCOL.md, section 7.
import { concat, equal, u8 } from './bytes.js';
import { sha256 } from './keys.js';
import { graphBlock, graphSeed } from './transcripts.js';

const node = (left, right) => sha256(concat(u8(1), left, right));

/** Whether a leaf is at this place of a tree of this size and root: RFC 9162, section 2.1.3.2. */
export function included(leaf, index, size, proof, root) {
  if (index >= size) {
    return false;
  }
  let place = index;
  let last = size - 1;
  let hash = sha256(concat(u8(0), leaf));
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== 32) {
      return false;
    }
    if (place % 2 === 1 || place === last) {
      hash = node(sibling, hash);
      while (place % 2 === 0 && place !== 0) {
        place = Math.floor(place / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = node(hash, sibling);
    }
    place = Math.floor(place / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && equal(hash, root);
}

/** Indices of a device's neighbours, ascending. */
export function neighbours(nonce, root, n, k, own) {
  const others = Array.from({ length: n }, (_, i) => i);
  if (k === n - 1) {
    return others.filter((i) => i !== own);
  }
  const ring = others;
  const words = stream(graphSeed(nonce, root, n));
  for (let i = n - 1; i >= 1; i--) {
    const limit = Math.floor(2 ** 32 / (i + 1)) * (i + 1);
    let word = words.next().value;
    while (word >= limit) {
      word = words.next().value;
    }
    const j = word % (i + 1);
    [ring[i], ring[j]] = [ring[j], ring[i]];
  }
  const place = ring.indexOf(own);
  const found = [];
  for (let distance = 1; distance <= k / 2; distance++) {
    found.push(ring[(place + distance) % n], ring[(place - distance + n) % n]);
  }
  return found.sort((a, b) => a - b);
}

function* stream(seed) {
  for (let block = 0; ; block++) {
    const view = new DataView(graphBlock(seed, block).buffer);
    for (let i = 0; i < 8; i++) {
      yield view.getUint32(4 * i);
    }
  }
}
