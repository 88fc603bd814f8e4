/**
 * How much each moment of a post speaks for a line.
 *
 * Every peak of the track is either met by one of the post's or not. Where the track plays, a share of them is met; where it does not, as
 * many as chance has it in a post so full of peaks. The logarithm of the two likelihoods' ratio is the evidence (Neyman and Pearson 1933), in nats; how
 * often chance meets is measured at places that are surely wrong, since music of one key meets itself more often than noise would.
 */
import type { Asked } from './asked.ts';
import type { Change } from './landmarks.ts';
import { firstFrom, partsOf, ROW_PARTS, UNIT_SEC, unitsOf } from './packed-peaks.ts';

/** One way in which a post may be playing a track, and what speaks for it. */
export interface Line extends Change {
  track: number;
  /** Of the track, at the post's second 0. */
  offsetSec: number;
  /** Of the track's peaks that the post would play, in order: */
  at: Float64Array;
  /** … which of the post's peaks meets it, or -1; */
  met: Int32Array;
  /** … how likely chance alone meets it; */
  chance: Float64Array;
  /** … and what each says for the line, nats. */
  evidence: Float64Array;
  /** Of the peaks where the line plays, how many are met. */
  share: number;
}

/** What still counts as met: two frames' tops are within 26 ms, and a quarter of a semitone. */
export const MET_SEC = 0.026;
export const MET_ROWS = 0.75;

/** Places that are surely wrong, seconds beside the line; of no common measure, so that no rhythm repeats in all of them. */
const WRONG_SEC = [-1.93, -1.37, -0.89, -0.61, -0.37, 0.41, 0.67, 0.97, 1.49, 2.03];
const LEAST_SHARE = 0.12;

/** What every peak says. */
export function weigh(asked: Asked, track: Uint32Array, line: Change & { track: number; offsetSec: number }): Line {
  const { at, row, met } = meetings(asked, track, line);
  const area = 2 * MET_SEC * 2 * MET_ROWS;
  const expected = at.map((sec, i) => asked.densityAt(sec, row[i]) * area);
  let [meets, bychance] = [0, 0];
  for (const sec of WRONG_SEC) {
    const wrong = meetings(asked, track, { ...line, offsetSec: line.offsetSec + sec });
    for (const [i, one] of wrong.met.entries()) {
      bychance += asked.densityAt(wrong.at[i], wrong.row[i]) * area;
      if (one >= 0) meets++;
    }
  }
  const more = Math.max(1, (meets + 2) / (bychance + 2));
  const chance = expected.map((value) => Math.max(0.005, 1 - Math.exp(-value * more)));
  let share = 0.5;
  let evidence = evidenceOf(met, chance, share);
  for (let round = 0; round < 3; round++) {
    const { from, to } = fullestStretch(evidence);
    let count = 0;
    for (let i = from; i < to; i++) if (met[i] >= 0) count++;
    share = Math.max(LEAST_SHARE, Math.min(0.95, (count + 0.5) / (to - from + 1)));
    evidence = evidenceOf(met, chance, share);
  }
  return { ...line, at, met, chance, evidence, share };
}

/** The same line where another share is expected: so lines of one track are compared. */
export const atShare = (line: Line, share: number): Line => ({
  ...line,
  evidence: evidenceOf(line.met, line.chance, share),
  share,
});

function evidenceOf(met: Int32Array, chance: Float64Array, share: number): Float64Array {
  const evidence = new Float64Array(met.length);
  for (let i = 0; i < met.length; i++) {
    const really = share + (1 - share) * chance[i];
    evidence[i] = met[i] >= 0 ? Math.log(really / chance[i]) : Math.log((1 - really) / (1 - chance[i]));
  }
  return evidence;
}

/** The stretch with the largest sum (Kadane). */
export function fullestStretch(values: Float64Array): { from: number; to: number } {
  let found = { from: 0, to: values.length, sum: Number.NEGATIVE_INFINITY };
  let [sum, from] = [0, 0];
  for (const [i, value] of values.entries()) {
    if (sum <= 0) [sum, from] = [0, i];
    sum += value;
    if (sum > found.sum) found = { from, to: i + 1, sum };
  }
  return found;
}

function meetings({ peaks, durationSec }: Asked, track: Uint32Array, line: Pick<Line, 'offsetSec' | 'rate' | 'shift'>) {
  const { offsetSec, rate, shift } = line;
  const [first, last] = [firstFrom(track, offsetSec), firstFrom(track, offsetSec + rate * durationSec)];
  const count = Math.max(0, last - first);
  const [at, row, met] = [new Float64Array(count), new Float64Array(count), new Int32Array(count)];
  let low = 0;
  for (let i = 0; i < count; i++) {
    at[i] = (unitsOf(track[first + i]) * UNIT_SEC - offsetSec) / rate;
    row[i] = partsOf(track[first + i]) / ROW_PARTS + shift;
    while (low < peaks.sec.length && peaks.sec[low] < at[i] - MET_SEC) low++;
    met[i] = -1;
    let nearest = MET_ROWS;
    for (let j = low; j < peaks.sec.length && peaks.sec[j] <= at[i] + MET_SEC; j++) {
      const apart = Math.abs(peaks.row[j] - row[i]);
      if (apart <= nearest) [nearest, met[i]] = [apart, j];
    }
  }
  return { at, row, met };
}
