/**
 * Where in a track a clip may start, and how likely each place is before the clip is seen.
 *
 * The rules are those the world was drawn by (favourites.ts, world.ts): a favourite moment or a bar line, moved back where the
 * clip would run over the track's end. With the editing log the favourites are known; without, they must be guessed from how
 * the song is built.
 */
import type { Song } from '../composed/song.ts';
import { type Favourite, sectionAppeals, WITHOUT_FAVOURITE } from './favourites.ts';
import { shareFromStart } from './lengths.ts';
import type { SimulatedTrack } from './world.ts';

export interface Place {
  startSec: number;
  /** The logarithm of its probability. */
  score: number;
}

/** The places of a track for a clip of this length; none when the clip is longer than the track, which never happens. */
export type Places = (clipSec: number) => Place[];

/** @param without share of the world's tracks without a favourite moment */
export function placesIn({ song, favourites }: SimulatedTrack, log: boolean, without = WITHOUT_FAVOURITE): Places {
  const { durationSec, barSec } = song;
  const chosen = log ? favourites : likelyFavourites(song, without);
  const free = 1 - chosen.reduce((sum, { weight }) => sum + weight, 0); // share of clips that start on any bar line
  const fixed = chosen.map(({ startSec, weight }) => ({ startSec, score: Math.log(weight) }));
  return function placesFor(clipSec) {
    const latestSec = durationSec - clipSec;
    if (latestSec < -0.001) return []; // lengths are rounded to milliseconds
    const moved = (startSec: number): number => Math.max(0, Math.min(startSec, latestSec));
    const places = fixed.map(({ startSec, score }) => ({ startSec: moved(startSec), score }));
    if (free < 1e-9) return places;
    const bars = Math.max(0, Math.floor(latestSec / barSec)) + 1;
    const score = Math.log(free / bars);
    for (let bar = 0; bar < bars; bar++) places.push({ startSec: moved(bar * barSec), score });
    return places;
  };
}

/** Each place with its chance of being a favourite; what they lack of 1 is the tracks without. */
function likelyFavourites(song: Song, without: number): Favourite[] {
  const appeals = sectionAppeals(song);
  const first = appeals.length ? shareFromStart(song.durationSec) : 1;
  const later = appeals.map(({ startSec, weight }) => ({ startSec, weight: (1 - first) * weight }));
  const all = [{ startSec: 0, weight: first }, ...later];
  return all.map(({ startSec, weight }) => ({ startSec, weight: (1 - without) * weight }));
}
