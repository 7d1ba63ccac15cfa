/** The server, or a device, does not keep to the protocol: this device leaves the round. */
export class Refusal extends Error {
  /** @param {string} reason as in docs/THREAT_MODEL.md, for example RING_OVERFLOW */
  constructor(reason, detail) {
    super(`${reason}: ${detail}`);
    this.name = 'Refusal';
    this.reason = reason;
  }
}

export function unless(holds, reason, detail) {
  if (!holds) {
    throw new Refusal(reason, detail);
  }
}

export function size(field, bytes, expected) {
  unless(bytes.length === expected, 'MALFORMED_ANSWER', `${field} must have ${expected} bytes, not ${bytes.length}`);
}
