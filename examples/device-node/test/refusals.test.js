// A server that lies, one lie at a time, about the round of proto/vectors/round.json. The device is the first one there.
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { unhex } from '../src/bytes.js';
import { sign } from '../src/keys.js';
import { parse } from '../src/messages.js';
import { MASK_KEY, SELF_MASK_SEED, sharesToReveal } from '../src/reveal.js';
import { checkRoster } from '../src/roster-check.js';
import { checkRound, standardPolicy } from '../src/round-check.js';
import { openShares } from '../src/shares.js';
import { openState } from '../src/state.js';
import { checkDifference, checkSurvivors, cohortOf, confirm } from '../src/survivors.js';
import * as transcripts from '../src/transcripts.js';
import { vectors } from './support/load.js';

const vector = vectors('round');
const [me] = vector.devices;
const NOW = 1767225605000;
const policy = { ...standardPolicy, clockToleranceMillis: 1000 };
const identity = {
  federation: 'health-risk-model',
  region: 'eu',
  authorityKey: unhex(vector.enrollment_authority_public_key),
  devicePublicKey: unhex(me.device_public_key),
};
const hash = unhex(vector.round_hash);

function round() {
  const parameters = parse('RoundParameters', unhex(vector.round_parameters));
  parameters.secureAggregation.adversary = 'ADVERSARY_MODEL_SEMI_MALICIOUS'; // else this device does not take part
  return { parameters, hash, ticket: parse('TicketContent', unhex(me.ticket_content)) };
}

const refuses = (reason, call) => assert.throws(call, { name: 'Refusal', reason });

test('an honest round is entered', () => {
  checkRound(round(), unhex(me.round_public_key), identity, policy, NOW);
});

const roundLies = {
  UNSUPPORTED_PROTOCOL_VERSION: [(r) => (r.parameters.protocolVersion = 2)],
  WRONG_FEDERATION: [(r) => (r.parameters.federation = 'other')],
  WRONG_REGION: [(r) => (r.parameters.regions = ['us'])],
  MALFORMED_ANSWER: [
    (r) => (r.parameters.roundId = new Uint8Array(15)),
    (r) => (r.parameters.modelHash = new Uint8Array(31)),
    (r) => (r.ticket.participantId = new Uint8Array(8)),
    (r) => (r.parameters.secureAggregation.graphNonceCommitment = new Uint8Array(0)),
  ],
  PARAMETERS_CHANGED: [
    (r) => (r.hash = new Uint8Array(32)),
    (r) => (r.ticket.roundId = new Uint8Array(16)),
    (r) => (r.ticket.roundPublicKey = new Uint8Array(32)),
  ],
  UNREASONABLE_DEADLINES: [
    (r) => (r.ticket.expiresAt = '1'),
    (r) => (r.parameters.deadlines = null),
    (r) => (r.parameters.deadlines.share = '1'),
    (r) => (r.parameters.deadlines.advertise = '1'),
    (r) => (r.parameters.deadlines.reveal = String(NOW + 1e9)),
  ],
  UNACCEPTABLE_PARAMETERS: [
    (r) => (r.parameters.vectorLength = 0),
    (r) => (r.parameters.encoding.gridStep = NaN),
    (r) => (r.parameters.encoding.maxNormSquared = '10001'),
    (r) => (r.parameters.weighting.maxWeight = 2 ** 24 + 1),
    (r) => (r.parameters.weighting.counters = []),
    (r) => (r.parameters.training.localEpochs = 0),
    (r) => (r.parameters.secureAggregation.corruptFraction = 1),
    (r) => (r.parameters.secureAggregation.reconstructionThreshold = 1.5),
  ],
  RING_OVERFLOW: [(r) => (r.parameters.encoding.ringBits = 10), (r) => (r.parameters.encoding.ringBits = 33)],
  TOO_LITTLE_NOISE: [
    (r) => (r.parameters.differentialPrivacy = { noiseMultiplier: 1, placement: 'NOISE_PLACEMENT_SERVER' }),
    (r) => {
      r.parameters.weighting = null;
      r.parameters.differentialPrivacy = {
        noiseMultiplier: 1,
        placement: 'NOISE_PLACEMENT_SERVER',
        clippingBit: { noise: 0.5 },
      };
    },
  ],
  SECURE_AGGREGATION_MISSING: [(r) => (r.parameters.secureAggregation = null)],
  TOO_FEW_DEVICES: [(r) => (r.parameters.minSurvivors = 2), (r) => (r.parameters.targetCohort = 2)],
  WEAK_ASSUMPTIONS: [
    (r) => (r.parameters.secureAggregation.adversary = 'ADVERSARY_MODEL_SEMI_HONEST'),
    (r) => (r.parameters.secureAggregation.securityBits = 39),
  ],
};
for (const [reason, lies] of Object.entries(roundLies)) {
  test(`the parameters: ${reason}`, () => {
    for (const lie of lies) {
      const lying = round();
      lie(lying);
      refuses(reason, () => checkRound(lying, unhex(me.round_public_key), identity, policy, NOW));
    }
  });
}

function advertOf(device) {
  return {
    participantId: unhex(device.participant_id),
    maskPublicKey: unhex(device.mask_public_key),
    sharePublicKey: unhex(device.share_public_key),
    selfMaskCommitment: unhex(device.self_mask_commitment),
    roundPublicKey: unhex(device.round_public_key),
    certificate: { content: unhex(device.certificate_content), signature: unhex(device.certificate_signature) },
    signature: unhex(device.advert_signature),
  };
}

const entry = (index) => ({
  index,
  advert: advertOf(vector.devices[index]),
  merkleProof: vector.devices[index].merkle_proof.map(unhex),
});

const rosterMessage = () => ({
  size: 5,
  root: unhex(vector.roster_root),
  graphNonce: unhex(vector.graph_nonce),
  degree: vector.degree,
  threshold: vector.threshold,
  self: entry(0),
  neighbours: [1, 2, 3, 4].map(entry),
});

const checked = (message, minimum = 3) => {
  const honest = round();
  honest.parameters.secureAggregation.adversary = 'ADVERSARY_MODEL_SEMI_HONEST'; // as the vector's threshold is
  return checkRoster(message, advertOf(me), honest, identity, minimum, policy, NOW);
};

test('clipping bits with enough noise, and norms within the policy', () => {
  const bits = round();
  bits.parameters.weighting = null;
  bits.parameters.differentialPrivacy = {
    noiseMultiplier: 1,
    placement: 'NOISE_PLACEMENT_SERVER',
    clippingBit: { noise: 0.75 },
  };
  checkRound(bits, unhex(me.round_public_key), identity, policy, NOW);
  const bound = { ...policy, maximumClipNorm: bits.parameters.encoding.clipNorm * 0.99 };
  refuses('UNACCEPTABLE_PARAMETERS', () => checkRound(bits, unhex(me.round_public_key), identity, bound, NOW));
});

test('an honest roster is accepted', () => {
  const roster = checked(rosterMessage());
  assert.deepEqual([roster.ownIndex, roster.degree, roster.threshold, roster.neighbours.length], [0, 4, 3, 4]);
});

const rosterLies = {
  TOO_FEW_DEVICES: [(r) => (r.size = 2)],
  RING_OVERFLOW: [(r) => (r.size = 1000)],
  GRAPH_NONCE_NOT_COMMITTED: [(r) => (r.graphNonce = new Uint8Array(32))],
  GRAPH_BELOW_FLOOR: [(r) => (r.degree = 2), (r) => (r.threshold = 2), (r) => (r.threshold = 5)],
  OWN_ENTRY_ALTERED: [(r) => (r.self = entry(1)), (r) => (r.self.advert.signature = new Uint8Array(64))],
  NOT_MY_NEIGHBOURS: [(r) => r.neighbours.pop(), (r) => r.neighbours.reverse()],
  DUPLICATE_ROSTER_ENTRY: [(r) => (r.neighbours[0].advert = r.neighbours[1].advert)],
  INVALID_ADVERT_SIGNATURE: [(r) => (r.neighbours[0].advert.signature = new Uint8Array(64))],
  INVALID_CERTIFICATE: [
    (r) => (r.neighbours[0].advert.certificate.signature = new Uint8Array(64)),
    (r) => (r.neighbours[0].advert.certificate = null),
  ],
  ROSTER_PROOF_INVALID: [
    (r) => r.neighbours[0].merkleProof.pop(),
    (r) => (r.root = new Uint8Array(32)),
    (r) => (r.self.merkleProof = []),
  ],
};
for (const [reason, lies] of Object.entries(rosterLies)) {
  test(`the roster: ${reason}`, () => {
    for (const lie of lies) {
      const lying = rosterMessage();
      lie(lying);
      refuses(reason, () => checked(lying));
    }
  });
}

test('an expired certificate: INVALID_CERTIFICATE', () => {
  const parameters = round().parameters;
  parameters.secureAggregation.adversary = 'ADVERSARY_MODEL_SEMI_HONEST';
  const late = 1768225600000 + 10_000;
  refuses('INVALID_CERTIFICATE', () =>
    checkRoster(rosterMessage(), advertOf(me), { parameters, hash }, identity, 3, policy, late),
  );
});

const received = () => ({
  shares: [1, 2, 3, 4].map((fromIndex) => ({
    fromIndex,
    toIndex: 0,
    ciphertext: unhex(vector.devices[fromIndex].encrypted_shares.find((s) => s.to_index === 0).ciphertext),
  })),
  sharers: unhex(vector.sharers),
});
const secrets = { sharePrivateKey: unhex(me.share_private_key), sharePublicKey: unhex(me.share_public_key) };
const opened = (message) =>
  openShares(hash, secrets, checked(rosterMessage()), message, round().parameters.secureAggregation, 3);

test('one share that does not open is forgiven and its place is revealed empty', () => {
  const message = received();
  message.shares[1].ciphertext = new Uint8Array(108);
  const { held } = opened(message);
  assert.equal(held.get(2), null);
  const shares = sharesToReveal(held, [0, 1, 3, 4]);
  assert.deepEqual(shares.map((s) => s.share.length), [40, 0, 40, 40]);
});

const shareLies = {
  DECLARED_NOT_SHARED: [(m) => (m.sharers = unhex('1e'))],
  TOO_FEW_DEVICES: [(m) => (m.sharers = unhex('03'))],
  MALFORMED_BITMAP: [(m) => (m.sharers = unhex('3f')), (m) => (m.sharers = unhex('1f00'))],
  NEIGHBOURHOOD_BELOW_THRESHOLD: [(m) => (m.sharers = unhex('07'))],
  SHARES_INCOMPLETE: [
    (m) => m.shares.pop(),
    (m) => m.shares.push(m.shares[0]),
    (m) => (m.shares[0].fromIndex = 9),
    (m) => (m.shares[0].toIndex = 1),
    (m) => (m.sharers = unhex('0f')),
  ],
  SHARE_NOT_AUTHENTIC: [(m) => m.shares.slice(1).forEach((share) => (share.ciphertext = new Uint8Array(108)))],
};
for (const [reason, lies] of Object.entries(shareLies)) {
  test(`the shares: ${reason}`, () => {
    for (const lie of lies) {
      const lying = received();
      lie(lying);
      refuses(reason, () => opened(lying));
    }
  });
}

test('survivors', () => {
  const roster = checked(rosterMessage());
  const check = (bitmap, sharers = [0, 1, 2, 3, 4]) => checkSurvivors(unhex(bitmap), roster, sharers, 3);
  assert.deepEqual(check(vector.survivors), [0, 1, 3, 4]);
  refuses('DECLARED_DROPPED', () => check('1e'));
  refuses('SURVIVORS_NOT_SHARERS', () => check('1f', [0, 1, 3, 4]));
  refuses('TOO_FEW_DEVICES', () => check('03'));
  refuses('NEIGHBOURHOOD_BELOW_THRESHOLD', () => check('07'));
  refuses('MALFORMED_BITMAP', () => check('9b'));
});

test('signatures of the survivors', async () => {
  const roster = checked(rosterMessage());
  const bitmap = unhex(vector.survivors);
  const signatures = [1, 3, 4].map((index) => ({ index, signature: unhex(vector.devices[index].survivors_signature) }));
  const other = transcripts.survivors(hash, roster.root, unhex('1f'));
  const told = { ...round(), ticketMessage: {} };
  told.parameters.deadlines.signSurvivors = String(Date.now() + 60_000);
  const answered = (answer) =>
    confirm(
      { signSurvivors: async () => ({}), survivorSignatures: async () => answer },
      told,
      roster,
      bitmap,
      [0, 1, 3, 4],
      unhex(me.round_seed),
    );
  await answered({ signatures, closed: false });
  const wrong = { index: 3, signature: sign(unhex(vector.devices[3].round_seed), other) };
  await assert.rejects(answered({ signatures: [signatures[0], wrong, signatures[2]], closed: false }), {
    reason: 'SURVIVOR_SIGNATURES_DISAGREE',
  });
  await assert.rejects(answered({ signatures: signatures.slice(1), closed: true }), {
    reason: 'NEIGHBOURHOOD_BELOW_THRESHOLD',
  });
  await assert.rejects(answered({ signatures: [signatures[0], signatures[0], signatures[0]], closed: true }), {
    reason: 'NEIGHBOURHOOD_BELOW_THRESHOLD',
  });
});

test('exactly one secret of every neighbour is revealed', () => {
  const { held } = opened(received());
  const shares = sharesToReveal(held, [0, 1, 3, 4]);
  assert.deepEqual(
    shares.map(({ ownerIndex, kind }) => [ownerIndex, kind]),
    [
      [1, SELF_MASK_SEED],
      [2, MASK_KEY],
      [3, SELF_MASK_SEED],
      [4, SELF_MASK_SEED],
    ],
  );
});

test('cohorts that differ by a few devices: COHORT_DIFFERENCING', () => {
  const roster = checked(rosterMessage());
  const cohort = (survivors) => cohortOf(survivors, roster, unhex('aa'), identity.devicePublicKey);
  const past = [cohort([0, 1, 2, 3, 4])];
  checkDifference(cohort([0, 1, 2, 3, 4]), past, 3, policy);
  checkDifference(cohort([0, 1]), past, 3, policy);
  refuses('COHORT_DIFFERENCING', () => checkDifference(cohort([0, 1, 3, 4]), past, 3, policy));
  const unseen = { modelHash: 'aa', keys: null };
  refuses('COHORT_DIFFERENCING', () => checkDifference(unseen, past, 3, policy));
  checkDifference(unseen, past, 3, { ...policy, repeatedModelsAllowed: true });
});

test('a round is entered once, also after a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'device-'));
  const first = openState(folder);
  assert.equal(first.begin('aa', 2000, 1000), true);
  first.saveIdentity({ deviceSeed: unhex('0102'), token: 't' });
  first.decide('aa', [[1, MASK_KEY]], { modelHash: 'bb', keys: null });
  const second = openState(folder);
  assert.equal(second.begin('aa', 2000, 1000), false);
  assert.deepEqual(second.identity(), { deviceSeed: Buffer.from('0102', 'hex'), token: 't' });
  assert.equal(second.cohorts('bb').length, 1);
  assert.equal(second.begin('cc', 9000, 5000), true);
  assert.equal(second.begin('aa', 9000, 5000), true, 'forgotten after its time');
});
