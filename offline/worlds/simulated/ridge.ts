/**
 * Ridge regression from sums, by Cholesky's factorisation.
 *
 * The sums of products take the samples one by one, so that a data set of any size fits; the solution is
 * (XᵀX + λI) W = XᵀY with X and Y around their means. Float64 throughout. Who uses it chooses λ.
 */

/** Sums over samples of x [n] and y [m]. */
export interface Sums {
  count: number;
  x: Float64Array;
  y: Float64Array;
  /** Σ x xᵀ, lower triangle. [n, n] */
  xx: Float64Array;
  /** Σ x yᵀ. [n, m] */
  xy: Float64Array;
}

export interface LinearMap {
  /** [n, m] */
  weights: Float64Array;
  meanX: Float64Array;
  meanY: Float64Array;
}

export function emptySums(n: number, m: number): Sums {
  const zeros = (length: number) => new Float64Array(length);
  return { count: 0, x: zeros(n), y: zeros(m), xx: zeros(n * n), xy: zeros(n * m) };
}

export function addSample(sums: Sums, x: ArrayLike<number>, y: ArrayLike<number>): void {
  const [n, m] = [sums.x.length, sums.y.length];
  sums.count++;
  for (let j = 0; j < m; j++) sums.y[j] += y[j];
  const { xx, xy } = sums;
  for (let i = 0; i < n; i++) {
    const value = x[i];
    sums.x[i] += value;
    for (let j = 0; j <= i; j++) xx[i * n + j] += value * x[j];
    for (let j = 0; j < m; j++) xy[i * m + j] += value * y[j];
  }
}

/**
 * @param strength λ as a multiple of the mean variance of x times the number of samples
 * @throws Error without samples, or when x never varies and nothing can be solved for.
 */
export function solveRidge(sums: Sums, strength: number): LinearMap {
  const { count } = sums;
  const [n, m] = [sums.x.length, sums.y.length];
  if (count === 0) throw new Error('ridge: expected at least one sample, got none. Add training rows.');
  const [meanX, meanY] = [sums.x.map((value) => value / count), sums.y.map((value) => value / count)];
  const system = new Float64Array(n * n);
  const weights = new Float64Array(n * m);
  let trace = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) system[i * n + j] = sums.xx[i * n + j] - sums.x[i] * meanX[j];
    for (let j = 0; j < m; j++) weights[i * m + j] = sums.xy[i * m + j] - sums.x[i] * meanY[j];
    trace += system[i * n + i];
  }
  for (let i = 0; i < n; i++) system[i * n + i] += (strength * trace) / n;
  factorise(system, n);
  substitute(system, weights, n, m);
  return { weights, meanX, meanY };
}

/** x [n] -> y - mean of y [m] */
export function predictCentred({ weights, meanX, meanY }: LinearMap, x: ArrayLike<number>): Float64Array {
  const m = meanY.length;
  const out = new Float64Array(m);
  for (let i = 0; i < meanX.length; i++) {
    const value = x[i] - meanX[i];
    for (let j = 0; j < m; j++) out[j] += value * weights[i * m + j];
  }
  return out;
}

/** A = L Lᵀ in place: the lower triangle of `a` becomes L. [n, n] */
function factorise(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j];
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
      if (i !== j) a[i * n + j] = sum / a[j * n + j];
      else if (sum > 0) a[i * n + i] = Math.sqrt(sum);
      else
        throw new Error(
          `ridge: expected a positive definite matrix, got pivot ${sum} in row ${i}. Raise the strength.`,
        );
    }
}

/** L Lᵀ W = B in place: `b` [n, m] becomes W. */
function substitute(l: Float64Array, b: Float64Array, n: number, m: number): void {
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtractRow(b, m, i, k, l[i * n + k]);
    divideRow(b, m, i, l[i * n + i]);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtractRow(b, m, i, k, l[k * n + i]);
    divideRow(b, m, i, l[i * n + i]);
  }
}

function subtractRow(b: Float64Array, m: number, row: number, other: number, times: number): void {
  for (let j = 0; j < m; j++) b[row * m + j] -= times * b[other * m + j];
}

function divideRow(b: Float64Array, m: number, row: number, by: number): void {
  for (let j = 0; j < m; j++) b[row * m + j] /= by;
}
