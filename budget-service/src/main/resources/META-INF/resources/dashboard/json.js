// JSON with numbers kept as they are written: epsilon 0.30000000000000004 must not change by being looked at.

/** A number with its digits; behaves as a number in arithmetic, and as its digits in text. */
class Decimal {
  constructor(text) {
    this.text = text;
  }

  valueOf() {
    return Number(this.text);
  }

  toString() {
    return this.text;
  }

  toJSON() {
    return JSON.rawJSON ? JSON.rawJSON(this.text) : Number(this.text);
  }
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;

/** What a person typed: a number if it is one, otherwise the text, which the API then refuses with a reason. */
export function typed(text) {
  const trimmed = text.trim();
  if (trimmed === '') {
    return null;
  }
  return NUMBER.test(trimmed) ? new Decimal(trimmed) : trimmed;
}

/** Parses; numbers that a double would not print as they are written become a Decimal. */
export function parse(text) {
  return JSON.parse(text, (name, value, context) =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? new Decimal(context.source)
      : value,
  );
}
