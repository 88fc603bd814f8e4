/**
 * How sure a number is: 95 % intervals by the bootstrap, resampling videos (Efron & Tibshirani, An Introduction to the
 * Bootstrap, 1993, §13.3: percentiles).
 *
 * A video is drawn with all its rows, since rows of one video resemble each other and are no independent evidence. Equal
 * seeds give equal intervals, whatever else was drawn before.
 */
import { createRandom } from '../lib/random.ts';

/** [low, high] */
export type Interval = readonly [low: number, high: number];

export interface Resampling {
  seed: string;
  draws: number;
}

/** A thousand settle the bounds to about a twentieth of the interval's width. */
export const USUAL: Resampling = { seed: '1', draws: 1000 };

const LEVEL = 0.95;

/**
 * @param videos of each row [N], by name
 * @param statistic some numbers of all rows, given how often each row was drawn [N]
 * @returns an interval of each number; its bounds are values that were drawn, or the mean of two
 */
export function bootstrap<K extends string>(
  videos: readonly string[],
  statistic: (weights: Float64Array) => Record<K, number>,
  { seed, draws }: Resampling,
): Record<K, Interval> {
  const random = createRandom(seed).fork('bootstrap');
  const numbers = new Map<string, number>();
  for (const video of videos) if (!numbers.has(video)) numbers.set(video, numbers.size);
  const groupOf = Uint32Array.from(videos, (video) => numbers.get(video)!);
  const drawn = new Float64Array(numbers.size);
  const weights = new Float64Array(videos.length);
  const values = new Map<K, number[]>();
  for (let draw = 0; draw < draws; draw++) {
    drawn.fill(0);
    for (let i = 0; i < drawn.length; i++) drawn[random.integer(drawn.length)]++;
    for (let row = 0; row < weights.length; row++) weights[row] = drawn[groupOf[row]];
    for (const [name, value] of Object.entries(statistic(weights)) as [K, number][]) {
      const known = values.get(name);
      if (known) known.push(value);
      else values.set(name, [value]);
    }
  }
  const intervals = [...values].map(([name, all]) => {
    const known = all.some((value) => !Number.isNaN(value)) ? all.filter((value) => !Number.isNaN(value)) : all; // a draw may have none of the rows that tell something
    known.sort((a, b) => (a === b ? 0 : a - b)); // the difference of two infinities is no number
    return [name, [quantile(known, (1 - LEVEL) / 2), quantile(known, (1 + LEVEL) / 2)]] as const;
  });
  return Object.fromEntries(intervals) as Record<K, Interval>;
}

/** Between two values, in proportion. @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}
