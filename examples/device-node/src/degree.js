// Degree and threshold of the graph: docs/PROTOCOL.md, section 4.

const LARGEST = 1_000_000;

// Logarithms of factorials, as pairs of doubles: their differences keep ten digits even where they are in the millions.
const high = [0, 0];
const low = [0, 0];

function logFactorials(n) {
  for (let i = high.length; i <= n; i++) {
    const term = Math.log(i) + low[i - 1];
    const sum = high[i - 1] + term;
    high.push(sum);
    low.push(term - (sum - high[i - 1]));
  }
}

function logRatio(numerators, denominators) {
  let large = 0;
  let small = 0;
  let error = 0;
  const add = (value) => {
    const sum = large + value;
    error += Math.abs(large) >= Math.abs(value) ? large - sum + value : value - sum + large;
    large = sum;
  };
  numerators.forEach((x) => (add(high[x]), (small += low[x])));
  denominators.forEach((x) => (add(-high[x]), (small -= low[x])));
  return large + (error + small);
}

/** Probabilities of 0..k marked among k drawn without replacement out of n with m marked. */
function hypergeometric(n, m, k) {
  const probabilities = new Float64Array(k + 1);
  for (let x = Math.max(0, k - (n - m)); x <= Math.min(k, m); x++) {
    probabilities[x] = Math.exp(
      logRatio([m, n - m, k, n - k], [x, m - x, k - x, n - m - k + x, n]),
    );
  }
  return probabilities;
}

/** t1 of the protocol: the smallest x such that more than x corrupt neighbours are as good as impossible. */
export function corruptNeighbours(n, k, assumptions) {
  logFactorials(n);
  const p = hypergeometric(n, Math.floor(assumptions.corruptFraction * n), k);
  const limit = 2 ** -(assumptions.securityBits + 1) / n;
  let x = k;
  for (let beyond = p[k]; x > 0 && beyond < limit; beyond += p[x]) {
    x--;
  }
  return x;
}

/** t2 of the protocol: the smallest x such that x or fewer surviving neighbours are no longer rare. */
function survivingNeighbours(n, k, assumptions) {
  const p = hypergeometric(n, n - Math.floor(assumptions.dropoutFraction * n), k);
  const limit = 2 ** -assumptions.correctnessBits / n;
  let x = 0;
  for (let upTo = p[0]; upTo < limit && x < k; upTo += p[x]) {
    x++;
  }
  return x;
}

function connected(n, k, groups, assumptions) {
  const lost = Math.floor(assumptions.corruptFraction * n) + Math.floor(assumptions.dropoutFraction * n);
  const largest = Math.ceil(n / groups);
  if (k > lost || k >= largest - 1) {
    return true;
  }
  const log = Math.log((groups * largest * (largest - k - 1)) / 2) + logRatio([lost, n - k], [n, lost - k]);
  return log < -(assumptions.securityBits + 1) * Math.LN2;
}

/** The threshold that a degree allows, or 0; `fewest` neighbours has a device of the smallest group. */
function threshold(n, k, fewest, groups, assumptions) {
  const twoFaced = assumptions.adversary === 'ADVERSARY_MODEL_SEMI_MALICIOUS';
  const lowest = (t1) => Math.max((twoFaced ? Math.floor((t1 + k) / 2) : t1) + 1, 2);
  // Medians are within one of the means: this settles hopeless degrees without a sum.
  const corrupt = (k * Math.floor(assumptions.corruptFraction * n)) / n;
  const surviving = (fewest * (n - Math.floor(assumptions.dropoutFraction * n))) / n;
  if (!connected(n, k, groups, assumptions) || lowest(Math.max(0, Math.floor(corrupt) - 1)) > surviving + 1) {
    return 0;
  }
  const t = lowest(corruptNeighbours(n, k, assumptions));
  return t <= Math.min(fewest, survivingNeighbours(n, fewest, assumptions)) ? t : 0;
}

/** Even degrees below that of the smallest group as a complete graph, then all groups as complete graphs. */
function* degrees(below, complete) {
  for (let k = 2; k < below; k += 2) {
    yield k;
  }
  yield complete;
}

/** Groups that a roster of n devices is split into. */
export const groupsOf = (n, { maxGroupSize }) => (maxGroupSize ? Math.ceil(n / maxGroupSize) : 1);

/**
 * The graph for a roster of n devices: `{ degree, threshold, most }`, where `most` is the largest threshold that every
 * device could meet; or null if there is none.
 *
 * @param assumptions the message SecureAggregation
 * @param limit give up beyond this degree; a device need not look further than what it was told
 */
export function graphFor(n, assumptions, limit = n - 1) {
  const groups = groupsOf(n, assumptions);
  const smallest = Math.floor(n / groups);
  if (smallest < 3 || n > LARGEST) {
    return null;
  }
  logFactorials(n);
  const complete = Math.ceil(n / groups) - 1;
  for (const k of degrees(smallest - 1, complete)) {
    if (k > limit) {
      break;
    }
    const fewest = Math.min(k, smallest - 1);
    const t = threshold(n, k, fewest, groups, assumptions);
    if (t > 0) {
      return { degree: k, threshold: Math.max(t, Math.ceil(assumptions.reconstructionThreshold * fewest)), most: fewest };
    }
  }
  return null;
}
