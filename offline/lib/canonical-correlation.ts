/**
 * Canonical correlation (Hotelling, "Relations between two sets of variates", 1936): the directions of x and of y whose values go together most,
 * each pair of directions uncorrelated with those before it. Ridges keep it from learning few samples by heart (Vinod, 1976).
 *
 * Sums take the samples one by one, so that any number fits in memory. Float64 throughout.
 */
import { CholeskyDecomposition, inverse, Matrix, SVD } from 'ml-matrix';

/** Sums over samples of x [n] and y [m]. */
export interface Sums {
  count: number;
  x: Float64Array;
  y: Float64Array;
  /** Σ x xᵀ [n, n] and Σ y yᵀ [m, m], lower triangles. */
  xx: Float64Array;
  yy: Float64Array;
  /** Σ x yᵀ [n, m]. */
  xy: Float64Array;
}

/** Of no samples. @param n values of x; @param m of y */
export function emptySums(n: number, m: number): Sums {
  const zeros = (length: number) => new Float64Array(length);
  return { count: 0, x: zeros(n), y: zeros(m), xx: zeros(n * n), yy: zeros(m * m), xy: zeros(n * m) };
}

/** Samples that share their y: as many sums over y as there are different ones. @param xs [n] each; @param y [m] */
export function addSamples(sums: Sums, xs: readonly ArrayLike<number>[], y: ArrayLike<number>): void {
  const [n, m] = [sums.x.length, sums.y.length];
  const total = new Float64Array(n);
  for (const x of xs) {
    for (let i = 0; i < n; i++) total[i] += x[i];
    addSquare(sums.xx, x, 1);
  }
  sums.count += xs.length;
  for (let i = 0; i < n; i++) {
    sums.x[i] += total[i];
    for (let j = 0; j < m; j++) sums.xy[i * m + j] += total[i] * y[j];
  }
  for (let j = 0; j < m; j++) sums.y[j] += xs.length * y[j];
  addSquare(sums.yy, y, xs.length);
}

/** `times` z zᵀ, to the lower triangle. */
function addSquare(square: Float64Array, z: ArrayLike<number>, times: number): void {
  const size = z.length;
  for (let i = 0; i < size; i++) {
    const value = times * z[i];
    for (let j = 0; j <= i; j++) square[i * size + j] += value * z[j];
  }
}

/** What x - mean and y - mean are multiplied by, the strongest first. */
export interface CanonicalDirections {
  mean: { x: Float64Array; y: Float64Array };
  /** [directions, n] and [directions, m]: values along each deviate by 1, but for the ridge. */
  x: Matrix;
  y: Matrix;
  /** How much the two go together, 0 to 1, as far as the ridges let them. [directions] */
  correlations: number[];
  /** The mean square of the values along each direction, over the samples. [directions] */
  power: { x: number[]; y: number[] };
}

/**
 * @param ridge added to the diagonals, as multiples of the mean variance of a value of x and of y
 * @returns undefined where x or y never varies, or where without a ridge some of its values follow from the others
 */
export function canonicalDirections(
  { count, x, y, xx, yy, xy }: Sums,
  ridge: { x: number; y: number },
  directions: number,
): CanonicalDirections | undefined {
  const mean = { x: x.map((value) => value / count), y: y.map((value) => value / count) };
  const covariance = { x: covarianceOf(xx, mean.x, count), y: covarianceOf(yy, mean.y, count) };
  const whitening = { x: whitened(covariance.x, ridge.x), y: whitened(covariance.y, ridge.y) };
  if (!whitening.x || !whitening.y) return undefined;
  const cross = new Matrix(x.length, y.length);
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < y.length; j++) cross.set(i, j, xy[i * y.length + j] / count - mean.x[i] * mean.y[j]);
  const svd = new SVD(whitening.x.mmul(cross).mmul(whitening.y.transpose()), { autoTranspose: true });
  const along = (vectors: Matrix, white: Matrix) => vectors.subMatrixColumn(range(directions)).transpose().mmul(white);
  const found = {
    x: along(svd.leftSingularVectors, whitening.x),
    y: along(svd.rightSingularVectors, whitening.y),
  };
  return {
    mean,
    ...found,
    correlations: svd.diagonal.slice(0, directions),
    power: { x: powerAlong(found.x, covariance.x), y: powerAlong(found.y, covariance.y) },
  };
}

/** @param square the lower triangle of Σ z zᵀ */
function covarianceOf(square: Float64Array, mean: Float64Array, count: number): Matrix {
  const size = mean.length;
  const covariance = new Matrix(size, size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const value = square[i * size + j] / count - mean[i] * mean[j];
      covariance.set(i, j, value);
      covariance.set(j, i, value);
    }
  return covariance;
}

/** The inverse of L, where L Lᵀ is the covariance with its ridge: what it multiplies deviates by 1 and is uncorrelated. */
function whitened(covariance: Matrix, ridge: number): Matrix | undefined {
  const size = covariance.rows;
  const variance = covariance.trace() / size;
  if (!(variance > 1e-12)) return undefined;
  const raised = covariance.clone();
  for (let i = 0; i < size; i++) raised.set(i, i, raised.get(i, i) + ridge * variance);
  const cholesky = new CholeskyDecomposition(raised);
  return cholesky.isPositiveDefinite() ? inverse(cholesky.lowerTriangularMatrix) : undefined;
}

function powerAlong(directions: Matrix, covariance: Matrix): number[] {
  const moved = directions.mmul(covariance);
  return range(directions.rows).map((row) =>
    moved.getRow(row).reduce((sum, value, column) => sum + value * directions.get(row, column), 0),
  );
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
