/**
 * New splits of annotated rows by the paper's protocol: no video in two splits, tracks partly shared, and in validation and test each
 * row with a track of its own (as in the published CSVs). Which rows are held out is drawn; whatever is not held out is trained on.
 */
import { createRandom } from '../lib/random.ts';
import type { Annotation } from './annotations.ts';
import { clipOfId } from './clip-part.ts';
import type { Split } from './dataset.ts';

type Used = Pick<Annotation, 'videoId' | 'musicId'>;

export interface SplitSizes {
  /** Rows to hold out. */
  val: number;
  test: number;
}

/** A share of one in twelve each, as in `simulate`. */
const HELD_OUT = 12;

/** @returns at least a row each @throws Error when there are too few rows to hold any out */
export function usualSizes(rows: readonly Used[]): SplitSizes {
  if (rows.length < 3)
    throw new Error(`split: expected 3 rows or more, got ${rows.length}. Annotate more uses of your music.`);
  const tracks = new Set(rows.map(({ musicId }) => musicId)).size;
  const held = Math.max(1, Math.min(Math.floor(rows.length / HELD_OUT), tracks));
  return { val: held, test: held };
}

/**
 * A video goes to one split with all its rows. Rows keep their order; equal seeds give equal splits.
 * @throws Error when so many rows with a track each cannot be held out, or nothing is left to train on
 */
export function drawSplits<T extends Used>(
  rows: readonly T[],
  { val, test }: SplitSizes,
  seed: string,
): Record<Split, T[]> {
  const byVideo = Map.groupBy(rows, ({ videoId }) => clipOfId(videoId));
  const order = createRandom(`${seed}/split`).shuffle([...byVideo.keys()]);
  const splitOf = new Map<string, Split>();
  for (const [split, wanted] of [
    ['test', test],
    ['val', val],
  ] as const) {
    const tracks = new Set<string>();
    for (const video of order) {
      const own = byVideo.get(video)!.map(({ musicId }) => musicId);
      const isNew = new Set(own).size === own.length && own.every((track) => !tracks.has(track));
      if (splitOf.has(video) || !isNew || tracks.size + own.length > wanted) continue;
      splitOf.set(video, split);
      for (const track of own) tracks.add(track);
    }
    if (tracks.size < wanted)
      throw new Error(
        `split: expected ${wanted} rows for ${split} with a track of their own, found ${tracks.size}. Give a smaller --${split}.`,
      );
  }
  const splits = Object.groupBy(rows, ({ videoId }) => splitOf.get(clipOfId(videoId)) ?? 'train');
  if (!splits.train?.length)
    throw new Error(`split: expected rows left to train on, found none. Give a smaller --val or --test.`);
  return { train: splits.train, val: splits.val ?? [], test: splits.test ?? [] };
}
