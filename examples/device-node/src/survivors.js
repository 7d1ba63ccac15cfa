// What a device checks before it takes a survivor set for true: docs/PROTOCOL.md, section 10.
import { contains, readBitmap } from './bitmap.js';
import { hex } from './bytes.js';
import { sign, verify } from './keys.js';
import { unless } from './refusal.js';
import { survivors as transcriptOf } from './transcripts.js';

/** The survivors as indices, if they can be. */
export function checkSurvivors(bitmap, roster, sharers, minimum) {
  const survivors = readBitmap('survivors', bitmap, roster.size);
  unless(
    contains(survivors, roster.ownIndex),
    'DECLARED_DROPPED',
    'the upload of this device was acknowledged and it is not among the survivors',
  );
  const strangers = survivors.filter((index) => !contains(sharers, index));
  unless(strangers.length === 0, 'SURVIVORS_NOT_SHARERS', `survivors ${strangers} had not shared`);
  unless(
    survivors.length >= minimum,
    'TOO_FEW_DEVICES',
    `at least ${minimum} devices must survive, not ${survivors.length}`,
  );
  const group = survivors.filter((index) => roster.group.includes(index)).length;
  unless(
    group >= roster.groupMinimum,
    'TOO_FEW_DEVICES',
    `at least ${roster.groupMinimum} devices of the group must survive, not ${group}`,
  );
  const near = roster.neighbours.filter((neighbour) => contains(survivors, neighbour.index)).length;
  unless(
    near >= roster.threshold,
    'NEIGHBOURHOOD_BELOW_THRESHOLD',
    `at least ${roster.threshold} neighbours must survive, not ${near}`,
  );
  return survivors;
}

/** The sum that this device is in, as far as it sees it: all device keys of its group if that is complete, else null. */
export function cohortOf(survivors, roster, modelHash, ownDeviceKey) {
  const complete = roster.neighbours.length === roster.group.length - 1;
  const keys = roster.neighbours.filter(({ index }) => contains(survivors, index)).map(({ deviceKey }) => hex(deviceKey));
  return { modelHash: hex(modelHash), keys: complete ? [hex(ownDeviceKey), ...keys] : null };
}

/** Two sums over nearly the same devices and the same model would give away what the few others contributed. */
export function checkDifference(cohort, past, minimum, policy) {
  for (const { keys } of past) {
    if (keys && cohort.keys) {
      const different =
        keys.filter((key) => !cohort.keys.includes(key)).length +
        cohort.keys.filter((key) => !keys.includes(key)).length;
      unless(
        different === 0 || different >= minimum,
        'COHORT_DIFFERENCING',
        `the cohort differs from one over the same model by ${different} devices; none or at least ${minimum} must`,
      );
    } else {
      unless(
        policy.repeatedModelsAllowed,
        'COHORT_DIFFERENCING',
        'updates to the same model were summed before, and the difference of the cohorts cannot be seen',
      );
    }
  }
}

/** Signs the bitmap and goes on once `threshold` surviving neighbours have signed the very same bytes. */
export async function confirm(transport, round, roster, bitmap, survivors, roundSeed) {
  const { hash, ticketMessage: ticket, parameters } = round;
  const deadline = parameters.deadlines.signSurvivors;
  const transcript = transcriptOf(hash, roster.root, bitmap);
  await transport.signSurvivors(deadline, { ticket, signature: sign(roundSeed, transcript) });
  const asked = roster.neighbours.filter(({ index }) => contains(survivors, index));
  const signers = new Map(asked.map((neighbour) => [neighbour.index, neighbour]));
  const valid = new Set();
  const wrong = new Set();
  for (;;) {
    // Wrong ones on top, so that the server waits until enough others are there.
    const atLeast = Math.min(asked.length, roster.threshold + wrong.size);
    const answer = await transport.survivorSignatures(deadline, { ticket, indices: [...signers.keys()], atLeast });
    for (const { index, signature } of answer.signatures) {
      const signer = signers.get(index);
      if (signer && !valid.has(index)) {
        const right = verify(signer.roundPublicKey, transcript, signature);
        (right ? valid : wrong).add(index);
        right && wrong.delete(index);
      }
    }
    if (valid.size >= roster.threshold) {
      return;
    }
    const over = answer.closed || Date.now() > Number(deadline);
    unless(
      !over && asked.length - wrong.size >= roster.threshold,
      wrong.size > 0 ? 'SURVIVOR_SIGNATURES_DISAGREE' : 'NEIGHBOURHOOD_BELOW_THRESHOLD',
      `${roster.threshold} neighbours must confirm the survivors; ${valid.size} did, ${wrong.size} confirmed others`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
