/**
 * How long clips, tracks and moments are, and how often a track is used, as in MGSV-EC.
 *
 * The shapes are quantiles read off the published validation and test annotations (4,000 rows), moved a little so that mean
 * and deviation are those of the whole set: clips 23.9 ± 10.7 s within 5–50, tracks 138.9 ± 69.6 s within 30–240.
 * What is used where is decided in world.ts.
 */
import type { Random } from '../../lib/random.ts';

/** Every twentieth of the rows has a clip of this length or less, seconds. */
const CLIP_QUANTILES = [
  5.2, 9.6, 11.4, 12.9, 14.3, 15.4, 16.4, 17.4, 18.6, 19.9, 21.6, 23.2, 24.9, 27.1, 29.4, 31.7, 34.3, 37, 40.9, 43.9,
  49.9,
];
/** And a track of this length. */
const TRACK_QUANTILES = [
  30.1, 34.2, 39.1, 46.6, 56.8, 62.9, 77.3, 100.4, 125.1, 139.4, 153, 169, 179.5, 188.5, 195.5, 202.2, 209.1, 215.5,
  223.1, 231.1, 239.9,
];

/** Seconds, to the millisecond. */
export function drawClipSec(random: Random): number {
  return thousandths(quantile(CLIP_QUANTILES, random.uniform()));
}

/** Seconds, to the millisecond. */
export function drawTrackSec(random: Random): number {
  return thousandths(quantile(TRACK_QUANTILES, random.uniform()));
}

/** Straight lines between the quantiles; `share` in [0, 1). */
function quantile(values: readonly number[], share: number): number {
  const place = share * (values.length - 1);
  const below = Math.floor(place);
  return values[below] + (place - below) * (values[below + 1] - values[below]);
}

/**
 * How likely a track's favourite moment is its very start: four fifths of the 30 to 60 s tracks, which are cut out for use,
 * a tenth of those beyond three minutes (0.79, 0.59, 0.29, 0.10 by minutes in the published rows).
 */
export function shareFromStart(trackSec: number): number {
  return Math.min(0.82, Math.max(0.07, 0.95 - 0.0042 * trackSec));
}

/** Zipf's law with a flattened head: how much the track of this popularity (from 0) is used, relative to the others. */
export function usage(rank: number): number {
  return 1 / (rank + 8);
}

export const thousandths = (sec: number): number => Math.round(sec * 1000) / 1000;
