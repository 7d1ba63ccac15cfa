// What a device checks before it enters a round: docs/PROTOCOL.md, sections 4 and 5.
import { equal, hex } from './bytes.js';
import { ringBits } from './encoding.js';
import { size, unless } from './refusal.js';

/** What this device demands beyond the protocol. */
export const standardPolicy = {
  minimumCohort: 3,
  minimumSecurityBits: 40,
  minimumNoiseMultiplier: 0,
  maximumClipNorm: Infinity,
  maximumVectorLength: 64_000_000,
  maximumLocalEpochs: 1000,
  maximumRoundMillis: 24 * 3600_000,
  clockToleranceMillis: 120_000,
  repeatedModelsAllowed: false,
};

const positive = (x) => Number.isFinite(x) && x > 0;
const within = (x, least, most) => Number.isInteger(x) && x >= least && x <= most;

/** @param round `{ parameters, hash, ticket }`, parsed from the bytes received */
export function checkRound({ parameters: p, hash, ticket }, roundPublicKey, identity, policy, now) {
  const refuseUnless = (holds, detail) => unless(holds, 'UNACCEPTABLE_PARAMETERS', detail);
  unless(p.protocolVersion === 1, 'UNSUPPORTED_PROTOCOL_VERSION', `protocol_version must be 1, not ${p.protocolVersion}`);
  unless(
    p.federation === identity.federation,
    'WRONG_FEDERATION',
    `federation must be ${identity.federation}, not ${p.federation}`,
  );
  unless(
    p.regions.length === 0 || !identity.region || p.regions.includes(identity.region),
    'WRONG_REGION',
    `regions must contain ${identity.region}: ${p.regions}`,
  );
  size('round_id', p.roundId, 16);
  size('model_hash', p.modelHash, 32);
  checkTicket(ticket, p, hash, roundPublicKey, policy, now);
  checkDeadlines(p.deadlines, policy, now);

  unless(p.secureAggregation, 'SECURE_AGGREGATION_MISSING', 'secure_aggregation must be present');
  refuseUnless(
    within(p.vectorLength, 1, policy.maximumVectorLength),
    `vector_length must be from 1 to ${policy.maximumVectorLength}, not ${p.vectorLength}`,
  );
  const encoding = p.encoding;
  refuseUnless(encoding && positive(encoding.clipNorm) && positive(encoding.gridStep), 'encoding must be positive');
  refuseUnless(
    Number(encoding.maxNormSquared) === Math.floor((encoding.clipNorm / encoding.gridStep) ** 2),
    `encoding.max_norm_squared must be floor((clip_norm / grid_step)^2), not ${encoding.maxNormSquared}`,
  );
  refuseUnless(
    encoding.clipNorm <= policy.maximumClipNorm,
    `encoding.clip_norm must be at most ${policy.maximumClipNorm}, not ${encoding.clipNorm}`,
  );
  checkWeighting(p);
  refuseUnless(
    p.training && within(p.training.localEpochs, 1, policy.maximumLocalEpochs) && positive(p.training.learningRate),
    'training must name local epochs and a learning rate that this device accepts',
  );
  checkNoise(p.differentialPrivacy, policy);
  unless(
    p.minSurvivors >= policy.minimumCohort && p.targetCohort >= p.minSurvivors,
    'TOO_FEW_DEVICES',
    `${policy.minimumCohort} <= min_survivors <= target_cohort must hold, not ${p.minSurvivors}, ${p.targetCohort}`,
  );
  checkTerms(p.secureAggregation, policy, refuseUnless);
  checkGroups(p.secureAggregation, policy, refuseUnless);
  checkRing(p, Math.min(p.targetCohort, p.secureAggregation.maxGroupSize || p.targetCohort));
}

/** Groups are unmasked one by one, so each must hide its devices; this device adds no noise, which groups exclude anyway. */
function checkGroups({ maxGroupSize, minGroupSurvivors }, policy, refuseUnless) {
  if (maxGroupSize === 0 && minGroupSurvivors === 0) {
    return;
  }
  refuseUnless(
    within(maxGroupSize, 5, 1_000_000),
    `secure_aggregation.max_group_size must be from 5 to 1,000,000, not ${maxGroupSize}`,
  );
  const half = Math.floor((maxGroupSize + 1) / 2);
  refuseUnless(
    within(minGroupSurvivors, 3, half),
    `secure_aggregation.min_group_survivors must be from 3 to ${half}, not ${minGroupSurvivors}`,
  );
  unless(
    minGroupSurvivors >= policy.minimumCohort,
    'TOO_FEW_DEVICES',
    `secure_aggregation.min_group_survivors must be at least ${policy.minimumCohort}, not ${minGroupSurvivors}`,
  );
}

function checkTicket(ticket, p, hash, roundPublicKey, policy, now) {
  size('ticket.participant_id', ticket.participantId, 16);
  for (const [field, actual, expected] of [
    ['round_hash', ticket.roundHash, hash],
    ['round_id', ticket.roundId, p.roundId],
    ['round_public_key', ticket.roundPublicKey, roundPublicKey],
  ]) {
    unless(
      equal(actual, expected),
      'PARAMETERS_CHANGED',
      `ticket.${field} must be ${hex(expected)}, not ${hex(actual)}`,
    );
  }
  unless(
    Number(ticket.expiresAt) + policy.clockToleranceMillis >= now,
    'UNREASONABLE_DEADLINES',
    'the ticket has expired',
  );
}

function checkDeadlines(deadlines, policy, now) {
  const reasonable = (holds, detail) => unless(holds, 'UNREASONABLE_DEADLINES', detail);
  reasonable(deadlines, 'deadlines must be present');
  const { advertise, share, upload, signSurvivors, reveal } = deadlines;
  const inOrder = [advertise, share, upload, signSurvivors, reveal].map(Number);
  reasonable(inOrder.every((t, i) => i === 0 || t >= inOrder[i - 1]), `deadlines must not fall: ${inOrder}`);
  reasonable(inOrder[0] + policy.clockToleranceMillis >= now, 'deadlines.advertise is past');
  reasonable(
    inOrder[4] <= now + policy.maximumRoundMillis + policy.clockToleranceMillis,
    'deadlines.reveal is too far away',
  );
}

/** No noise covers a weight, so weights are counted only where no differential privacy is promised. */
function checkWeighting({ weighting, differentialPrivacy }) {
  if (!weighting) {
    return;
  }
  unless(
    within(weighting.maxWeight, 1, 2 ** 24),
    'UNACCEPTABLE_PARAMETERS',
    `weighting.max_weight must be from 1 to 2^24, not ${weighting.maxWeight}`,
  );
  const counters = weighting.counters.join();
  unless(
    !differentialPrivacy || counters === '',
    'TOO_LITTLE_NOISE',
    `weighting.counters must be empty with differential privacy, not ${counters}`,
  );
  unless(
    differentialPrivacy || counters === 'COUNTER_WEIGHT',
    'UNACCEPTABLE_PARAMETERS',
    `weighting.counters must be the weight alone, not ${counters}`,
  );
}

/** Refuses if a sum over this many devices could wrap. */
export function checkRing(p, cohort) {
  let largest = Math.floor(Math.sqrt(Number(p.encoding.maxNormSquared)));
  if (p.weighting?.counters.length > 0) {
    largest = Math.max(largest, p.weighting.maxWeight);
  }
  const needed = ringBits(cohort, largest);
  unless(
    within(p.encoding.ringBits, needed, 32),
    'RING_OVERFLOW',
    `encoding.ring_bits must be from ${needed} to 32 for ${cohort} devices, not ${p.encoding.ringBits}`,
  );
}

function checkNoise(noise, policy) {
  unless(
    !noise || positive(noise.noiseMultiplier),
    'TOO_LITTLE_NOISE',
    'differential_privacy.noise_multiplier must be positive',
  );
  unless(
    (noise?.noiseMultiplier ?? 0) >= policy.minimumNoiseMultiplier,
    'TOO_LITTLE_NOISE',
    `differential_privacy.noise_multiplier must be at least ${policy.minimumNoiseMultiplier}`,
  );
  unless(
    !noise || noise.placement === 'NOISE_PLACEMENT_SERVER',
    'UNACCEPTABLE_PARAMETERS',
    'differential_privacy.placement must be server',
  );
  const bit = noise?.clippingBit;
  unless(
    !bit || (Number.isFinite(bit.noise) && bit.noise > noise.noiseMultiplier / 2),
    'TOO_LITTLE_NOISE',
    `differential_privacy.clipping_bit.noise must be finite and above half of noise_multiplier, not ${bit?.noise}`,
  );
}

function checkTerms(terms, policy, refuseUnless) {
  size('secure_aggregation.graph_nonce_commitment', terms.graphNonceCommitment, 32);
  for (const field of ['corruptFraction', 'dropoutFraction']) {
    refuseUnless(terms[field] >= 0 && terms[field] < 1, `secure_aggregation.${field} must be from 0 to below 1`);
  }
  refuseUnless(
    terms.reconstructionThreshold >= 0 && terms.reconstructionThreshold <= 1,
    'secure_aggregation.reconstruction_threshold must be from 0 to 1',
  );
  refuseUnless(terms.correctnessBits >= 1, 'secure_aggregation.correctness_bits must be at least 1');
  unless(
    terms.adversary === 'ADVERSARY_MODEL_SEMI_MALICIOUS',
    'WEAK_ASSUMPTIONS',
    'secure_aggregation.adversary must be semi-malicious',
  );
  unless(
    terms.securityBits >= policy.minimumSecurityBits,
    'WEAK_ASSUMPTIONS',
    `secure_aggregation.security_bits must be at least ${policy.minimumSecurityBits}, not ${terms.securityBits}`,
  );
}
