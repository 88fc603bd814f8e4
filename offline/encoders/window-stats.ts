/**
 * Means and deviations over many overlapping windows of a series, in one pass: running sums.
 *
 * Series are [T, width]; a window is from..to in frames, `to` excluded. Sums are double, so the difference of two large
 * running sums keeps the precision of the single-precision series.
 */

export interface RunningSums {
  width: number;
  /** [T + 1, width] */
  sums: Float64Array;
  squares: Float64Array;
}

export function runningSums(series: Float32Array, width = 1): RunningSums {
  const frames = series.length / width;
  const sums = new Float64Array((frames + 1) * width);
  const squares = new Float64Array((frames + 1) * width);
  for (let i = 0; i < series.length; i++) {
    sums[i + width] = sums[i] + series[i];
    squares[i + width] = squares[i] + series[i] * series[i];
  }
  return { width, sums, squares };
}

/** Mean of one column over a window; 0 for an empty one. */
export function meanOf({ width, sums }: RunningSums, from: number, to: number, column = 0): number {
  return to > from ? (sums[to * width + column] - sums[from * width + column]) / (to - from) : 0;
}

/** Standard deviation of one column over a window; 0 for an empty one. */
export function deviationOf(running: RunningSums, from: number, to: number, column = 0): number {
  if (to <= from) return 0;
  const { width, squares } = running;
  const mean = meanOf(running, from, to, column);
  const meanSquare = (squares[to * width + column] - squares[from * width + column]) / (to - from);
  return Math.sqrt(Math.max(0, meanSquare - mean * mean)); // rounding can leave a constant series just below 0
}

/** Percentiles (shares in 0..1, nearest rank) of a window of a series of width 1. */
export function percentilesOf(series: Float32Array, from: number, to: number, shares: readonly number[]): number[] {
  const sorted = series.slice(from, to).sort();
  return shares.map((share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0);
}
