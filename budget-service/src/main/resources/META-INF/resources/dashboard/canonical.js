// RFC 8785, for what the audit log allows: objects, arrays, strings, booleans, null and whole numbers up to 2^53.

/** The canonical text of a parsed value; throws a RangeError on a number that the format does not allow. */
export function canonical(value) {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || Math.abs(value) > 2 ** 53) {
      throw new RangeError('has a number that is not whole or beyond 2^53');
    }
    return String(value === 0 ? 0 : value);
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(',')}]`;
  }
  // Sorted by UTF-16 code units, as the RFC asks and as sort() does.
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
    .join(',')}}`;
}
