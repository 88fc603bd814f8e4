/**
 * What a post plays, by its peaks alone: looked up, fitted, weighed, explained.
 *
 * First as it is; only where that does not explain the whole post is it looked up in all the ways in which it may have been changed (changes.ts).
 */
import { type Asked, askedOf } from './asked.ts';
import { AS_IT_IS, CHANGES } from './changes.ts';
import type { Line } from './evidence.ts';
import { explain, type Stretch, total } from './explain.ts';
import { ASKED_SEC, type Change, type Landmarked, landmarksOf, openLandmarks } from './landmarks.ts';
import { fitLine } from './line.ts';
import type { Peaks } from './peaks.ts';

export interface Matcher {
  /** @param many peaks of a post in narrow neighbourhoods @param few in wide ones */
  match(many: Peaks, few: Peaks, durationSec: number): Stretch[];
  /** What a stretch has to bring to be believed, nats. */
  least: number;
  /** What it has to bring to be told at all. */
  weak: number;
}

/** A post longer than ASKED_SEC is looked up in pieces that overlap. */
const HOP_SEC = 20;
/** Pairs of half a minute that are looked up, and places that are looked at closely: of the post as it is, and of each change. */
const CLOSELY = { asIs: { pairs: 20_000, most: 80 }, changed: { pairs: 1500, most: 12 } };
type Closeness = (typeof CLOSELY)['asIs'];
/** Nats: chance is asked as often as the library has peaks, and what is merely alike brings more than chance. */
const LEAST = 28;
/** Chance alone gets that far in most posts: then the sound itself has to agree. */
const WEAKER = 19;
/** A stretch that is shorter may be a piece of a track that is played at another speed. */
const SURE_SEC = 4;

export function createMatcher(library: Landmarked): Matcher {
  const { peaks: all, first } = library;
  const table = openLandmarks(library);
  const tracks = Array.from({ length: first.length - 1 }, (_, i) => all.subarray(first[i], first[i + 1]));
  const least = LEAST + Math.log(Math.max(1000, all.length));
  const weak = least - WEAKER;

  function linesOf(asked: Asked, peaks: Peaks, changes: readonly Change[], { pairs, most }: Closeness): Line[] {
    const lines: Line[] = [];
    for (let fromSec = 0; fromSec === 0 || fromSec + ASKED_SEC - HOP_SEC < asked.durationSec; fromSec += HOP_SEC) {
      const toSec = Math.min(asked.durationSec, fromSec + ASKED_SEC);
      const landmarks = landmarksOf(between(peaks, fromSec, toSec), pairs);
      for (const change of changes)
        for (const { track, offsetSec } of table.places(landmarks, change, most)) {
          const guess = { track, ...change, offsetSec: offsetSec - change.rate * fromSec, fromSec, toSec };
          const line = fitLine(asked, tracks[track], guess);
          if (line && total(line) >= weak) lines.push(line);
        }
    }
    return lines;
  }

  return {
    least,
    weak,
    match(many, few, durationSec) {
      const asked = askedOf(many, durationSec);
      const lines = linesOf(asked, many, [AS_IT_IS], CLOSELY.asIs);
      const asIs = explain(asked, lines, least).filter(({ fromSec, toSec }) => toSec - fromSec >= SURE_SEC);
      const rest = without(few, asIs);
      if (rest.sec.length > REST * few.sec.length) lines.push(...linesOf(asked, rest, CHANGES, CLOSELY.changed));
      return explain(asked, lines, weak);
    },
  };
}

/** Of a post's peaks: less is left where music fades, and at ends. */
const REST = 0.1;

/** What no stretch explains. */
function without({ sec, row }: Peaks, stretches: readonly Stretch[]): Peaks {
  const left = [...sec.keys()].filter(
    (i) => !stretches.some(({ fromSec, toSec }) => sec[i] >= fromSec && sec[i] <= toSec),
  );
  return { sec: Float64Array.from(left, (i) => sec[i]), row: Float64Array.from(left, (i) => row[i]) };
}

/** With times from `fromSec` on, which becomes 0. */
function between({ sec, row }: Peaks, fromSec: number, toSec: number): Peaks {
  const from = sec.findIndex((value) => value >= fromSec);
  const end = sec.findLastIndex((value) => value < toSec) + 1;
  const first = from < 0 ? sec.length : from;
  return { sec: sec.slice(first, end).map((value) => value - fromSec), row: row.slice(first, end) };
}
