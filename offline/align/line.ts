/**
 * A line: one way in which a post may be playing a track (from where, how fast, how high), and how much each moment of the post speaks for it.
 *
 * Every peak of the track is either met by one of the post's or not. Where the track plays, a share of them is met; where it does not, as
 * many as chance has it in a post so full of peaks. The logarithm of the two likelihoods' ratio is the evidence (Neyman and Pearson 1933), in nats; how
 * often chance meets is measured at places that are surely wrong, since music of one key meets itself more often than noise would.
 */
import { ratioOf, shiftOf } from './changes.ts';
import type { Change } from './landmarks.ts';
import { firstFrom, partsOf, ROW_PARTS, UNIT_SEC, unitsOf } from './packed-peaks.ts';
import { type Peaks, ROWS } from './peaks.ts';

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

/** A post's peaks, and how many there are around each place. */
export interface Asked {
  peaks: Peaks;
  durationSec: number;
  densityAt(sec: number, row: number): number;
}

/** What still counts as met: two frames' tops are within 26 ms, and a quarter of a semitone. */
const MET_SEC = 0.026;
const MET_ROWS = 0.75;

export function askedOf(peaks: Peaks, durationSec: number): Asked {
  return { peaks, durationSec, densityAt: densityOf(peaks, durationSec) };
}

/** @param near how far the place may be off, in seconds */
export interface Guess extends Change {
  track: number;
  offsetSec: number;
  /** Of the post, where it was found. */
  fromSec: number;
  toSec: number;
}

/** The line near a guess that most peaks agree on; undefined where none do. */
export function fitLine(asked: Asked, track: Uint32Array, guess: Guess): Line | undefined {
  const line = fitOver(asked, track, guess);
  if (!line) return undefined;
  const { from, to } = best(line.evidence);
  const [fromSec, toSec] = [line.at[from], line.at[to - 1]];
  if (toSec - fromSec > 0.8 * (guess.toSec - guess.fromSec)) return line;
  // It plays for a part of that time; what was met beside it has bent the line.
  const middle = (fromSec + toSec) / 2;
  const offsetSec = line.offsetSec + (line.rate - guess.rate) * middle;
  const again = fitOver(asked, track, { ...guess, offsetSec, fromSec: fromSec - 0.2, toSec: toSec + 0.2 });
  return again && sumOf(again) > 0.97 * sumOf(line) ? again : line;
}

const sumOf = ({ evidence }: Line): number => {
  const { from, to } = best(evidence);
  return evidence.subarray(from, to).reduce((sum, value) => sum + value, 0);
};

function fitOver(asked: Asked, track: Uint32Array, guess: Guess): Line | undefined {
  const isExact = guess.rate === 1 && guess.shift === 0;
  const nearSec = isExact ? 0.15 : 0.25;
  const near = nearPairs(asked, track, guess, nearSec);
  if (near.length < 6) return undefined;
  const middle = (guess.fromSec + guess.toSec) / 2;
  const drifts = isExact ? SMALL_DRIFTS : DRIFTS;
  let found = { agree: 0, late: 0, drift: 0, higher: 0 };
  for (const drift of drifts) {
    const fuller = fullest(near, drift, middle);
    // No drift is by far the commonest, and a little of it is always found.
    if (fuller.agree * (drift === 0 ? (isExact ? 1.25 : 1.06) : 1) > found.agree) found = { ...fuller, drift };
  }
  const expected = (near.length * 6) / (((2 * nearSec) / LATE_STEP) * ((2 * NEAR_ROWS) / HIGH_STEP));
  if (found.agree < expected + 4 * Math.sqrt(expected) + 5) return undefined; // most guesses end here
  let { late, drift, higher } = found;
  for (let round = 0; round < 3; round++) {
    const agreeing = near.filter(
      (pair) =>
        Math.abs(pair.late - late - drift * (pair.sec - middle)) < MET_SEC && Math.abs(pair.higher - higher) < MET_ROWS,
    );
    if (agreeing.length < 5) return undefined;
    ({ late, drift } = straight(agreeing, middle, found.drift, isExact && found.drift === 0));
    higher = mean(agreeing.map((pair) => pair.higher));
  }
  // pair.late is the track's time less what the guess says.
  const rate = guess.rate + drift;
  const line = { rate, shift: guess.shift + higher, offsetSec: guess.offsetSec + late - drift * middle };
  return weigh(asked, track, { track: guess.track, ...settled(line, middle) });
}

const SMALL_DRIFTS = [0, -0.002, 0.002, -0.004, 0.004, -0.006, 0.006];
const DRIFTS = Array.from({ length: 17 }, (_, i) => (i - 8) * 0.001);

/** A rate or a pitch so near the track's own is its own: peaks do not tell less apart. */
const SAME_RATE = 0.0012;
const SAME_ROWS = 0.25;

function settled({ rate, shift, offsetSec }: Omit<Guess, 'track' | 'fromSec' | 'toSec'>, middle: number) {
  const isOwnRate = Math.abs(rate - 1) < SAME_RATE;
  const tape = isOwnRate ? 0 : shiftOf(rate); // as a tape is higher when it runs faster
  return {
    rate: isOwnRate ? 1 : rate,
    offsetSec: isOwnRate ? offsetSec + (rate - 1) * middle : offsetSec,
    shift: [tape, 0, shift].find((known) => Math.abs(shift - known) < SAME_ROWS) ?? shift,
  };
}

interface Near {
  /** Of the post. */
  sec: number;
  /** By how much the track's peak is later than the guess has it, seconds of the track. */
  late: number;
  /** Rows by which the post's is higher than the guess has it. */
  higher: number;
}

const NEAR_ROWS = 2;

function nearPairs({ peaks }: Asked, track: Uint32Array, guess: Guess, nearSec: number): Near[] {
  const { rate, shift, offsetSec, fromSec, toSec } = guess;
  const near: Near[] = [];
  let low = firstFrom(track, offsetSec + rate * fromSec - nearSec);
  for (let i = 0; i < peaks.sec.length; i++) {
    const sec = peaks.sec[i];
    if (sec < fromSec || sec > toSec) continue;
    const expected = offsetSec + rate * sec;
    while (low < track.length && unitsOf(track[low]) * UNIT_SEC < expected - nearSec) low++;
    for (let j = low; j < track.length; j++) {
      const late = unitsOf(track[j]) * UNIT_SEC - expected;
      if (late > nearSec) break;
      const higher = peaks.row[i] - partsOf(track[j]) / ROW_PARTS - shift;
      if (Math.abs(higher) <= NEAR_ROWS) near.push({ sec, late, higher });
    }
  }
  return near;
}

const LATE_STEP = 0.008;
const LATE_BINS = 64;
const HIGH_STEP = 0.5;
const HIGH_BINS = 10;

/** Hough (1962): the fullest place of a histogram of both differences, three steps by two. */
function fullest(near: readonly Near[], drift: number, middle: number) {
  const bins = new Uint16Array(LATE_BINS * HIGH_BINS);
  for (const { sec, late, higher } of near) {
    const x = Math.floor((late - drift * (sec - middle)) / LATE_STEP + LATE_BINS / 2);
    const y = Math.floor(higher / HIGH_STEP + HIGH_BINS / 2);
    if (x >= 0 && x < LATE_BINS) bins[y * LATE_BINS + x]++;
  }
  let best = { agree: 0, late: 0, higher: 0 };
  for (let y = 0; y + 1 < HIGH_BINS; y++)
    for (let x = 1; x + 1 < LATE_BINS; x++) {
      let agree = 0;
      for (let at = y * LATE_BINS + x - 1; at <= y * LATE_BINS + x + 1; at++) agree += bins[at] + bins[at + LATE_BINS];
      if (agree > best.agree)
        best = { agree, late: (x + 0.5 - LATE_BINS / 2) * LATE_STEP, higher: (y + 1 - HIGH_BINS / 2) * HIGH_STEP };
    }
  return best;
}

/** Least squares; over a short stretch the drift stays what it was, and none stays none unless it is surely some. */
function straight(
  pairs: readonly Near[],
  middle: number,
  before: number,
  isOwn: boolean,
): { late: number; drift: number } {
  const [x, y] = [mean(pairs.map(({ sec }) => sec - middle)), mean(pairs.map(({ late }) => late))];
  let [xx, xy] = [0, 0];
  for (const { sec, late } of pairs) {
    xx += (sec - middle - x) ** 2;
    xy += (sec - middle - x) * (late - y);
  }
  const slope = xy / (xx + 1e-9);
  const error = PEAK_SEC / Math.sqrt(xx + 1e-9);
  const drift = error > 0.001 || (isOwn && Math.abs(slope) < Math.max(4 * error, 0.0015)) ? before : slope;
  return { late: y - drift * x, drift };
}

/** How far a peak is off its place, usually. */
const PEAK_SEC = 0.012;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

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
    const { from, to } = best(evidence);
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
function best(values: Float64Array): { from: number; to: number } {
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

const CELL_SEC = 0.5;
const CELL_ROWS = 11;
const ACROSS = ROWS / CELL_ROWS;

/** Peaks a second and row around a place, over a second and a half and about an octave. */
function densityOf({ sec, row }: Peaks, durationSec: number): Asked['densityAt'] {
  const along = Math.max(1, Math.ceil(durationSec / CELL_SEC));
  const cells = new Float64Array(along * ACROSS);
  const cell = (value: number, size: number, count: number) =>
    Math.max(0, Math.min(count - 1, Math.floor(value / size)));
  for (let i = 0; i < sec.length; i++)
    cells[cell(sec[i], CELL_SEC, along) * ACROSS + cell(row[i], CELL_ROWS, ACROSS)]++;
  const smooth = new Float64Array(cells.length);
  for (let x = 0; x < along; x++)
    for (let y = 0; y < ACROSS; y++) {
      let [sum, area] = [0, 0];
      for (let i = Math.max(0, x - 1); i <= Math.min(along - 1, x + 1); i++)
        for (let j = Math.max(0, y - 1); j <= Math.min(ACROSS - 1, y + 1); j++) {
          sum += cells[i * ACROSS + j];
          area += CELL_SEC * CELL_ROWS;
        }
      smooth[x * ACROSS + y] = (sum + 0.5) / area;
    }
  return (at, of) => smooth[cell(at, CELL_SEC, along) * ACROSS + cell(of, CELL_ROWS, ACROSS)];
}

/** Semitones that a line is higher than its track. */
export const semitonesOf = ({ shift }: Change): number => 12 * Math.log2(ratioOf(shift));
