// The bytes that are hashed or signed: docs/PROTOCOL.md, section 3.
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, label, u32, u64, u8, utf8, variable } from './bytes.js';

export const roundHash = (parameters) => sha256(concat(label('round'), variable(parameters)));
export const nonceCommitment = (nonce) => sha256(concat(label('graph-nonce'), nonce));
export const selfMaskCommitment = (hash, seed) => sha256(concat(label('self-mask-commitment'), hash, seed));

export const enrollment = (code, deviceKey) => concat(label('enrollment'), variable(utf8(code)), deviceKey);
export const renewal = (token, deviceKey) => concat(label('renewal'), variable(utf8(token)), deviceKey);
export const certificate = (content) => concat(label('certificate'), variable(content));
export const ticket = (content) => concat(label('ticket'), variable(content));

export const advert = (hash, a) =>
  concat(
    label('advert'),
    hash,
    a.participantId,
    a.maskPublicKey,
    a.sharePublicKey,
    a.selfMaskCommitment,
    a.roundPublicKey,
  );

export const rosterLeaf = (advertTranscript, deviceKey, signature) =>
  concat(label('roster-entry'), variable(advertTranscript), deviceKey, signature);

export const graphSeed = (nonce, root, n) => sha256(concat(label('graph-seed'), nonce, root, u32(n)));
export const graphBlock = (seed, i) => sha256(concat(label('graph-stream'), seed, u64(i)));

export const shareKeyInfo = (from, to, senderKey, receiverKey) =>
  concat(label('share-key'), u32(from), u32(to), senderKey, receiverKey);
export const shareData = (hash, from, to) => concat(label('share'), hash, u32(from), u32(to));
export const selfMaskInfo = label('self-mask');
export const pairMaskInfo = (a, b) => concat(label('pair-mask'), u32(Math.min(a, b)), u32(Math.max(a, b)));

export const upload = (hash, participantId, payloadSha256) =>
  concat(label('upload'), hash, participantId, payloadSha256);
export const survivors = (hash, root, bitmap) => concat(label('survivors'), hash, root, variable(bitmap));

/** @param shares `{ ownerIndex, kind, share }` in the order sent; kind 1 is SELF_MASK_SEED, 2 is MASK_KEY */
export const reveal = (hash, participantId, shares) =>
  concat(
    label('reveal'),
    hash,
    participantId,
    u32(shares.length),
    ...shares.map((s) => concat(u32(s.ownerIndex), u8(s.kind), variable(s.share))),
  );
