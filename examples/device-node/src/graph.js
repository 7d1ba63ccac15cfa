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

/** The group of a device and its neighbours in it: `{ members, neighbours }`, both as ascending indices. */
export function neighbourhood(nonce, root, n, k, groups, own) {
  const ring = permutation(nonce, root, n);
  const place = ring.indexOf(own);
  const start = (group) => Math.floor((group * n) / groups);
  let group = 0;
  while (start(group + 1) <= place) {
    group++;
  }
  const arc = ring.slice(start(group), start(group + 1));
  const ascending = (indices) => indices.sort((a, b) => a - b);
  if (k >= arc.length - 1) {
    return { members: ascending([...arc]), neighbours: ascending(arc.filter((index) => index !== own)) };
  }
  const within = place - start(group);
  const found = [];
  for (let distance = 1; distance <= k / 2; distance++) {
    found.push(arc[(within + distance) % arc.length], arc[(within - distance + arc.length) % arc.length]);
  }
  return { members: ascending([...arc]), neighbours: ascending(found) };
}

function permutation(nonce, root, n) {
  const ring = Array.from({ length: n }, (_, i) => i);
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
  return ring;
}

function* stream(seed) {
  for (let block = 0; ; block++) {
    const view = new DataView(graphBlock(seed, block).buffer);
    for (let i = 0; i < 8; i++) {
      yield view.getUint32(4 * i);
    }
  }
}
