/** How well found times agree with true ones: mir_eval's F-measure of beats, which counts a time within ±70 ms as found. */

const TOLERANCE_SEC = 0.07;

/** Both ascending. Each time is matched at most once; 1 where both are empty. */
export function fMeasure(found: ArrayLike<number>, truth: ArrayLike<number>): number {
  let [i, j, hits] = [0, 0, 0];
  while (i < found.length && j < truth.length) {
    const early = found[i] - truth[j];
    if (Math.abs(early) <= TOLERANCE_SEC) {
      hits++;
      i++;
      j++;
    } else if (early < 0) i++;
    else j++;
  }
  const all = found.length + truth.length;
  return all === 0 ? 1 : (2 * hits) / all;
}
