// Calls to relay and aggregator: each has a deadline and is repeated while that can help.
import { setTimeout as sleep } from 'node:timers/promises';
import grpc from '@grpc/grpc-js';
import { octomil } from './messages.js';
import { Refusal } from './refusal.js';
import { uploadPayload } from './upload.js';

const LONGEST_WAIT = 10_000;
const LONGEST_BACKOFF = 10_000;
const CALL_MARGIN = 20_000;
const { UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED } = grpc.status;
const RETRYABLE = [UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED];

/** The round ended for this device, or for all: `outcome` is late or aborted. */
export class RoundEnded extends Error {
  constructor(outcome, step, detail) {
    super(`${outcome} at ${step}: ${detail}`);
    this.name = 'RoundEnded';
    this.outcome = outcome;
    this.step = step;
    this.detail = detail;
  }
}

/**
 * @param credentials of @grpc/grpc-js
 * @param toleranceMillis how far the clocks may be apart
 */
export function connect({ relay, aggregator, credentials, toleranceMillis = 120_000 }) {
  const relayClient = new octomil.secagg.v1.DeviceRelay(relay, credentials);
  const aggregatorClient = new octomil.aggregator.v1.DeviceAggregator(aggregator, credentials);

  const unary = (client, method, request) =>
    new Promise((resolve, reject) => {
      const deadline = Date.now() + (request.waitMillis ?? 0) + CALL_MARGIN;
      client[method](request, { deadline }, (error, answer) => (error ? reject(error) : resolve(answer)));
    });

  const left = (deadline) => Math.max(0, Number(deadline) + toleranceMillis - Date.now());

  /** Tries until there is an answer or the deadline of the phase has passed. */
  async function attempt(deadline, call) {
    for (let backoff = 100; ; backoff = Math.min(2 * backoff, LONGEST_BACKOFF)) {
      try {
        return await call(Math.min(left(deadline), LONGEST_WAIT));
      } catch (error) {
        if (!RETRYABLE.includes(error.code) || left(deadline) === 0) {
          throw error;
        }
        // Half fixed, half random, so that a fleet that lost its server does not come back in one wave.
        await sleep(Math.min(left(deadline), (backoff * (1 + Math.random())) / 2));
      }
    }
  }

  /** Asks until the answer is `wanted`; late and aborted end the round. */
  async function ready(step, deadline, wanted, call) {
    for (;;) {
      const answer = await attempt(deadline, call);
      switch (answer.outcome) {
        case wanted:
          return answer[wanted];
        case 'pending':
          if (left(deadline) === 0) {
            throw new RoundEnded('late', step, 'the answer did not come in time');
          }
          await sleep(Math.min(left(deadline), Math.max(50, answer.pending.retryAfterMillis)));
          break;
        case 'late':
        case 'aborted':
          throw new RoundEnded(answer.outcome, step, answer.aborted?.detail ?? answer.late.step);
        default:
          throw new Refusal('MALFORMED_ANSWER', `${step} was answered with ${answer.outcome}`);
      }
    }
  }

  const ask = (client, method, wanted) => (deadline, request) =>
    ready(method, deadline, wanted, (waitMillis) => unary(client, method, { ...request, waitMillis }));
  const tell = (client, method) => (deadline, request) =>
    ready(method, deadline, 'accepted', () => unary(client, method, request));

  return {
    enroll: (request) => attempt(Date.now(), () => unary(relayClient, 'Enroll', request)),
    renew: (request) => attempt(Date.now(), () => unary(relayClient, 'RenewToken', request)),
    checkIn: (request) => attempt(Date.now(), () => unary(relayClient, 'CheckIn', request)),
    advertise: tell(relayClient, 'Advertise'),
    roster: ask(relayClient, 'GetRoster', 'roster'),
    submitShares: tell(relayClient, 'SubmitShares'),
    shares: ask(relayClient, 'GetShares', 'shares'),
    model: (deadline, ticket, bytes) => attempt(deadline, () => download(aggregatorClient, ticket, bytes)),
    upload: (deadline, header, payload) =>
      ready('Upload', deadline, 'accepted', () => uploadPayload(aggregatorClient, header, payload)),
    survivors: ask(aggregatorClient, 'GetSurvivors', 'survivors'),
    signSurvivors: tell(aggregatorClient, 'SignSurvivors'),
    survivorSignatures: ask(aggregatorClient, 'GetSurvivorSignatures', 'signatures'),
    reveal: tell(aggregatorClient, 'Reveal'),
    result: ask(aggregatorClient, 'GetRoundResult', 'published'),
    close() {
      relayClient.close();
      aggregatorClient.close();
    },
  };
}

async function download(client, ticket, bytes) {
  const chunks = [];
  let received = 0;
  for await (const { data } of client.GetModel({ ticket }, { deadline: Date.now() + 600_000 })) {
    received += data.length;
    if (received > bytes) {
      throw new Refusal('WRONG_MODEL', `the model must have ${bytes} bytes, not more`);
    }
    chunks.push(data);
  }
  return Buffer.concat(chunks);
}
