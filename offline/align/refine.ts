/**
 * From a stretch that peaks have found to where it is exactly: to the sample where the sound itself is the track's, else as peaks have it.
 *
 * Also decides between places of a track that sound nearly the same: the one of which most can be taken away.
 */

import { shiftOf } from './changes.ts';
import type { Line } from './evidence.ts';
import type { Stretch } from './explain.ts';
import { type Extent, extentOf } from './extent.ts';
import { powerLevel } from './power-level.ts';
import { CLEAR, findLag } from './sound-lag.ts';
import { RATE, warp } from './warp.ts';

/** What a post plays of one track, in one piece. */
export interface Placed {
  track: number;
  clipFromSec: number;
  clipToSec: number;
  /** Of the track. */
  startSec: number;
  endSec: number;
  /** Seconds of the track in one of the post. */
  rate: number;
  /** Rows by which it is higher. */
  shift: number;
  levelDb: number;
  score: number;
  /** How surely the sound itself agreed (sound-lag.ts); 0 where its peaks alone do. */
  clarity: number;
}

/** A stretch of a post. */
interface Room {
  fromSec: number;
  toSec: number;
}

/** Beyond what peaks say of its ends, so far it may go on: under a voice they are few. */
const BEYOND_SEC = 30;

/** @param post and track whole, 16 kHz @param within the post's seconds that other stretches of the track leave it */
export function refine(post: Float32Array, track: Float32Array, stretch: Stretch, within: Room): Placed {
  const lines = [stretch.line, ...stretch.others];
  const placed = lines.map((line) => bySound(post, track, stretch, line, within)).filter((one) => one !== undefined);
  const best = placed.reduce<(typeof placed)[number] | undefined>(
    (most, one) => (most && most.extent.worth * SAME >= one.extent.worth ? most : one),
    undefined,
  );
  const peaksAlone = () => byPeaks(post, track, stretch, within);
  if (!best) return peaksAlone();
  const { line, clarity } = best;
  const extent = withinTrack(toTheEnds(best.extent, stretch, within), line, track);
  if (clarity < ALL_CLEAR) {
    // A stretched sound may have some of its track's wave, here and there.
    const alone = peaksAlone();
    if (extent.levelDb < alone.levelDb - MISSED_DB) return alone;
  }
  return {
    track: line.track,
    clipFromSec: extent.fromSec,
    clipToSec: extent.toSec,
    startSec: line.offsetSec + line.rate * extent.fromSec,
    endSec: line.offsetSec + line.rate * extent.toSec,
    rate: line.rate,
    shift: line.shift,
    levelDb: extent.levelDb,
    score: stretch.score,
    clarity,
  };
}

/** What is as clear is the track's own wave. */
const ALL_CLEAR = 12;
const MISSED_DB = 15;

/** What peaks met from the very beginning began there, though its first tenths may be too quiet to take away; likewise at the end. */
function toTheEnds<E extends Room>(extent: E, { fromSec, toSec }: Stretch, within: Room): E {
  const isFromStart = fromSec - within.fromSec < 0.15 && extent.fromSec - within.fromSec < TOO_QUIET_SEC;
  const isToEnd = within.toSec - toSec < 0.15 && within.toSec - extent.toSec < TOO_QUIET_SEC;
  return {
    ...extent,
    fromSec: isFromStart ? within.fromSec : extent.fromSec,
    toSec: isToEnd ? within.toSec : extent.toSec,
  };
}

const TOO_QUIET_SEC = 0.6;

/** Of two places that are as good, the one that peaks prefer. */
const SAME = 1.01;

type Place = Pick<Line, 'track' | 'offsetSec' | 'rate' | 'shift'>;

function bySound(
  post: Float32Array,
  track: Float32Array,
  { fromSec, toSec }: Stretch,
  found: Line,
  within: Room,
): { line: Place; extent: Extent; clarity: number } | undefined {
  const middle = (fromSec + toSec) / 2;
  const bend = Math.abs(found.rate - 1) * ((toSec - fromSec) / 2);
  const isNearOwn = Math.abs(found.rate - 1) < NEAR_OWN.rate || bend < NEAR_OWN.sec;
  const own = { ...found, rate: 1, shift: 0, offsetSec: found.offsetSec + (found.rate - 1) * middle };
  const tries: Place[] = isNearOwn && Math.abs(found.shift) < OWN_ROWS ? [own, found] : [found];
  for (const one of tries) {
    if (Math.abs(one.shift - shiftOf(one.rate)) > AS_TAPE) continue; // stretched: no wave in common
    const beside = warp(track, one.offsetSec, one.rate, post.length);
    const lag = findLag(post, beside, fromSec, toSec, one.rate === 1);
    if (lag.clarity < CLEAR) continue;
    const rate = one.rate * (1 - lag.perSec / RATE);
    const late = (lag.samples - lag.perSec * lag.atSec) / RATE;
    const line = {
      track: one.track,
      rate,
      shift: rate === 1 ? 0 : shiftOf(rate),
      offsetSec: one.offsetSec - one.rate * late,
    };
    const extent = extentOf(post, warp(track, line.offsetSec, rate, post.length), inner(fromSec, toSec), within);
    return { line, extent, clarity: lag.clarity };
  }
  return undefined;
}

/** The sound itself is asked first whether it is played at its own rate, where peaks leave that open. */
const NEAR_OWN = { rate: 0.004, sec: 0.03 };
const OWN_ROWS = 0.3;
/** Rows: what peaks do not tell apart. */
const AS_TAPE = 0.6;

const inner = (fromSec: number, toSec: number) => {
  const edge = Math.min(0.3, (toSec - fromSec) / 5);
  return { fromSec: fromSec + edge, toSec: toSec - edge };
};

/** The track's own beginning and end. */
function withinTrack<E extends Room>(extent: E, { offsetSec, rate }: Place, track: Float32Array): E {
  const [first, last] = [-offsetSec / rate, (track.length / RATE - offsetSec) / rate];
  return { ...extent, fromSec: Math.max(extent.fromSec, first), toSec: Math.min(extent.toSec, last) };
}

/** Peaks at a post's ends are weak: what is not contradicted for so long goes on to the end. */
const TO_THE_END_SEC = 0.9;

function byPeaks(post: Float32Array, track: Float32Array, stretch: Stretch, within: Room): Placed {
  const { line, score } = stretch;
  const met = line.at.filter(
    (sec, i) => line.met[i] >= 0 && sec >= stretch.fromSec - 0.1 && sec <= stretch.toSec + 0.1,
  );
  let [fromSec, toSec] = [met.at(0) ?? stretch.fromSec, met.at(-1) ?? stretch.toSec];
  if (fromSec - within.fromSec < TO_THE_END_SEC) fromSec = within.fromSec;
  if (within.toSec - toSec < TO_THE_END_SEC) toSec = within.toSec;
  const kept = withinTrack({ fromSec, toSec }, line, track);
  const beside = warp(track, line.offsetSec, line.rate, post.length);
  return {
    track: line.track,
    clipFromSec: kept.fromSec,
    clipToSec: kept.toSec,
    startSec: line.offsetSec + line.rate * kept.fromSec,
    endSec: line.offsetSec + line.rate * kept.toSec,
    rate: line.rate,
    shift: line.shift,
    levelDb: powerLevel(post, beside, kept.fromSec, kept.toSec),
    score,
    clarity: 0,
  };
}

/**
 * Rows of one post as they are told: pieces of one line that were found apart are one, and at a jump one ends where the other begins.
 * @param placed in the order of their beginnings
 */
export function joined(placed: readonly Placed[]): Placed[] {
  const out: Placed[] = [];
  for (const one of placed) {
    const before = out.findLast(({ track }) => track === one.track);
    if (before && isSameLine(before, one) && one.clipFromSec - before.clipToSec < GAP_SEC) {
      const ends = one.clipToSec > before.clipToSec ? one : before;
      Object.assign(before, {
        clipToSec: ends.clipToSec,
        endSec: ends.endSec,
        score: before.score + one.score,
        clarity: Math.max(before.clarity, one.clarity),
        levelDb: Math.max(before.levelDb, one.levelDb),
      });
    } else if (before && !isSameLine(before, one) && before.clipToSec > one.clipFromSec) {
      const at = Math.min(before.clipToSec, Math.max(before.clipFromSec, (before.clipToSec + one.clipFromSec) / 2));
      out[out.indexOf(before)] = until(before, at);
      out.push(from(one, at));
    } else out.push({ ...one });
  }
  return out.filter(({ clipFromSec, clipToSec }) => clipToSec - clipFromSec > LEAST_SEC);
}

const GAP_SEC = 1.5;
const LEAST_SEC = 0.3;
const isSameLine = (a: Placed, b: Placed): boolean =>
  Math.abs(a.rate - b.rate) < 0.002 &&
  Math.abs(b.startSec - a.startSec - a.rate * (b.clipFromSec - a.clipFromSec)) < (a.clarity && b.clarity ? 0.02 : 0.06);

const until = (one: Placed, clipToSec: number): Placed => ({
  ...one,
  clipToSec,
  endSec: one.endSec + one.rate * (clipToSec - one.clipToSec),
});
const from = (one: Placed, clipFromSec: number): Placed => ({
  ...one,
  clipFromSec,
  startSec: one.startSec + one.rate * (clipFromSec - one.clipFromSec),
});

/** Where a stretch may be, beside its neighbours of the same track: up to the middle of what is between. */
export function roomOf(stretch: Stretch, all: readonly Stretch[], durationSec: number): Room {
  let [fromSec, toSec] = [Math.max(0, stretch.fromSec - BEYOND_SEC), Math.min(durationSec, stretch.toSec + BEYOND_SEC)];
  for (const other of all) {
    if (other === stretch || other.line.track !== stretch.line.track) continue;
    if (other.toSec <= stretch.fromSec + 0.01)
      fromSec = Math.max(fromSec, Math.max(other.fromSec, other.toSec - NEIGHBOUR_SEC));
    if (other.fromSec >= stretch.toSec - 0.01)
      toSec = Math.min(toSec, Math.min(other.toSec, other.fromSec + NEIGHBOUR_SEC));
  }
  return { fromSec, toSec };
}

/** Peaks say when a jump is to so much. */
const NEIGHBOUR_SEC = 0.5;
