/**
 * Events of a track that nobody has marked: the stretches between places where it changes (Jang et al., ICCV 2023, §3.2).
 *
 * A track changes where its segments before are alike, its segments behind are alike, and the two are not: a checkerboard laid on the diagonal
 * of the cosines of all segments (Foote, ICME 2000). Official code: jinhyunj/EaTR 384f093.
 */
import type { Tokens } from '../../nn/tokens.ts';

/** From one change to the next, in segments. */
export interface PseudoEvent {
  first: number;
  last: number;
}

/** Segments before and behind that are compared. */
const REACH = 2;

/** The events of a track, one behind the other from its first segment to its last; none where it has one segment. @param segments raw */
export function pseudoEvents(segments: Tokens): PseudoEvent[] {
  const changes = changesOf(noveltyOf(segments));
  return changes.slice(1).map((last, i) => ({ first: changes[i], last }));
}

/** The first segment, the last, and between them each that changes most among its neighbours and no less than the track on average. */
function changesOf(novelty: readonly number[]): number[] {
  const mean = novelty.reduce((sum, value) => sum + value, 0) / novelty.length;
  const end = novelty.length - 1;
  const at = (i: number) => (i === 0 || i === end ? Number.POSITIVE_INFINITY : novelty[i]);
  return novelty.flatMap((value, i) => {
    if (i === 0 || i === end) return [i];
    return value >= mean && value >= at(i - 1) && value >= at(i + 1) ? [i] : [];
  });
}

/** How much the track changes at each segment [S]; what lies beyond its ends counts as nothing. */
function noveltyOf({ data, count }: Tokens): number[] {
  const unit = normalised(data, count);
  const likeness = (i: number, j: number): number => {
    if (i < 0 || j < 0 || i >= count || j >= count) return 0;
    let sum = 0;
    for (let k = 0; k < unit[i].length; k++) sum += unit[i][k] * unit[j][k];
    return sum;
  };
  const steps = Array.from({ length: 2 * REACH + 1 }, (_, i) => i - REACH);
  return Array.from({ length: count }, (_, at) =>
    steps.reduce(
      (sum, i) => sum + steps.reduce((row, j) => row + (i * j && Math.sign(i * j) * likeness(at + i, at + j)), 0),
      0,
    ),
  );
}

function normalised(data: Float32Array, count: number): Float64Array[] {
  const width = data.length / count;
  return Array.from({ length: count }, (_, row) => {
    const values = Float64Array.from(data.subarray(row * width, (row + 1) * width));
    const norm = Math.hypot(...values) + 1e-8;
    return values.map((value) => value / norm);
  });
}
