/**
 * The moments of a track that clips take: its start, or the start of a section that one would choose, above all an early chorus.
 *
 * Most tracks have one that nearly all clips use and one or two that few do; clips of the others start on any bar line.
 */

import type { Random } from '../../lib/random.ts';
import type { SectionKind } from '../composed/form.ts';
import type { Song } from '../composed/song.ts';
import { shareFromStart } from './lengths.ts';

export interface Favourite {
  startSec: number;
  weight: number;
}

/** Share of tracks without a favourite moment, unless a world is drawn with another. */
export const WITHOUT_FAVOURITE = 0.1;
/** What the first, second and third favourite get of the clips. */
const WEIGHTS = [0.96, 0.03, 0.01];
const APPEAL: Record<SectionKind, number> = { intro: 0.5, verse: 1.5, chorus: 4, break: 1, outro: 0.2 };
/** A favourite leaves at least this much of the track. */
const LEAST_SEC = 12;

/** The most used first, weights summing to 1; empty for a track that has none. */
export function drawFavourites(random: Random, song: Song, without = WITHOUT_FAVOURITE): Favourite[] {
  if (random.uniform() < without) return [];
  const appeals = sectionAppeals(song);
  const starts: number[] = [];
  for (let i = 0; i < WEIGHTS.length; i++) {
    const first = appeals.length === 0 || random.uniform() < shareFromStart(song.durationSec);
    const start = first ? 0 : pickFavourite(random, appeals);
    if (!starts.includes(start)) starts.push(start);
  }
  const total = starts.reduce((sum, _, i) => sum + WEIGHTS[i], 0);
  return starts.map((startSec, i) => ({ startSec, weight: WEIGHTS[i] / total }));
}

/** How likely each section's start is a favourite that is not the track's start, by listening alone. Weights sum to 1. */
export function sectionAppeals({ sections, durationSec }: Song): Favourite[] {
  const later = sections.filter(({ startSec }) => startSec > 0 && startSec <= durationSec - LEAST_SEC);
  const appeals = later.map(({ kind, startSec }) => ({
    startSec,
    weight: APPEAL[kind] * Math.exp((-3 * startSec) / durationSec), // half of the real ones lie in the first quarter
  }));
  const total = appeals.reduce((sum, { weight }) => sum + weight, 0);
  return appeals.map(({ startSec, weight }) => ({ startSec, weight: weight / total }));
}

/** The start of one of them, by weight. */
export function pickFavourite(random: Random, favourites: readonly Favourite[]): number {
  let left = random.uniform();
  for (const { startSec, weight } of favourites) {
    left -= weight;
    if (left < 0) return startSec;
  }
  return favourites[favourites.length - 1].startSec; // the weights' sum may be short of 1 by rounding
}

/** A bar line, as late as the clip's length allows. */
export function freeStart(random: Random, { barSec }: Song, latestSec: number): number {
  return random.integer(Math.floor(latestSec / barSec) + 1) * barSec;
}
