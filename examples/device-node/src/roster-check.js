// What a device checks of the roster: docs/PROTOCOL.md, section 7.
import { compare, equal, hex } from './bytes.js';
import { checkCertificate } from './certificate.js';
import { graphFor, groupsOf } from './degree.js';
import { included, neighbourhood } from './graph.js';
import { agreeable, verify } from './keys.js';
import { size, unless } from './refusal.js';
import { checkRing } from './round-check.js';
import { advert as advertTranscript, nonceCommitment, rosterLeaf } from './transcripts.js';

const FIELDS = { participantId: 16, maskPublicKey: 32, sharePublicKey: 32, selfMaskCommitment: 32, roundPublicKey: 32 };

/**
 * @param own the advert that this device sent
 * @returns `{ size, root, degree, threshold, ownIndex, group, groupMinimum, neighbours }`: `group` has the indices of the
 *     devices that are unmasked together with this one, `groupMinimum` the fewest that must be; a neighbour has the fields
 *     of its advert, `index` and `deviceKey`
 */
export function checkRoster(roster, own, round, identity, minimum, policy, now) {
  const { parameters, hash } = round;
  const terms = parameters.secureAggregation;
  unless(
    roster.size >= minimum,
    'TOO_FEW_DEVICES',
    `the roster must have at least ${minimum} devices, not ${roster.size}`,
  );
  checkRing(parameters, Math.min(roster.size, terms.maxGroupSize || roster.size));
  size('roster.root', roster.root, 32);
  unless(
    roster.graphNonce.length === 32 && equal(nonceCommitment(roster.graphNonce), terms.graphNonceCommitment),
    'GRAPH_NONCE_NOT_COMMITTED',
    'graph_nonce must open the commitment',
  );
  const floor = graphFor(roster.size, terms, roster.degree);
  unless(
    floor && floor.degree === roster.degree && floor.threshold <= roster.threshold && roster.threshold <= floor.most,
    'GRAPH_BELOW_FLOOR',
    `degree ${roster.degree} and threshold ${roster.threshold} are not those of ${roster.size} devices`,
  );

  const self = roster.self;
  unless(
    self?.advert && sameAdvert(self.advert, own),
    'OWN_ENTRY_ALTERED',
    "the roster's entry of this device is not what it advertised",
  );
  const groups = groupsOf(roster.size, terms);
  const { members: group, neighbours: expected } = neighbourhood(
    roster.graphNonce,
    roster.root,
    roster.size,
    roster.degree,
    groups,
    self.index,
  );
  const actual = roster.neighbours.map((entry) => entry.index);
  unless(expected.join() === actual.join(), 'NOT_MY_NEIGHBOURS', `neighbours must be ${expected}, not ${actual}`);

  const entries = [self, ...roster.neighbours].map((entry) => {
    unless(entry.advert, 'MALFORMED_ANSWER', `the entry of device ${entry.index} has no advert`);
    Object.entries(FIELDS).forEach(([field, length]) => size(`${field} of ${entry.index}`, entry.advert[field], length));
    const deviceKey = checkCertificate(entry.advert.certificate, identity, policy, now);
    return { ...entry.advert, index: entry.index, merkleProof: entry.merkleProof, deviceKey };
  });
  checkUnique(entries);
  entries.forEach((entry) => checkEntry(entry, hash, roster));
  const byIndex = [...entries].sort((a, b) => a.index - b.index);
  unless(
    byIndex.every((e, i) => i === 0 || compare(byIndex[i - 1].maskPublicKey, e.maskPublicKey) < 0),
    'ROSTER_PROOF_INVALID',
    'the roster is not in the order of its mask keys',
  );
  const { root, degree, threshold } = roster;
  const groupMinimum = groups === 1 ? minimum : Math.max(terms.minGroupSurvivors, policy.minimumCohort);
  const place = { ownIndex: self.index, group, groupMinimum, neighbours: entries.slice(1) };
  return { size: roster.size, root, degree, threshold, ...place };
}

function sameAdvert(a, b) {
  return (
    [...Object.keys(FIELDS), 'signature'].every((field) => equal(a[field], b[field])) &&
    a.certificate !== null &&
    equal(a.certificate.content, b.certificate.content) &&
    equal(a.certificate.signature, b.certificate.signature)
  );
}

function checkUnique(entries) {
  for (const field of ['index', 'participantId', 'maskPublicKey', 'sharePublicKey', 'roundPublicKey', 'deviceKey']) {
    const values = entries.map((entry) => (field === 'index' ? entry.index : hex(entry[field])));
    unless(new Set(values).size === values.length, 'DUPLICATE_ROSTER_ENTRY', `two devices have the same ${field}`);
  }
}

function checkEntry(entry, hash, roster) {
  const transcript = advertTranscript(hash, entry);
  unless(
    verify(entry.deviceKey, transcript, entry.signature),
    'INVALID_ADVERT_SIGNATURE',
    `the advert of device ${entry.index} is not signed by its key for this round`,
  );
  unless(
    included(
      rosterLeaf(transcript, entry.deviceKey, entry.signature),
      entry.index,
      roster.size,
      entry.merkleProof,
      roster.root,
    ),
    'ROSTER_PROOF_INVALID',
    `device ${entry.index} is not in the roster`,
  );
  unless(
    agreeable(entry.maskPublicKey) && agreeable(entry.sharePublicKey),
    'INVALID_PUBLIC_KEY',
    `a key of device ${entry.index} is of low order`,
  );
}
