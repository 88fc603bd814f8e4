/**
 * A clip cut together from two that play with the same moment.
 *
 * Clips that start at one place of one track follow the same music second by second, each in its own way, so shots of one may stand in
 * the other's place. With few clips a track, this shows the network more of what they have in common than there is footage of. Not in
 * the paper; off in its presets.
 */
import type { Random } from '../lib/random.ts';
import type { Pair } from './batch.ts';
import { clipOfId } from './clip-part.ts';

/** Starts as near as this are one. */
const NEAR_SEC = 1;
/** Seconds, and so frames, of a shot: drawn between these. */
const SHOT = { shortest: 3, longest: 7 } as const;

/**
 * About half of the shots are another's, where the other is long enough.
 * @param ofTrack all pairs of the track
 * @returns the pair as it is where no other pair shares its moment
 */
export function splicePair(pair: Pair, ofTrack: readonly Pair[], width: number, random: Random): Pair {
  const mates = ofTrack.filter(
    ({ videoId, startSec }) =>
      clipOfId(videoId) !== clipOfId(pair.videoId) && Math.abs(startSec - pair.startSec) < NEAR_SEC,
  );
  if (!mates.length) return pair;
  const { data: shots, count: frames } = random.pick(mates).frames;
  const { data: own, count } = pair.frames;
  const data = own.slice();
  for (let from = 0; from < count; ) {
    const to = Math.min(count, from + SHOT.shortest + random.integer(SHOT.longest - SHOT.shortest + 1));
    if (random.uniform() < 0.5 && to <= frames) data.set(shots.subarray(from * width, to * width), from * width);
    from = to;
  }
  return { ...pair, frames: { data, count } };
}
