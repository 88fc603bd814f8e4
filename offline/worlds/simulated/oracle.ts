/**
 * The ceiling of the simulated world: who knows every track's latent numbers, and how strong the noise is, but not the noise.
 *
 * It sees a clip's latent vectors as the clip shows them, of which its tokens are a coarser picture. By Bayes' rule the best
 * ranking goes by the clip's likelihood averaged over a track's places, and the best moment is the one whose overlap with the
 * true one is largest on average. `log` says whether it has read the editing log too and knows the favourite moments.
 */

import type { Moment } from '../../../index/moment/moment.ts';
import { logSum } from '../../lib/log-sum.ts';
import { rankOf } from '../../metrics/metrics.ts';
import { latentOf } from './latent.ts';
import { createGrid, type Grid, logLikelihood, type View, viewOf } from './likelihood.ts';
import { show } from './perception.ts';
import { type Place, placesIn } from './places.ts';
import type { SimulatedClip, SimulatedTrack, SimulatedWorld } from './world.ts';

export interface Verdict {
  /** Of the right track among those of all clips, from 1. */
  rank: number;
  /** The moment in the right track, as long as the clip. */
  found: Moment;
}

/** Ask about clips that have a track each; the candidates are their tracks. `onTrack` is called after each of them. */
export function askOracle(
  world: SimulatedWorld,
  clips: readonly SimulatedClip[],
  log: boolean,
  onTrack: () => void,
): Verdict[] {
  const asked = clips.map((clip) => ({ clipSec: clip.endSec - clip.startSec, view: viewOf(show(world, clip)) }));
  const tracks = clips.map(({ track }) => world.tracks[track]);
  const placesOf = (track: SimulatedTrack) => placesIn(track, log, world.withoutFavourite);
  const gridOf = (track: SimulatedTrack) => createGrid(latentOf(world.seed, track), track.song.durationSec);
  const right = asked.map(({ clipSec, view }, i) => weigh(view, placesOf(tracks[i])(clipSec), gridOf(tracks[i])));
  const scores = tracks.map((track, at) => {
    const [grid, places] = [gridOf(track), placesOf(track)];
    const fits = asked.map(({ clipSec, view }, i) => totalOf(i === at ? right[i] : weigh(view, places(clipSec), grid)));
    onTrack();
    return fits;
  }); // [tracks][clips]
  return asked.map(({ clipSec }, i) => {
    const startSec = bestStart(right[i], clipSec);
    const ofClip = scores.map((fits) => fits[i]);
    return { rank: rankOf(ofClip, i), found: { startSec, endSec: startSec + clipSec } };
  });
}

/** The places with prior times likelihood, as logarithms. */
function weigh(view: View, places: readonly Place[], grid: Grid): Place[] {
  return places.map(({ startSec, score }) => ({ startSec, score: score + logLikelihood(view, grid, startSec) }));
}

/** The logarithm of the sum of what the scores are logarithms of. */
const totalOf = (places: readonly Place[]): number => logSum(places.map(({ score }) => score));

/** The start whose moment of this length overlaps (IoU) most with the true one, on average over where that may be. */
function bestStart(places: readonly Place[], clipSec: number): number {
  const total = totalOf(places);
  let [best, found] = [Number.NEGATIVE_INFINITY, 0];
  for (const { startSec } of places) {
    let expected = 0;
    for (const other of places) {
      const shared = clipSec - Math.abs(startSec - other.startSec);
      if (shared > 0) expected += Math.exp(other.score - total) * (shared / (2 * clipSec - shared));
    }
    if (expected > best) [best, found] = [expected, startSec];
  }
  return found;
}
