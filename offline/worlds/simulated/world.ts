/**
 * The simulated world: tracks, their favourite moments, and the clips that follow them, as plain data drawn from one seed.
 *
 * A song is the composed world's (worlds/composed/song.ts), at the lengths of MGSV-EC. Most tracks have a moment that nearly every
 * clip takes, as in the real annotations, where starts in one track agree within 1 s in four of five cases; some tracks have
 * none. Videos are in one split only; tracks are partly shared, and each clip of validation and test has its own track.
 * What a moment is like is latent.ts; what is seen and heard of it, perception.ts.
 */

import { createRandom, type Random } from '../../lib/random.ts';
import { drawSong, type Song } from '../composed/song.ts';
import { STYLES } from '../composed/styles.ts';
import { drawFavourites, type Favourite, freeStart, pickFavourite } from './favourites.ts';
import { sectionsOfLength } from './form.ts';
import { drawClipSec, drawTrackSec, thousandths, usage } from './lengths.ts';

export type Split = 'train' | 'val' | 'test';

export interface SimulatedTrack {
  id: string;
  /** Index into the styles. */
  style: number;
  /** Seeds everything else that is drawn of the track. */
  seed: string;
  song: Song;
  /** Most used first; none when clips start anywhere. Weights sum to 1. */
  favourites: Favourite[];
}

export interface SimulatedClip {
  id: string;
  /** Index into the world's tracks. */
  track: number;
  /** The moment that it follows, seconds of the track. */
  startSec: number;
  endSec: number;
  /** Undefined of a training clip whose track is held out of training. */
  split?: Split;
  /** Seeds the clip's own noise. */
  seed: string;
}

export interface SimulatedWorld {
  seed: string;
  /** Share of tracks without a favourite moment, where it is not the usual one. */
  withoutFavourite?: number;
  tracks: SimulatedTrack[];
  clips: SimulatedClip[];
}

export type WorldSizes = Record<Split | 'tracks', number>;

/** Seconds on two cores, a few minutes of training, and the size of MGSV-EC. */
export const SIZES: Readonly<Record<string, WorldSizes>> = {
  tiny: { tracks: 60, train: 240, val: 40, test: 40 },
  small: { tracks: 400, train: 3000, val: 300, test: 300 },
  paper: { tracks: 4050, train: 49194, val: 2000, test: 2000 },
};

/** One clip in twelve for validation and as many for test, as in `small`; each of them has a track of its own. */
export function sizesFor(tracks: number, clips: number): WorldSizes {
  const held = Math.min(Math.max(1, Math.floor(clips / 12)), tracks);
  return { tracks, train: clips - 2 * held, val: held, test: held };
}

/** Share of the tracks, and of the rows of validation and test, that no training clip uses. */
const NEW_SHARE = 0.1;

/**
 * Draw a world. Equal seed and sizes give an equal world.
 * @throws Error when there are fewer tracks than clips in validation or test, which have a track each.
 */
export function createSimulation(seed: number | string, sizes: WorldSizes, withoutFavourite?: number): SimulatedWorld {
  const random = createRandom(seed);
  const tracks = Array.from({ length: sizes.tracks }, (_, i) =>
    drawTrack(`${seed}/track/${i}`, i, sizes.tracks, withoutFavourite),
  );
  const order = random.fork('popularity').shuffle(tracks.map((_, i) => i));
  const fresh = Math.round(NEW_SHARE * sizes.tracks);
  const [used, unused] = [order.slice(fresh), order.slice(0, fresh)];

  const clips: SimulatedClip[] = [];
  for (const split of ['train', 'val', 'test'] as const) {
    const from = random.fork(`use/${split}`);
    const chosen = split === 'train' ? byUsage(from, used, sizes.train) : dedupe(from, used, unused, sizes[split]);
    for (const track of from.shuffle(chosen)) {
      const number = String(clips.length).padStart(6, '0');
      clips.push(drawClip(`${seed}/clip/${number}`, `clip-${number}`, tracks, track, split));
    }
  }
  return { seed: String(seed), ...(withoutFavourite !== undefined && { withoutFavourite }), tracks, clips };
}

function drawTrack(seed: string, index: number, count: number, withoutFavourite?: number): SimulatedTrack {
  const random = createRandom(seed);
  const style = random.integer(STYLES.length);
  const lengthSec = drawTrackSec(random);
  const song = drawSong(random, STYLES[style], (forked, barSec, energy) =>
    sectionsOfLength(forked, lengthSec, barSec, energy),
  );
  const id = `track-${String(index).padStart(String(count - 1).length, '0')}`;
  return { id, style, seed, song, favourites: drawFavourites(random.fork('favourites'), song, withoutFavourite) };
}

/** Every track once, as long as the clips last, then the popular ones again and again. `used` is in order of popularity. */
function byUsage(random: Random, used: readonly number[], clips: number): number[] {
  const ends: number[] = [];
  for (let rank = 0; rank < used.length; rank++) ends.push((ends[rank - 1] ?? 0) + usage(rank));
  const chosen = random.shuffle(used).slice(0, clips);
  while (chosen.length < clips) chosen.push(used[firstAbove(ends, random.uniform(0, ends[ends.length - 1]))]);
  return chosen;
}

/** The index of the first end above `value`, by halving. */
function firstAbove(ends: readonly number[], value: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Tracks without repetition: a tenth of them new, the others the likelier the more popular. */
function dedupe(random: Random, used: readonly number[], unused: readonly number[], clips: number): number[] {
  const fresh = Math.min(unused.length, Math.round(NEW_SHARE * clips));
  const known = clips - fresh;
  if (known > used.length)
    throw new Error(
      `simulate: expected at most ${used.length + fresh} clips in validation and in test, got ${clips}; each has a track of its own. Ask for more tracks.`,
    );
  // Weighted sampling without replacement: the largest of u^(1/weight) (Efraimidis and Spirakis 2006), as logarithms.
  const keys = used.map((track, rank) => ({ track, key: Math.log(1 - random.uniform()) / usage(rank) }));
  keys.sort((a, b) => b.key - a.key);
  return [...keys.slice(0, known).map(({ track }) => track), ...random.shuffle(unused).slice(0, fresh)];
}

/** How far an editor misses a favourite moment, seconds. */
const JITTER_SEC = 0.08;

function drawClip(
  seed: string,
  id: string,
  tracks: readonly SimulatedTrack[],
  track: number,
  split: Split,
): SimulatedClip {
  const random = createRandom(seed);
  const { song, favourites } = tracks[track];
  const clipSec = Math.min(drawClipSec(random), song.durationSec);
  const latest = song.durationSec - clipSec;
  const wanted = favourites.length ? pickFavourite(random, favourites) : freeStart(random, song, latest);
  const missed = wanted > 0 ? JITTER_SEC * random.normal() : 0;
  const startSec = thousandths(Math.max(0, Math.min(wanted + missed, latest)));
  return { id, track, startSec, endSec: thousandths(startSec + clipSec), split, seed };
}
