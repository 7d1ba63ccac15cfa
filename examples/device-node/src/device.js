// One device, one round: docs/PROTOCOL.md, sections 5 to 13.
import { equal, hex } from './bytes.js';
import { clippingBit, encode, pack } from './encoding.js';
import { randomBytes, roundSecrets, sha256, sign, signatureKey } from './keys.js';
import { mask } from './masking.js';
import { parse } from './messages.js';
import { Refusal, unless } from './refusal.js';
import { sharesToReveal } from './reveal.js';
import { checkRoster } from './roster-check.js';
import { checkRound } from './round-check.js';
import { makeShares, openShares } from './shares.js';
import { checkDifference, checkSurvivors, cohortOf, confirm } from './survivors.js';
import * as transcripts from './transcripts.js';
import { RoundEnded } from './transport.js';

const REMEMBER_MILLIS = 7 * 24 * 3600_000;

/**
 * Makes one attempt to take part in a round.
 *
 * @param trainer `{ train(model: Float32Array, instructions) => update, examples?: number }`
 * @returns `{ outcome, ... }`: no_round, published, contributed (all done, end unknown), late, aborted or refused
 */
export async function participate({ transport, identity, state, trainer, policy }) {
  const roundSeed = randomBytes(32);
  const roundPublicKey = signatureKey(roundSeed);
  const answer = await transport.checkIn({ deviceToken: identity.token, roundPublicKey });
  if (answer.outcome === 'noRound') {
    return { outcome: 'no_round', retryAfterMillis: answer.noRound.retryAfterMillis };
  }
  let secrets;
  try {
    unless(answer.outcome === 'admission' && answer.admission.ticket, 'MALFORMED_ANSWER', 'an admission needs a ticket');
    const round = readRound(answer.admission);
    checkRound(round, roundPublicKey, identity, policy, Date.now());
    const { parameters, hash } = round;
    unless(
      state.begin(round.id, Number(parameters.deadlines.reveal) + REMEMBER_MILLIS, Date.now()),
      'REPLAYED_ROUND',
      `round ${round.id} was entered before`,
    );
    secrets = roundSecrets(hash);
    return await play({ transport, identity, state, trainer, policy, round, roundSeed, secrets });
  } catch (e) {
    if (e instanceof Refusal) {
      return { outcome: 'refused', reason: e.reason, detail: e.message };
    }
    if (e instanceof RoundEnded) {
      return { outcome: e.outcome, step: e.step, detail: e.detail };
    }
    throw e;
  } finally {
    secrets?.erase();
    roundSeed.fill(0);
  }
}

/** Hashes the bytes received and only then parses them. */
function readRound({ roundParameters, ticket: ticketMessage }) {
  const hash = transcripts.roundHash(roundParameters);
  const parameters = parse('RoundParameters', roundParameters);
  return { hash, parameters, id: hex(parameters.roundId), ticketMessage, ticket: parse('TicketContent', ticketMessage.content) };
}

async function play(device) {
  const { transport, identity, policy, round, secrets } = device;
  const { parameters, hash, ticketMessage: ticket } = round;
  const { deadlines } = parameters;
  const minimum = Math.max(parameters.minSurvivors, policy.minimumCohort);

  const advert = makeAdvert(round, secrets, identity);
  await transport.advertise(deadlines.advertise, { ticket, advert });
  const answer = await transport.roster(deadlines.share, { ticket });
  const roster = checkRoster(answer, advert, round, identity, minimum, policy, Date.now());

  await transport.submitShares(deadlines.share, { ticket, shares: makeShares(hash, secrets, roster) });
  const received = await transport.shares(deadlines.upload, { ticket });
  const shared = openShares(hash, secrets, roster, received, parameters.secureAggregation, minimum);

  await upload(device, roster, shared.held);
  return unmask(device, roster, shared, minimum);
}

function makeAdvert(round, secrets, identity) {
  const advert = {
    participantId: round.ticket.participantId,
    maskPublicKey: secrets.maskPublicKey,
    sharePublicKey: secrets.sharePublicKey,
    selfMaskCommitment: secrets.selfMaskCommitment,
    roundPublicKey: round.ticket.roundPublicKey,
    certificate: identity.certificate,
  };
  return { ...advert, signature: sign(identity.deviceSeed, transcripts.advert(round.hash, advert)) };
}

async function upload({ transport, trainer, round, roundSeed, secrets }, roster, held) {
  const { parameters, hash, ticket, ticketMessage } = round;
  const { encoding, weighting, deadlines } = parameters;
  const model = await fetchModel(transport, round);
  const update = await trainer.train(model, { ...parameters.training, clipNorm: encoding.clipNorm });
  if (update.length !== model.length || !update.every(Number.isFinite)) {
    throw new Error(`the trainer must return ${model.length} finite coordinates`);
  }
  if (weighting && !Number.isInteger(trainer.examples)) {
    throw new Error('the round weighs updates by examples; the trainer does not say how many it has');
  }
  const integers = encode(update, encoding, weighting, trainer.examples);
  if (parameters.differentialPrivacy?.clippingBit) {
    integers.push(clippingBit(update, encoding.clipNorm));
  }
  const vector = Uint32Array.from(integers);
  const peers = roster.neighbours.filter(({ index }) => held.has(index));
  mask(vector, hash, secrets, roster.ownIndex, peers);
  const payload = pack(vector, encoding.ringBits);
  const payloadSha256 = sha256(payload);
  const signature = sign(roundSeed, transcripts.upload(hash, ticket.participantId, payloadSha256));
  const header = { ticket: ticketMessage, payloadBytes: payload.length, payloadSha256, signature };
  await transport.upload(deadlines.upload, header, payload);
}

async function fetchModel(transport, { parameters, ticketMessage }) {
  const bytes = await transport.model(parameters.deadlines.upload, ticketMessage, 4 * parameters.vectorLength);
  unless(
    bytes.length === 4 * parameters.vectorLength && equal(sha256(bytes), parameters.modelHash),
    'WRONG_MODEL',
    'the model is not the one of the parameters',
  );
  return Float32Array.from({ length: parameters.vectorLength }, (_, i) => bytes.readFloatLE(4 * i));
}

async function unmask({ transport, identity, state, policy, round, roundSeed }, roster, { sharers, held }, minimum) {
  const { parameters, hash, ticket: content, ticketMessage: ticket, id } = round;
  const { deadlines } = parameters;
  const { survivors: bitmap } = await transport.survivors(deadlines.signSurvivors, { ticket });
  const survivors = checkSurvivors(bitmap, roster, sharers, minimum);
  const cohort = cohortOf(survivors, roster, parameters.modelHash, identity.devicePublicKey);
  checkDifference(cohort, state.cohorts(cohort.modelHash), roster.groupMinimum, policy);
  await confirm(transport, round, roster, bitmap, survivors, roundSeed);

  const shares = sharesToReveal(held, survivors);
  state.decide(id, shares.map(({ ownerIndex, kind }) => [ownerIndex, kind]), cohort);
  const signature = sign(roundSeed, transcripts.reveal(hash, content.participantId, shares));
  await transport.reveal(deadlines.reveal, { ticket, shares, signature });
  try {
    const { modelHash } = await transport.result(deadlines.reveal, { ticket });
    return { outcome: 'published', round: id, modelHash: hex(modelHash) };
  } catch (e) {
    if (e instanceof RoundEnded && e.outcome === 'aborted') {
      throw e;
    }
    return { outcome: 'contributed', round: id };
  }
}
