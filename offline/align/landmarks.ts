/**
 * Where in a library two peaks stand as they do in a post: a table from what a pair looks like (both frequencies, the time between) to every
 * place that has such a pair.
 *
 * Wang's landmarks (ISMIR 2003). A library has up to FAN pairs a peak; a post asks with all of its own, so that which of them a library chose
 * does not matter. The table is made anew from the peaks in each run: for 10,000 tracks of 140 s it takes some seconds, and half a
 * gigabyte.
 */

import { partsOf, ROW_PARTS, UNIT_SEC, unitsOf } from './packed-peaks.ts';
import { ROWS } from './peaks.ts';

/** Between the two of a pair, in units of time; at least four windows' hops, at most 1.2 s. */
const LEAST_UNITS = 12;
const MOST_UNITS = 150;
/** Three quarters of an octave. */
const MOST_ROWS = 27;
/** How exactly the time between is told: 24 ms. */
const STEP_UNITS = 3;
const STEPS = Math.floor((MOST_UNITS - LEAST_UNITS) / STEP_UNITS) + 1;
const SPREAD = 2 * MOST_ROWS + 1;
const KEYS = ROWS * SPREAD * STEPS;
const FAN = 4;

/** Between two tracks on the common axis: a post may begin before its track does. */
const LEAD_SEC = 40;
const LEAD_UNITS = LEAD_SEC / UNIT_SEC;
/** Of a post that is looked up at once; with the fastest rate it is shorter than the lead. */
export const ASKED_SEC = 30;

/** A pair as a post has it. */
export interface Landmarks {
  /** Of the first peak, seconds. */
  sec: Float64Array;
  /** Rows and parts of them. */
  row: Float64Array;
  otherRow: Float64Array;
  /** Seconds to the second peak. */
  gap: Float64Array;
}

/** A place of a track, by what speaks for it. */
export interface Place {
  track: number;
  /** Of the track, where the post's second 0 would be. */
  offsetSec: number;
  votes: number;
}

/** How a post plays its track. */
export interface Change {
  /** Seconds of the track in a second of the post. */
  rate: number;
  /** Rows by which it is higher. */
  shift: number;
}

/** Peaks of all tracks and the table of their pairs, in memory that threads share. */
export interface Landmarked {
  /** Packed, track after track. */
  peaks: Uint32Array;
  /** Where each track's peaks begin, and the last one's end. [tracks + 1] */
  first: Uint32Array;
  /** Where each track begins on an axis that all have in common, units. [tracks + 1] */
  starts: Uint32Array;
  /** Of each key, where its places begin. [KEYS + 1] */
  ends: Uint32Array;
  /** First peaks of pairs on the common axis, key after key, units. */
  places: Uint32Array;
}

/** @param tracks packed peaks of each */
export function landmark(tracks: readonly Uint32Array[]): Landmarked {
  const [first, starts, ends] = [shared(tracks.length + 1), shared(tracks.length + 1), shared(KEYS + 1)];
  for (const [i, peaks] of tracks.entries()) {
    first[i + 1] = first[i] + peaks.length;
    starts[i + 1] = starts[i] + LEAD_UNITS + (peaks.length ? unitsOf(peaks[peaks.length - 1]) + 1 : 0);
  }
  const all = shared(first[tracks.length]);
  for (const [i, peaks] of tracks.entries()) all.set(peaks, first[i]);
  for (const peaks of tracks) eachPair(peaks, (key) => ends[key + 1]++);
  for (let key = 0; key < KEYS; key++) ends[key + 1] += ends[key];
  const places = shared(ends[KEYS]);
  const next = ends.slice();
  for (const [i, peaks] of tracks.entries())
    eachPair(peaks, (key, units) => {
      places[next[key]++] = starts[i] + LEAD_UNITS + units;
    });
  return { peaks: all, first, starts, ends, places };
}

const shared = (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(4 * length));

export interface LandmarkTable {
  /** Where the post's pairs, played at another rate and pitch, stand one behind the other. */
  places(asked: Landmarks, change: Change, most: number): Place[];
}

/** It counts in memory of its own. */
export function openLandmarks({ starts, ends, places }: Landmarked): LandmarkTable {
  const longest = Math.max(1000, (5 * places.length) / KEYS); // what so many places have says little, and costs most
  const bins = (starts[starts.length - 1] >> BIN_SHIFT) + 1;
  const counts = new Uint16Array(bins);
  return {
    places(asked, change, most) {
      const ranges = rangesOf(asked, change, ends, longest);
      const enough = enoughVotes(ranges.votes / bins, bins);
      counts.fill(0);
      const found: number[] = [];
      for (let r = 0; r < ranges.from.length; r++) {
        const [to, late] = [ranges.to[r], ranges.late[r]];
        for (let at = ranges.from[r]; at < to; at++) {
          const bin = (places[at] - late) >>> BIN_SHIFT;
          const count = counts[bin];
          counts[bin] = count + 1; // 65,536 is beyond what half a minute has
          if (count + 1 === enough) found.push(bin);
        }
      }
      return tops(found, counts, most).map((bin) => {
        const units = (bin + 0.5) * 2 ** BIN_SHIFT;
        const track = trackAt(starts, units);
        return { track, offsetSec: (units - starts[track] - LEAD_UNITS) * UNIT_SEC, votes: counts[bin] };
      });
    },
  };
}

/** Those with most votes, of neighbours the fuller one. */
function tops(found: readonly number[], counts: Uint16Array, most: number): number[] {
  const kept = new Set<number>();
  for (const bin of found.toSorted((a, b) => counts[b] - counts[a] || a - b)) {
    if (kept.size === most) break;
    if (!kept.has(bin - 1) && !kept.has(bin + 1)) kept.add(bin);
  }
  return [...kept];
}

/** 128 ms: peaks that agree to a window, and a rate that is half a percent off, for half a minute, still meet in two of them. */
const BIN_SHIFT = 4;

/** All pairs of a post's peaks; of more than `most` so many of them, spread over all. */
export function landmarksOf({ sec, row }: { sec: Float64Array; row: Float64Array }, most: number): Landmarks {
  const [shortest, longest] = [LEAST_UNITS * UNIT_SEC * 0.93, MOST_UNITS * UNIT_SEC * 1.07]; // as they may be at another rate
  const eachNear = (take: (first: number, second: number) => void): void => {
    for (let i = 0; i < sec.length; i++)
      for (let j = i + 1; j < sec.length && sec[j] - sec[i] <= longest; j++)
        if (sec[j] - sec[i] >= shortest && Math.abs(row[j] - row[i]) <= MOST_ROWS + 1) take(i, j);
  };
  let all = 0;
  eachNear(() => all++);
  const count = Math.min(all, most);
  const [first, otherRow, gap] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const own = new Float64Array(count);
  let [at, seen] = [0, 0];
  eachNear((i, j) => {
    if (Math.floor((++seen * count) / all) === at) return;
    first[at] = sec[i];
    own[at] = row[i];
    otherRow[at] = row[j];
    gap[at++] = sec[j] - sec[i];
  });
  return { sec: first, row: own, otherRow, gap };
}

/** Up to FAN pairs a peak, with the nearest that come after it. */
function eachPair(peaks: Uint32Array, take: (key: number, units: number) => void): void {
  for (let i = 0; i < peaks.length; i++) {
    const units = unitsOf(peaks[i]);
    const row = Math.floor(partsOf(peaks[i]) / ROW_PARTS);
    let taken = 0;
    for (let j = i + 1; j < peaks.length && taken < FAN; j++) {
      const gap = unitsOf(peaks[j]) - units;
      if (gap > MOST_UNITS) break;
      if (gap < LEAST_UNITS) continue;
      const key = keyOf(row, Math.floor(partsOf(peaks[j]) / ROW_PARTS), Math.floor((gap - LEAST_UNITS) / STEP_UNITS));
      if (key < 0) continue;
      take(key, units);
      taken++;
    }
  }
}

/** Below 0 where a pair is not one of the table's. */
function keyOf(row: number, otherRow: number, step: number): number {
  const apart = otherRow - row + MOST_ROWS;
  if (apart < 0 || apart >= SPREAD || row < 0 || row >= ROWS || step < 0 || step >= STEPS) return -1;
  return (row * SPREAD + apart) * STEPS + step;
}

interface Ranges {
  from: number[];
  to: number[];
  /** How much later than the post's beginning the pair comes, in units of the track. */
  late: number[];
  votes: number;
}

/** A peak so near the border of its row may be beyond it in the library. */
const NEAR_ROW = 0.25;
const NEAR_STEP = 0.4;

function rangesOf(asked: Landmarks, { rate, shift }: Change, ends: Uint32Array, longest: number): Ranges {
  const ranges: Ranges = { from: [], to: [], late: [], votes: 0 };
  for (let i = 0; i < asked.sec.length; i++) {
    const late = Math.round((asked.sec[i] * rate) / UNIT_SEC);
    const [row, other] = [asked.row[i] - shift, asked.otherRow[i] - shift];
    const gap = ((asked.gap[i] * rate) / UNIT_SEC - LEAST_UNITS + 0.5) / STEP_UNITS;
    const [rows, others, steps] = [next(row, NEAR_ROW), next(other, NEAR_ROW), next(gap, NEAR_STEP)];
    // Each whole number below, and its neighbour where that is near.
    for (let a = 0; a <= Math.abs(rows); a++)
      for (let b = 0; b <= Math.abs(others); b++)
        for (let c = 0; c <= Math.abs(steps); c++) {
          const key = keyOf(Math.floor(row) + a * rows, Math.floor(other) + b * others, Math.floor(gap) + c * steps);
          if (key < 0) continue;
          const [from, to] = [ends[key], ends[key + 1]];
          if (from === to || to - from > longest) continue;
          ranges.from.push(from);
          ranges.to.push(to);
          ranges.late.push(late);
          ranges.votes += to - from;
        }
  }
  return ranges;
}

/** Which neighbour of its whole number a value is near to: -1, 1, or 0 where it is near none. */
function next(value: number, near: number): number {
  const part = value - Math.floor(value);
  return part < near ? -1 : part > 1 - near ? 1 : 0;
}

/** So many votes that by chance (Poisson's) some hundred bins have them. */
function enoughVotes(mean: number, bins: number): number {
  let [enough, term, tail] = [0, Math.exp(-mean), 1];
  while (tail * bins > 200 && enough < 200) {
    tail -= term;
    enough++;
    term *= mean / enough;
  }
  return Math.max(4, enough);
}

function trackAt(starts: Uint32Array, units: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low + 1 < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= units) low = middle;
    else high = middle;
  }
  return low;
}
