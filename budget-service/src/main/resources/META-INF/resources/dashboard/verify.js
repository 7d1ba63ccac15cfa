// Verifies an export of the audit log (docs/AUDIT_FORMAT.md) in this browser, with its WebCrypto: SHA-256 and Ed25519.
// The service is not asked whether the log is right; what it sent is what is checked.

import { canonical } from './canonical.js';

const FORMAT = 'octomil-audit/1';
const REPORT_EVERY = 250;

const text = new TextEncoder();

/** What is wrong, and which entries may be: `first` and `last` null where it is about none. */
class Defect extends Error {
  constructor(message, first = null, last = null) {
    super(message);
    this.first = first;
    this.last = last;
  }
}

/** Whether this browser can check signatures; some older ones cannot, and then nothing is claimed. */
export async function canVerify() {
  if (!globalThis.crypto?.subtle) {
    return false;
  }
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}

async function sha256(...parts) {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

const octet = (value) => Uint8Array.of(value);

function hex(octets) {
  return Array.from(octets, (value) => value.toString(16).padStart(2, '0')).join('');
}

function unhex(value, name) {
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
    throw new Defect(`${name} must be 64 lower-case hexadecimal digits`);
  }
  return Uint8Array.from(value.match(/../g), (pair) => parseInt(pair, 16));
}

function unbase64(value) {
  try {
    return Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function equal(one, other) {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** A public key from PEM or base64 of its SubjectPublicKeyInfo; its identifier is the start of its SHA-256. */
export async function readKey(pem) {
  const base64 = pem.replace(/-----(BEGIN|END) PUBLIC KEY-----/g, '').replace(/\s+/g, '');
  const spki = unbase64(base64);
  let key;
  try {
    key = await crypto.subtle.importKey('spki', spki, 'Ed25519', false, ['verify']);
  } catch {
    throw new Defect('the key is not an Ed25519 public key in PEM');
  }
  return { id: hex((await sha256(spki)).subarray(0, 16)), base64, key };
}

function signed(key, statement, signature) {
  return crypto.subtle.verify('Ed25519', key.key, unbase64(signature), text.encode(statement));
}

/** Lines of a stream of octets. */
async function* linesOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream('utf-8', { fatal: true })).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    const pieces = (rest + (value ?? '')).split('\n');
    rest = pieces.pop();
    yield* pieces;
    if (done) {
      if (rest !== '') {
        yield rest;
      }
      return;
    }
  }
}

class Verifier {
  constructor(federation, keys, known) {
    this.expected = federation;
    this.trusted = new Map(keys.map((key) => [key.id, key]));
    this.known = known;
    this.numbers = new Map();
    this.line = 0;
    this.entries = 0;
    this.leftOut = 0;
    this.checkpoints = 0;
    this.header = null;
    this.used = new Set();
  }

  async take(line) {
    this.line += 1;
    let node;
    try {
      node = JSON.parse(line);
    } catch {
      throw this.suspect('the line is not JSON');
    }
    if (node === null || typeof node !== 'object' || Array.isArray(node)) {
      throw this.suspect('the line is not a JSON object');
    }
    if (this.header === null) {
      await this.begin(node.export ?? {});
    } else if ('entry' in node) {
      await this.entry(node);
    } else if ('left_out' in node) {
      await this.digest(node.left_out);
    } else if ('checkpoint' in node) {
      await this.checkpoint(node);
    } else if ('key' in node) {
      await this.key(node.key);
    } else {
      throw new Defect('a line is none of entry, left_out, checkpoint, key');
    }
  }

  /** Something about the entry that comes next. */
  suspect(message) {
    const next = this.header === null ? null : this.sequence + 1;
    return new Defect(message, next, next);
  }

  async begin(header) {
    if (header.format !== FORMAT) {
      throw new Defect(`the first line is not the header of an export of the format ${FORMAT}`);
    }
    this.federation = header.federation ?? '';
    if (this.federation !== this.expected) {
      throw new Defect('the export is of another log');
    }
    if (!Number.isInteger(header.first) || header.first < 1) {
      throw new Defect('first must be at least 1');
    }
    this.hash = unhex(header.previous, 'previous');
    if (header.first === 1) {
      const start = await sha256(octet(2), text.encode(FORMAT), octet(0), text.encode(this.federation));
      if (!equal(start, this.hash)) {
        throw new Defect('previous is not the start of the chain of this log');
      }
    }
    this.first = header.first;
    this.sequence = header.first - 1;
    this.vouched = this.sequence;
    this.header = header;
    this.checkKnown();
  }

  async next(digest) {
    this.hash = await sha256(octet(1), this.hash, digest);
  }

  async entry(node) {
    const { entry } = node;
    const expected = this.sequence + 1;
    if (entry === null || typeof entry !== 'object' || Array.isArray(entry)) {
      throw this.suspect('the entry is not a JSON object');
    }
    if (entry.sequence !== expected) {
      throw this.suspect(`entry ${expected} is expected here, not ${entry.sequence}`);
    }
    if ((entry.federation ?? '') !== this.federation) {
      throw this.suspect('the entry belongs to another log');
    }
    let octets;
    try {
      octets = text.encode(canonical(entry));
    } catch (error) {
      throw this.suspect(`the entry ${error.message}`);
    }
    await this.next(await sha256(octet(0), octets));
    if (hex(this.hash) !== node.hash) {
      throw this.suspect('the entry is not the one that the chain of hashes was made over');
    }
    this.requireNumber(entry, expected);
    this.sequence = expected;
    this.entries += 1;
    this.checkKnown();
  }

  /** Reports of a source are numbered without gaps, which only shows where nothing is left out. */
  requireNumber(entry, expected) {
    const last = this.numbers.get(entry.source);
    const least = (last ?? 0) + 1;
    const complete = this.leftOut === 0 && (this.first === 1 || last !== undefined);
    this.numbers.set(entry.source, entry.number);
    if (entry.number < least) {
      throw this.suspect(`event ${entry.number} of the source ${entry.source} comes twice`);
    }
    if (complete && entry.number > least) {
      throw new Defect(
        `events ${least} to ${entry.number - 1} of the source ${entry.source} are missing before entry ${expected}`,
        Math.max(this.first, this.vouched + 1),
        expected,
      );
    }
  }

  async digest(leftOut) {
    const expected = this.sequence + 1;
    if (leftOut?.sequence !== expected) {
      throw this.suspect(`entry ${expected} is expected here`);
    }
    await this.next(unhex(leftOut.digest, 'digest'));
    this.sequence = expected;
    this.leftOut += 1;
    this.checkKnown();
  }

  async checkpoint(node) {
    const { checkpoint, signature } = node;
    const key = this.trusted.get(checkpoint.key);
    if (!key) {
      throw new Defect(
        `the checkpoint of entry ${checkpoint.sequence} is signed by the key ${checkpoint.key}, which is neither trusted nor handed over by a trusted one`,
      );
    }
    if (checkpoint.format !== `${FORMAT}/checkpoint` || !(await signed(key, canonical(checkpoint), signature))) {
      throw new Defect(`the signature of the checkpoint of entry ${checkpoint.sequence} is wrong`);
    }
    const lower = Math.max(this.first, this.vouched + 1);
    if ((checkpoint.federation ?? '') !== this.federation || checkpoint.sequence !== this.sequence) {
      throw new Defect(
        `a checkpoint of entry ${checkpoint.sequence} stands after entry ${this.sequence}: entries have been removed, added or moved`,
        lower,
        Math.max(this.sequence, checkpoint.sequence),
      );
    }
    this.agree(checkpoint);
    this.vouched = this.sequence;
    this.checkpoints += 1;
    this.used.add(key.id);
  }

  agree(checkpoint) {
    if (checkpoint.hash !== hex(this.hash)) {
      throw new Defect(
        `the log differs from what the checkpoint of entry ${checkpoint.sequence}, made at ${checkpoint.at}, vouches for`,
        Math.max(this.first, this.vouched + 1),
        this.sequence,
      );
    }
  }

  /** The checkpoint that somebody kept, where the chain is now. */
  checkKnown() {
    if (this.known?.sequence === this.sequence) {
      this.agree(this.known);
      this.known = null;
    }
  }

  async key(stated) {
    const key = await readKey(stated.public_key);
    const by = stated.handover && this.trusted.get(stated.handover.by);
    const statement = canonical({ format: `${FORMAT}/key`, public_key: key.base64, since: stated.since });
    if (by && (await signed(by, statement, stated.handover.signature))) {
      this.trusted.set(key.id, key);
    }
  }

  end() {
    if (this.header === null) {
      throw new Defect('the export is empty');
    }
    if (this.checkpoints === 0 || this.vouched < this.sequence) {
      throw new Defect(
        'the export ends without a signed checkpoint that covers its last entry',
        Math.max(this.first, this.vouched + 1),
        this.sequence,
      );
    }
    if (this.known) {
      throw new Defect(
        `the log ends at entry ${this.sequence}, but the kept checkpoint covers entry ${this.known.sequence}: entries have been removed`,
      );
    }
  }
}

/**
 * Verifies a stream of JSON Lines.
 *
 * @param options `federation` (empty: the deployment), `keys` in PEM that are trusted, `known`: a checkpoint with its
 *     signature that was kept from before, or null; `progress(entries)`
 * @returns `{ intact, entries, leftOut, checkpoints, last, keys, defect }`
 */
export async function verify(stream, { federation, keys, known = null, progress = () => {} }) {
  const trusted = await Promise.all(keys.map(readKey));
  let verifier = null;
  let defect = null;
  try {
    if (known !== null) {
      await requireKept(known, federation, trusted);
    }
    verifier = new Verifier(federation, trusted, known?.checkpoint ?? null);
    for await (const line of linesOf(stream)) {
      await verifier.take(line);
      if (verifier.line % REPORT_EVERY === 0) {
        progress(verifier.sequence);
      }
    }
    verifier.end();
  } catch (error) {
    if (error instanceof Defect) {
      defect = error;
    } else if (error instanceof TypeError || error instanceof RangeError) {
      // A member that is missing or of another type, or octets that are not UTF-8.
      defect = new Defect(`a line is not of the format: ${error.message}`);
    } else {
      throw error;
    }
  }
  return {
    intact: defect === null,
    entries: verifier?.entries ?? 0,
    leftOut: verifier?.leftOut ?? 0,
    checkpoints: verifier?.checkpoints ?? 0,
    last: verifier?.sequence ?? 0,
    keys: [...(verifier?.used ?? [])],
    defect,
  };
}

async function requireKept(known, federation, trusted) {
  const { checkpoint, signature } = known;
  const key = trusted.find((candidate) => candidate.id === checkpoint?.key);
  if (!key || !(await signed(key, canonical(checkpoint), signature))) {
    throw new Defect('the kept checkpoint is not signed by a trusted key');
  }
  if ((checkpoint.federation ?? '') !== federation) {
    throw new Defect('the kept checkpoint is of another log');
  }
}
