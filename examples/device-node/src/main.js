// Enrols once, then takes part in rounds. Settings are environment variables; see README.md.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import grpc from '@grpc/grpc-js';
import { participate } from './device.js';
import { enroll, renew, renewalDue } from './enrolment.js';
import { standardPolicy } from './round-check.js';
import { openState } from './state.js';
import { connect } from './transport.js';

const { env } = process;

function required(name) {
  if (!env[name]) {
    throw new Error(`set ${name}; see README.md`);
  }
  return env[name];
}

function credentials() {
  if (env.OCTOMIL_INSECURE === 'true') {
    return grpc.credentials.createInsecure();
  }
  return grpc.credentials.createSsl(env.OCTOMIL_CA_FILE ? readFileSync(env.OCTOMIL_CA_FILE) : null);
}

async function identityOf(transport, state) {
  const known = state.identity();
  if (known && !renewalDue(known, Date.now())) {
    return known;
  }
  const identity = known
    ? await renew(transport, known, standardPolicy)
    : await enroll(
        transport,
        {
          code: required('OCTOMIL_ENROLLMENT_CODE'),
          region: env.OCTOMIL_REGION ?? '',
          authorityKey: Buffer.from(required('OCTOMIL_AUTHORITY_KEY'), 'base64'),
        },
        standardPolicy,
      );
  state.saveIdentity(identity);
  return identity;
}

const { default: trainer } = env.OCTOMIL_TRAINER
  ? await import(pathToFileURL(resolve(env.OCTOMIL_TRAINER)))
  : await import('./trainer.js');
const transport = connect({
  relay: required('OCTOMIL_RELAY_GRPC'),
  aggregator: required('OCTOMIL_AGGREGATOR_GRPC'),
  credentials: credentials(),
});
const state = openState(required('OCTOMIL_HOME'));
for (let left = Number(env.OCTOMIL_ROUNDS ?? 1); left > 0; ) {
  const identity = await identityOf(transport, state);
  const end = await participate({ transport, identity, state, trainer, policy: standardPolicy });
  if (end.outcome === 'no_round') {
    await sleep(Math.max(50, end.retryAfterMillis));
    continue;
  }
  console.log(JSON.stringify(end));
  left--;
}
transport.close();
