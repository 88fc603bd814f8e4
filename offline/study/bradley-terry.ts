/**
 * How strong each of several systems is, from who was better than whom: Bradley and Terry's model, in which i beats j with
 * probability s_i / (s_i + s_j), fitted by the MM algorithm (Hunter, The Annals of Statistics 32, 2004, §2).
 *
 * "Both" and "neither" count as half a win for each. Every two systems that met get one more such draw: without it a system that never
 * lost would be infinitely strong, and the fit would not exist.
 */

export interface Meeting {
  /** Places among the systems. */
  one: number;
  other: number;
  /** Of the first: 1, 0, or a half. */
  won: number;
}

/** Relative change of a strength that no table shows. */
const TOLERANCE = 1e-9;
const MOST_ROUNDS = 10_000;
const PRIOR_DRAWS = 1;

// K systems · N meetings

/**
 * @param weights how often each meeting counts [N]
 * @returns strengths [K], with a geometric mean of 1; undefined when some never met the others, even through a third, of which nothing
 * can be said
 */
export function bradleyTerry(
  K: number,
  meetings: readonly Meeting[],
  weights: ArrayLike<number>,
): Float64Array | undefined {
  const met = new Float64Array(K * K); // [K, K] symmetric
  const wins = new Float64Array(K);
  for (const [n, { one, other, won }] of meetings.entries()) {
    met[one * K + other] += weights[n];
    met[other * K + one] += weights[n];
    wins[one] += weights[n] * won;
    wins[other] += weights[n] * (1 - won);
  }
  if (!isConnected(met, K)) return undefined;
  for (let i = 0; i < K; i++)
    for (let j = 0; j < K; j++)
      if (met[i * K + j] > 0) {
        met[i * K + j] += PRIOR_DRAWS;
        wins[i] += PRIOR_DRAWS / 2;
      }

  let strengths = new Float64Array(K).fill(1);
  for (let round = 0, isDone = false; round < MOST_ROUNDS && !isDone; round++) {
    const next = strengths.map((strength, i) => {
      let expected = 0;
      for (let j = 0; j < K; j++) if (j !== i) expected += met[i * K + j] / (strength + strengths[j]);
      return wins[i] / expected;
    });
    const mean = Math.exp(next.reduce((sum, strength) => sum + Math.log(strength), 0) / K);
    for (let i = 0; i < K; i++) next[i] /= mean;
    isDone = next.every((strength, i) => Math.abs(strength / strengths[i] - 1) < TOLERANCE);
    strengths = next;
  }
  return strengths;
}

function isConnected(met: Float64Array, K: number): boolean {
  const reached = new Set([0]);
  for (const i of reached) for (let j = 0; j < K; j++) if (met[i * K + j] > 0) reached.add(j);
  return reached.size === K;
}
