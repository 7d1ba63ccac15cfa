// Every step of the protocol against proto/vectors.
import assert from 'node:assert/strict';
import test from 'node:test';
import { readBitmap } from '../src/bitmap.js';
import { concat, hex, unhex } from '../src/bytes.js';
import { graphFor } from '../src/degree.js';
import { clippingBit, encode, pack, ringBits } from '../src/encoding.js';
import { included, neighbourhood } from '../src/graph.js';
import { agree, agreeable, agreementKey, derive, sign, signatureKey, verify } from '../src/keys.js';
import { addPairMask, addSelfMask, mask } from '../src/masking.js';
import { sharesToReveal } from '../src/reveal.js';
import { elements, split } from '../src/shamir.js';
import { decrypt, encrypt, readShares } from '../src/shares.js';
import * as transcripts from '../src/transcripts.js';
import { vectors } from './support/load.js';

test('keys', () => {
  const keys = vectors('keys');
  for (const v of keys.x25519) {
    assert.equal(hex(agreementKey(unhex(v.private_key))), v.public_key);
    assert.equal(hex(agree(unhex(v.private_key), unhex(v.peer_public_key))), v.shared_secret);
  }
  for (const key of keys.x25519_refused_public_keys) {
    assert.equal(agreeable(unhex(key)), false, key);
  }
  for (const v of keys.ed25519) {
    assert.equal(hex(signatureKey(unhex(v.seed))), v.public_key);
    assert.equal(hex(sign(unhex(v.seed), unhex(v.message))), v.signature);
    assert.ok(verify(unhex(v.public_key), unhex(v.message), unhex(v.signature)));
    assert.equal(verify(unhex(v.public_key), concat(unhex(v.message), unhex('00')), unhex(v.signature)), false);
  }
  for (const v of keys.hkdf_sha256) {
    assert.equal(hex(derive(unhex(v.salt), unhex(v.ikm), unhex(v.info), v.length)), v.okm);
  }
});

test('hashes', () => {
  const { round_hash, graph_nonce, self_mask } = vectors('hashes');
  for (const v of round_hash) {
    assert.equal(hex(transcripts.roundHash(unhex(v.round_parameters))), v.round_hash);
  }
  assert.equal(hex(transcripts.nonceCommitment(unhex(graph_nonce.nonce))), graph_nonce.commitment);
  assert.equal(
    hex(transcripts.selfMaskCommitment(unhex(self_mask.round_hash), unhex(self_mask.seed))),
    self_mask.commitment,
  );
});

test('degree and threshold', () => {
  for (const v of vectors('parameters').cases) {
    const terms = {
      adversary: `ADVERSARY_MODEL_${v.adversary}`,
      corruptFraction: v.gamma,
      dropoutFraction: v.delta,
      securityBits: v.sigma,
      correctnessBits: v.eta,
      reconstructionThreshold: 0,
      maxGroupSize: v.groups === 1 ? 0 : Math.ceil(v.n / v.groups),
    };
    const graph = graphFor(v.n, terms);
    assert.deepEqual([graph?.degree ?? null, graph?.threshold ?? null], [v.k, v.t], JSON.stringify(v));
  }
});

test('Merkle trees and graphs', () => {
  const graph = vectors('graph');
  for (const { leaves, root, proofs } of graph.merkle) {
    proofs.forEach((proof, i) => {
      const path = proof.map(unhex);
      assert.ok(included(unhex(leaves[i]), i, leaves.length, path, unhex(root)));
      assert.equal(included(concat(unhex(leaves[i]), unhex('00')), i, leaves.length, path, unhex(root)), false);
      assert.equal(included(unhex(leaves[i]), i, leaves.length, [...path, path[0] ?? unhex(root)], unhex(root)), false);
    });
  }
  for (const v of graph.neighbours) {
    v.neighbours_by_index.forEach((expected, own) => {
      const found = neighbourhood(unhex(v.graph_nonce), unhex(v.roster_root), v.n, v.k, v.groups, own);
      assert.deepEqual(found.neighbours, expected);
      assert.ok(found.members.includes(own));
      assert.equal(v.members_by_group.filter((members) => members.join() === found.members.join()).length, 1);
    });
  }
});

test('shares', () => {
  const { shamir, encrypted } = vectors('shares');
  for (const v of shamir) {
    const coefficients = v.coefficients_by_degree.slice(1).map((c) => elements(unhex(c)));
    const made = split(unhex(v.secret), v.threshold, v.shares.map(({ x }) => x - 1), coefficients);
    assert.deepEqual(made.map(hex), v.shares.map(({ share }) => share));
  }
  for (const v of encrypted) {
    const hash = unhex(v.round_hash);
    const sender = unhex(v.sender_share_private_key);
    const receiver = unhex(v.receiver_share_private_key);
    const from = { index: v.from_index, sharePublicKey: agreementKey(sender) };
    const to = { index: v.to_index, sharePublicKey: agreementKey(receiver) };
    assert.equal(hex(encrypt(hash, sender, from, to, unhex(v.plaintext))), v.ciphertext);
    assert.equal(hex(decrypt(hash, receiver, from, to, unhex(v.ciphertext))), v.plaintext);
    const spoilt = unhex(v.ciphertext);
    spoilt[20] ^= 1;
    assert.equal(decrypt(hash, receiver, from, to, spoilt), null);
  }
  assert.equal(readShares(unhex('ff'.repeat(80))), null, 'elements must be below p');
  assert.equal(readShares(unhex('00'.repeat(79))), null);
  assert.equal(readShares(null), null);
});

test('drawn shares rebuild the secret', () => {
  const secret = unhex('ff'.repeat(32));
  const p = 2n ** 61n - 1n;
  const inverse = (x) => {
    let [result, base, e] = [1n, ((x % p) + p) % p, p - 2n];
    for (; e > 0n; e >>= 1n, base = (base * base) % p) {
      result = e & 1n ? (result * base) % p : result;
    }
    return result;
  };
  const shares = split(secret, 3, [4, 0, 9, 2]).slice(1).map(elements);
  const xs = [1n, 10n, 3n];
  let rebuilt = 0n;
  for (let l = 0; l < 5; l++) {
    const limb = xs.reduce((sum, x, i) => {
      const weight = xs.reduce((w, y, j) => (i === j ? w : (((w * y) % p) * inverse(y - x)) % p), 1n);
      return (sum + weight * shares[i][l]) % p;
    }, 0n);
    rebuilt |= limb << BigInt(60 * l);
  }
  assert.equal(rebuilt, 2n ** 256n - 1n);
});

test('masks', () => {
  const masks = vectors('masks');
  const check = (v, add) => {
    const vector = new Uint32Array(v.masked_zero.length);
    add(vector);
    assert.deepEqual([...vector].map((word) => word % 2 ** v.ring_bits), v.masked_zero);
  };
  for (const v of masks.self) {
    check(v, (vector) => addSelfMask(vector, unhex(v.round_hash), unhex(v.seed)));
  }
  for (const v of masks.pair) {
    const peer = { index: v.peer_index, maskPublicKey: unhex(v.peer_mask_public_key) };
    check(v, (vector) =>
      addPairMask(vector, unhex(v.round_hash), unhex(v.own_mask_private_key), v.own_index, peer),
    );
  }
});

test('a mask longer than one block is one key stream', () => {
  const long = new Uint32Array(10_000);
  addSelfMask(long, unhex('11'.repeat(32)), unhex('22'.repeat(32)));
  const short = new Uint32Array(4096);
  addSelfMask(short, unhex('11'.repeat(32)), unhex('22'.repeat(32)));
  assert.deepEqual(long.subarray(0, 4096), short);
  assert.notDeepEqual(long.subarray(4096, 8192), short);
});

test('packing', () => {
  const packing = vectors('packing');
  for (const v of packing.packed) {
    assert.equal(hex(pack(v.vector, v.ring_bits)), v.packed);
  }
  for (const v of packing.bitmaps) {
    assert.deepEqual(readBitmap('bitmap', unhex(v.bitmap), v.size), v.indices);
  }
  assert.throws(() => readBitmap('bitmap', unhex('0004'), 10), { reason: 'MALFORMED_BITMAP' });
  for (const v of packing.ring_widths) {
    assert.equal(ringBits(v.cohort, v.max_abs_coordinate), v.ring_bits);
  }
});

test('transcripts', () => {
  const { inputs: i, transcripts: expected } = vectors('transcripts');
  const b = (name) => unhex(i[name]);
  const advert = transcripts.advert(b('round_hash'), {
    participantId: b('participant_id'),
    maskPublicKey: b('mask_public_key'),
    sharePublicKey: b('share_public_key'),
    selfMaskCommitment: b('self_mask_commitment'),
    roundPublicKey: b('round_public_key'),
  });
  const share = b('revealed_share');
  const revealed = [
    { ownerIndex: 2, kind: 1, share },
    { ownerIndex: 70000, kind: 2, share },
  ];
  const actual = {
    advert,
    roster_leaf: transcripts.rosterLeaf(advert, b('device_public_key'), b('signature')),
    ticket: transcripts.ticket(b('content')),
    certificate: transcripts.certificate(b('content')),
    enrollment: transcripts.enrollment(i.enrollment_code, b('device_public_key')),
    upload: transcripts.upload(b('round_hash'), b('participant_id'), b('payload_sha256')),
    survivors: transcripts.survivors(b('round_hash'), b('roster_root'), b('survivors')),
    reveal: transcripts.reveal(b('round_hash'), b('participant_id'), revealed),
  };
  for (const [name, bytes] of Object.entries(expected)) {
    assert.equal(hex(actual[name]), bytes, name);
  }
});

test('weighted updates', () => {
  for (const v of vectors('weighting').cases) {
    const maxNormSquared = Math.floor((v.clip_norm / v.grid_step) ** 2);
    const encoding = { clipNorm: v.clip_norm, gridStep: v.grid_step, maxNormSquared: String(maxNormSquared) };
    const weighting = { maxWeight: v.max_weight, counters: ['COUNTER_WEIGHT'] };
    assert.deepEqual(encode(v.update, encoding, weighting, v.examples), v.vector);
  }
});

test('clipping bits', () => {
  for (const v of vectors('clipping').cases) {
    assert.equal(clippingBit(v.update, v.clip_norm), v.bit);
  }
});

test('rounding is unbiased and never leaves the ball', () => {
  const encoding = { clipNorm: 1, gridStep: 0.25, maxNormSquared: '16' };
  let sum = 0;
  for (let i = 0; i < 4000; i++) {
    const integers = encode([0.3, 0, 0, 0], encoding, null);
    sum += integers[0];
    assert.ok(encode([5, 5, 5, 5, 5], encoding, null).reduce((s, k) => s + k * k, 0) <= 16);
  }
  // 1.2 on average; six standard deviations of the mean are 0.04.
  assert.ok(Math.abs(sum / 4000 - 1.2) < 0.04, String(sum / 4000));
});

test('a whole round: adverts, masked uploads, signatures and reveals of all devices', () => {
  const round = vectors('round');
  const hash = unhex(round.round_hash);
  const root = unhex(round.roster_root);
  const sharers = readBitmap('sharers', unhex(round.sharers), round.devices.length);
  const survivors = readBitmap('survivors', unhex(round.survivors), round.devices.length);
  assert.equal(hex(transcripts.roundHash(unhex(round.round_parameters))), round.round_hash);
  const devices = round.devices.map((d, index) => ({
    index,
    participantId: unhex(d.participant_id),
    maskPublicKey: unhex(d.mask_public_key),
    sharePublicKey: unhex(d.share_public_key),
    selfMaskCommitment: unhex(d.self_mask_commitment),
    roundPublicKey: unhex(d.round_public_key),
    vector: d,
  }));
  for (const device of devices) {
    const { vector: d, index } = device;
    const advert = transcripts.advert(hash, device);
    assert.equal(hex(sign(unhex(d.device_seed), advert)), d.advert_signature);
    const leaf = transcripts.rosterLeaf(advert, unhex(d.device_public_key), unhex(d.advert_signature));
    assert.ok(included(leaf, index, devices.length, d.merkle_proof.map(unhex), root));
    assert.deepEqual(
      neighbourhood(unhex(round.graph_nonce), root, devices.length, round.degree, 1, index).neighbours,
      d.neighbours,
    );
    if (!survivors.includes(index)) {
      continue;
    }
    const held = new Map();
    for (const from of d.neighbours.filter((i) => sharers.includes(i))) {
      const sent = devices[from].vector.encrypted_shares.find((share) => share.to_index === index);
      const plaintext = decrypt(hash, unhex(d.share_private_key), devices[from], device, unhex(sent.ciphertext));
      held.set(from, readShares(plaintext));
    }
    const vector = Uint32Array.from(d.vector);
    const secrets = { selfMaskSeed: unhex(d.self_mask_seed), maskPrivateKey: unhex(d.mask_private_key) };
    mask(vector, hash, secrets, index, [...held.keys()].map((i) => devices[i]));
    assert.equal(hex(pack(vector, round.ring_bits)), d.upload_payload);
    const sha256 = unhex(d.upload_payload_sha256);
    const roundSeed = unhex(d.round_seed);
    assert.equal(hex(sign(roundSeed, transcripts.upload(hash, device.participantId, sha256))), d.upload_signature);
    assert.equal(
      hex(sign(roundSeed, transcripts.survivors(hash, root, unhex(round.survivors)))),
      d.survivors_signature,
    );
    const shares = sharesToReveal(held, survivors);
    assert.deepEqual(
      shares.map((s) => ({ owner_index: s.ownerIndex, kind: s.kind, share: hex(s.share) })),
      d.revealed_shares,
    );
    assert.equal(hex(sign(roundSeed, transcripts.reveal(hash, device.participantId, shares))), d.reveal_signature);
  }
});
