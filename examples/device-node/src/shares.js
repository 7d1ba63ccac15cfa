// Shares on their way to the neighbours: docs/PROTOCOL.md, section 8.
import { gcm } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { contains, readBitmap } from './bitmap.js';
import { concat } from './bytes.js';
import { corruptNeighbours } from './degree.js';
import { agree, derive, sha256 } from './keys.js';
import { unless } from './refusal.js';
import { SHARE_BYTES, split, wellFormed } from './shamir.js';
import { shareData, shareKeyInfo } from './transcripts.js';

const NONCE_BYTES = 12;
const CIPHERTEXT_BYTES = NONCE_BYTES + 2 * SHARE_BYTES + 16;

function shareKeys(roundHash, privateKey, peerKey, info) {
  const keys = derive(roundHash, agree(privateKey, peerKey), info, 64);
  return { key: keys.slice(0, 32), nonceKey: keys.slice(32) };
}

/** @param from, to `{ index, sharePublicKey }` of sender and receiver */
export function encrypt(roundHash, privateKey, from, to, plaintext) {
  const info = shareKeyInfo(from.index, to.index, from.sharePublicKey, to.sharePublicKey);
  const { key, nonceKey } = shareKeys(roundHash, privateKey, to.sharePublicKey, info);
  const nonce = hmac(sha256, nonceKey, plaintext).slice(0, NONCE_BYTES);
  return concat(nonce, gcm(key, nonce, shareData(roundHash, from.index, to.index)).encrypt(plaintext));
}

/** The plaintext, or null if the ciphertext does not authenticate. */
export function decrypt(roundHash, privateKey, from, to, ciphertext) {
  if (ciphertext.length !== CIPHERTEXT_BYTES) {
    return null;
  }
  const info = shareKeyInfo(from.index, to.index, from.sharePublicKey, to.sharePublicKey);
  const { key } = shareKeys(roundHash, privateKey, from.sharePublicKey, info);
  const data = shareData(roundHash, from.index, to.index);
  try {
    return gcm(key, ciphertext.slice(0, NONCE_BYTES), data).decrypt(ciphertext.slice(NONCE_BYTES));
  } catch {
    return null;
  }
}

/** The two shares in a plaintext, or null if it holds something else. */
export function readShares(plaintext) {
  const seed = plaintext?.slice(0, SHARE_BYTES);
  const maskKey = plaintext?.slice(SHARE_BYTES);
  return plaintext && wellFormed(seed) && wellFormed(maskKey) ? { seed, maskKey } : null;
}

/** One ciphertext for every neighbour. */
export function makeShares(roundHash, secrets, roster) {
  const indices = roster.neighbours.map((neighbour) => neighbour.index);
  const seed = split(secrets.selfMaskSeed, roster.threshold, indices);
  const maskKey = split(secrets.maskPrivateKey, roster.threshold, indices);
  const own = { index: roster.ownIndex, sharePublicKey: secrets.sharePublicKey };
  return roster.neighbours.map((neighbour, i) => ({
    fromIndex: own.index,
    toIndex: neighbour.index,
    ciphertext: encrypt(roundHash, secrets.sharePrivateKey, own, neighbour, concat(seed[i], maskKey[i])),
  }));
}

/**
 * Opens what the neighbours made for this device.
 *
 * @returns `{ sharers, held }`: the bitmap, and for the index of each neighbour that is a sharer its two shares, or null
 *     if they could not be opened
 */
export function openShares(roundHash, secrets, roster, received, terms, minimum) {
  const sharers = readBitmap('sharers', received.sharers, roster.size);
  unless(contains(sharers, roster.ownIndex), 'DECLARED_NOT_SHARED', 'sharers must contain this device');
  unless(sharers.length >= minimum, 'TOO_FEW_DEVICES', `at least ${minimum} devices must share, not ${sharers.length}`);
  const group = sharers.filter((index) => roster.group.includes(index)).length;
  unless(
    group >= roster.groupMinimum,
    'TOO_FEW_DEVICES',
    `at least ${roster.groupMinimum} devices of the group must share, not ${group}`,
  );
  const byIndex = new Map(roster.neighbours.map((neighbour) => [neighbour.index, neighbour]));
  const sharing = roster.neighbours.filter((neighbour) => contains(sharers, neighbour.index));
  unless(
    sharing.length >= roster.threshold,
    'NEIGHBOURHOOD_BELOW_THRESHOLD',
    `at least ${roster.threshold} neighbours must share, not ${sharing.length}`,
  );
  const own = { index: roster.ownIndex, sharePublicKey: secrets.sharePublicKey };
  const held = new Map();
  for (const { fromIndex, toIndex, ciphertext } of received.shares) {
    unless(toIndex === own.index, 'SHARES_INCOMPLETE', `a share is for ${toIndex}, not for ${own.index}`);
    unless(byIndex.has(fromIndex), 'SHARES_INCOMPLETE', `a share is from ${fromIndex}, who is no neighbour`);
    unless(!held.has(fromIndex), 'SHARES_INCOMPLETE', `two shares are from ${fromIndex}`);
    unless(contains(sharers, fromIndex), 'SHARES_INCOMPLETE', `a share is from ${fromIndex}, who is no sharer`);
    const plaintext = decrypt(roundHash, secrets.sharePrivateKey, byIndex.get(fromIndex), own, ciphertext);
    held.set(fromIndex, readShares(plaintext));
  }
  for (const { index } of sharing) {
    unless(held.has(index), 'SHARES_INCOMPLETE', `neighbour ${index} is a sharer and its share is missing`);
  }
  const unopened = [...held.values()].filter((shares) => shares === null).length;
  const forgiven = Math.max(1, corruptNeighbours(roster.size, roster.degree, terms));
  unless(unopened <= forgiven, 'SHARE_NOT_AUTHENTIC', `${unopened} shares do not open; at most ${forgiven} may not`);
  return { sharers, held };
}
