// Numbers and times for people.

const time = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const exactTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const whole = new Intl.NumberFormat();

export function count(value) {
  return value === null || value === undefined ? '–' : whole.format(Number(value));
}

/** Epsilon and the like: four significant digits, never more than they say. */
export function epsilon(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  const number = Number(value);
  if (number === 0) {
    return '0';
  }
  if (Math.abs(number) < 0.0001) {
    return number.toExponential(1);
  }
  return String(Number(number.toPrecision(4)));
}

/** A probability as a percentage. */
export function percent(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  const number = 100 * Number(value);
  if (number === 0) {
    return '0 %';
  }
  if (number < 0.01) {
    return number < 1e-7 ? 'less than 0.0000001 %' : `${number.toExponential(1)} %`;
  }
  return `${Number(number.toPrecision(3))} %`;
}

export function when(text) {
  return text ? time.format(new Date(text)) : '–';
}

export function exactly(text) {
  return text ? exactTime.format(new Date(text)) : '–';
}

/** A length of time, roughly. */
export function duration(milliseconds) {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1000],
  ];
  for (const [unit, length] of units) {
    const amount = milliseconds / length;
    if (amount >= 1.5 || unit === 'second') {
      const rounded = Math.max(1, Math.round(amount));
      return `${whole.format(rounded)} ${unit}${rounded === 1 ? '' : 's'}`;
    }
  }
  return '';
}

export function bytes(value) {
  return value < 1024 ? `${value} bytes` : `${whole.format(Math.round(value / 1024))} KB`;
}

/** round_published as "round published". */
export function words(identifier) {
  return String(identifier).replaceAll('_', ' ').replaceAll('-', ' ');
}

export function sentence(identifier) {
  const text = words(identifier);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
