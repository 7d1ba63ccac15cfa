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

function connected(n, k, assumptions) {
  const lost = Math.floor(assumptions.corruptFraction * n) + Math.floor(assumptions.dropoutFraction * n);
  if (k > lost || k >= n - 1) {
    return true;
  }
  const log = Math.log((n * (n - k - 1)) / 2) + logRatio([lost, n - k], [n, lost - k]);
  return log < -(assumptions.securityBits + 1) * Math.LN2;
}

/** The threshold that a degree allows, or 0. */
function threshold(n, k, assumptions) {
  const twoFaced = assumptions.adversary === 'ADVERSARY_MODEL_SEMI_MALICIOUS';
  const lowest = (t1) => Math.max((twoFaced ? Math.floor((t1 + k) / 2) : t1) + 1, 2);
  // Medians are within one of the means: this settles hopeless degrees without a sum.
  const corrupt = (k * Math.floor(assumptions.corruptFraction * n)) / n;
  const surviving = (k * (n - Math.floor(assumptions.dropoutFraction * n))) / n;
  if (!connected(n, k, assumptions) || lowest(Math.max(0, Math.floor(corrupt) - 1)) > surviving + 1) {
    return 0;
  }
  const t = lowest(corruptNeighbours(n, k, assumptions));
  return t <= survivingNeighbours(n, k, assumptions) ? t : 0;
}

/**
 * The graph for a roster of n devices: `{ degree, threshold }`, or null if there is none.
 *
 * @param assumptions the message SecureAggregation
 * @param most give up beyond this degree; a device need not look further than what it was told
 */
export function graphFor(n, assumptions, most = n - 1) {
  if (n < 3 || n > LARGEST) {
    return null;
  }
  logFactorials(n);
  for (let k = 2; k <= Math.min(most, n - 1); k = k + 2 < n - 1 ? k + 2 : Math.max(k + 1, n - 1)) {
    const t = threshold(n, k, assumptions);
    if (t > 0) {
      return { degree: k, threshold: Math.max(t, Math.ceil(assumptions.reconstructionThreshold * k)) };
    }
  }
  return null;
}
