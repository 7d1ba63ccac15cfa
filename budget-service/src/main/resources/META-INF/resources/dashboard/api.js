// Calls of the REST APIs. The key goes into the Authorization header and nowhere else.

import * as session from './session.js';
import { parse } from './json.js';

/** An answer that is an error: problem+json (RFC 9457), or something else that is none of ours. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? body.title ?? `The service answered with status ${status}.`);
    this.status = status;
    this.type = body.type ?? '';
    this.title = body.title ?? 'Error';
    this.errors = body.errors ?? [];
  }

  is(kind) {
    return this.type === `urn:octomil:problem:${kind}`;
  }
}

/** No answer at all, or one that did not come from the service. */
export class Unreachable extends Error {
  constructor(service, address, reason) {
    super(`The ${service} does not answer at ${address || location.origin}: ${reason}`);
    this.service = service;
  }
}

const NAMES = { budget: 'budget service', aggregator: 'aggregator', relay: 'relay' };
const PATIENCE_MS = 20_000;

let configuration = { aggregator_urls: [], relay_urls: [] };
const located = new Map();

/** Reads where the other services are. */
export async function configure() {
  try {
    const answer = await fetch('config.json', { cache: 'no-cache' });
    configuration = await answer.json();
  } catch {
    throw new Unreachable(NAMES.budget, '', 'the connection failed.');
  }
}

export function forgetLocations() {
  located.clear();
}

async function send(service, origin, path, options) {
  const headers = { Accept: options.accept ?? 'application/json', ...options.headers };
  const key = options.key ?? session.apiKey();
  if (key) {
    headers.Authorization = `Bearer ${key}`;
  }
  let body;
  if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(options.body);
  }
  const timeout = AbortSignal.timeout(options.patience ?? PATIENCE_MS);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  let answer;
  try {
    answer = await fetch(origin + path, {
      method: options.method ?? 'GET',
      headers,
      body,
      signal,
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
    });
  } catch (failure) {
    if (options.signal?.aborted) {
      throw options.signal.reason;
    }
    const reason = timeout.aborted
      ? 'no answer in time.'
      : 'the connection failed, or the service does not allow this page’s origin.';
    throw new Unreachable(NAMES[service], origin, reason);
  }
  if (!answer.ok) {
    await fail(service, origin, answer, options);
  }
  return answer;
}

async function fail(service, origin, answer, options) {
  const type = answer.headers.get('Content-Type') ?? '';
  if (!type.includes('json')) {
    throw new Unreachable(NAMES[service], origin, `something else answered there, with status ${answer.status}.`);
  }
  const problem = new Problem(answer.status, await answer.json().catch(() => ({})));
  if (problem.status === 401 && !options.key) {
    session.end('Your API key is no longer valid. Sign in again.');
  }
  throw problem;
}

/** A call of the budget service; `{ data, etag, status }`. */
export async function budget(path, options = {}) {
  return read('budget', '', await send('budget', '', path, options), options);
}

/** The raw answer of the budget service, for files. */
export function budgetRaw(path, options = {}) {
  return send('budget', '', path, options);
}

async function read(service, origin, answer, options) {
  let text;
  try {
    text = await answer.text();
  } catch {
    options.signal?.throwIfAborted();
    throw new Unreachable(NAMES[service], origin, 'the connection broke off.');
  }
  return {
    data: text === '' ? null : parse(text),
    etag: answer.headers.get('ETag'),
    status: answer.status,
  };
}

/**
 * A call of the aggregator or relay that serves a federation. With several addresses, one for each region, it is the
 * first that does not say the federation is pinned elsewhere.
 */
export async function neighbour(service, federation, path, options = {}) {
  const base = basePath(federation);
  const origin = await locate(service, federation, base, options.signal);
  return read(service, origin, await send(service, origin, base + path, options), options);
}

/** The raw answer of it. */
export async function neighbourRaw(service, federation, path, options = {}) {
  const base = basePath(federation);
  const origin = await locate(service, federation, base, options.signal);
  return send(service, origin, base + path, options);
}

async function locate(service, federation, base, signal) {
  const known = located.get(`${service} ${federation}`);
  if (known !== undefined) {
    return known;
  }
  const configured = configuration[`${service}_urls`];
  const origins = configured.length > 0 ? configured : [''];
  const probe = service === 'aggregator' ? '/training' : '/devices';
  let refusal = null;
  for (const origin of origins) {
    try {
      await send(service, origin, base + probe, { signal });
      located.set(`${service} ${federation}`, origin);
      return origin;
    } catch (failure) {
      if (failure instanceof Problem && failure.status === 404 && origin === '') {
        throw new Unreachable(
          NAMES[service],
          origin,
          `it is not served there. Set octomil.budget.dashboard.${service}-urls to where it is.`,
        );
      }
      const elsewhere =
        failure instanceof Unreachable || (failure instanceof Problem && failure.is('region-refused'));
      if (!elsewhere) {
        throw failure;
      }
      refusal ??= failure;
    }
  }
  throw refusal;
}

/** Path of a federation at the budget service. */
export function federationPath(federation, rest = '') {
  return basePath(federation) + rest;
}

function basePath(federation) {
  return `/api/v1/federations/${encodeURIComponent(federation)}`;
}

/** Every page of a list that goes on with `next_after`; at most `most` items. */
export async function all(path, member, { most = 5000, signal } = {}) {
  const items = [];
  let after = 0;
  while (after !== undefined && items.length < most) {
    const joint = path.includes('?') ? '&' : '?';
    const { data } = await budget(`${path}${joint}limit=1000&after=${after}`, { signal });
    items.push(...data[member]);
    after = data.next_after;
  }
  return items;
}
