/**
 * A line: one way in which a post may be playing a track: from where, how fast, how high. Found by what most pairs of nearby peaks agree on (Hough), then by least squares.
 */
import type { Asked } from './asked.ts';
import { shiftOf } from './changes.ts';
import { fullestStretch, type Line, MET_ROWS, MET_SEC, weigh } from './evidence.ts';
import type { Change } from './landmarks.ts';
import { firstFrom, partsOf, ROW_PARTS, UNIT_SEC, unitsOf } from './packed-peaks.ts';

/** Where a line may be. */
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
  const { from, to } = fullestStretch(line.evidence);
  const [fromSec, toSec] = [line.at[from], line.at[to - 1]];
  if (toSec - fromSec > 0.8 * (guess.toSec - guess.fromSec)) return line;
  // It plays for a part of that time; what was met beside it has bent the line.
  const middle = (fromSec + toSec) / 2;
  const offsetSec = line.offsetSec + (line.rate - guess.rate) * middle;
  const again = fitOver(asked, track, { ...guess, offsetSec, fromSec: fromSec - 0.2, toSec: toSec + 0.2 });
  return again && sumOf(again) > 0.97 * sumOf(line) ? again : line;
}

const sumOf = ({ evidence }: Line): number => {
  const { from, to } = fullestStretch(evidence);
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
