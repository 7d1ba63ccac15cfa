// What a device must not forget, in files that only their owner can read.
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

function bytesOut(key) {
  const value = this[key]; // before Buffer.toJSON
  return value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value;
}
const bytesIn = (key, value) => (typeof value?.base64 === 'string' ? Buffer.from(value.base64, 'base64') : value);

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'), bytesIn);
  } catch (e) {
    if (e.code === 'ENOENT') {
      return null;
    }
    throw e;
  }
}

/** Durable when it returns: a new file in place of the old one. */
function write(folder, name, value) {
  const next = join(folder, `${name}.next`);
  const file = openSync(next, 'w', 0o600);
  writeSync(file, JSON.stringify(value, bytesOut));
  fsyncSync(file);
  closeSync(file);
  renameSync(next, join(folder, name));
  const entry = openSync(folder, 'r');
  fsyncSync(entry);
  closeSync(entry);
}

/** Opens the memory of one device; one process at a time. */
export function openState(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const state = read(join(folder, 'state.json')) ?? { rounds: {}, cohorts: [] };
  const save = () => write(folder, 'state.json', state);
  return {
    identity: () => read(join(folder, 'identity.json')),
    saveIdentity: (identity) => write(folder, 'identity.json', identity),

    /** Enters a round; false if it was entered before, also by an earlier process. */
    begin(roundId, until, now) {
      for (const [id, { forgetAt }] of Object.entries(state.rounds)) {
        if (forgetAt < now) {
          delete state.rounds[id];
        }
      }
      if (state.rounds[roundId]) {
        return false;
      }
      state.rounds[roundId] = { forgetAt: until };
      save();
      return true;
    },

    /** Cohorts of the past over this model. */
    cohorts: (modelHash) => state.cohorts.filter((cohort) => cohort.modelHash === modelHash),

    /** What the device is going to reveal, and with whom it is summed; before it sends anything. */
    decide(roundId, kinds, cohort) {
      state.rounds[roundId].revealed = kinds;
      state.cohorts.push(cohort);
      save();
    },
  };
}
