/**
 * Which posts a model is taught with, which it is chosen by, and which it is measured on: the newest last, as they will come.
 *
 * A post goes to one side with all its pieces of music, since its pieces resemble each other. Tracks may stand on all sides, as they do in a
 * team's life: the track that was used last month is used again. Without dates posts are drawn by the seed.
 */
import type { Annotation } from '../data/annotations.ts';
import { clipOfId } from '../data/clip-part.ts';
import { SPLITS, type Split } from '../data/dataset.ts';
import { createRandom } from '../lib/random.ts';

export interface PostSizes {
  /** Posts to choose by, and to measure on. */
  val: number;
  test: number;
}

export interface PostSplits {
  splits: Record<Split, Annotation[]>;
  /** Posts of each. */
  posts: Record<Split, number>;
  by: 'date' | 'seed';
  /** Posts without a date, among others that have one; they are taught with. */
  undated: number;
}

/** One of each: less cannot be taught, chosen and measured. */
export const FEWEST_POSTS = 3;

/** A fifth each of few posts, and of many as many as tell a tenth of a difference apart. */
export function usualPosts(posts: number): PostSizes {
  const held = Math.max(1, Math.min(Math.round(posts / 5), Math.max(40, Math.round(posts / 10))));
  return { val: held, test: held };
}

/** @throws Error when so many posts are too few to hold out as many as are asked for, and teach with one */
export function sizesOf(posts: number, given: Partial<PostSizes>): PostSizes {
  const sizes = { ...usualPosts(posts), ...given };
  const least = Math.max(FEWEST_POSTS, sizes.val + sizes.test + 1);
  if (posts >= least) return sizes;
  throw new Error(
    `learn: expected music of the library in ${least} posts or more, to teach with, to choose by and to measure on, got ${posts}. Add posts${given.val || given.test ? ', or give a smaller --val or --test' : ''}.`,
  );
}

/**
 * @param dateOf of a clip by its id: a text that sorts as time does
 * @throws Error as sizesOf
 */
export function splitPosts(
  rows: readonly Annotation[],
  dateOf: (clip: string) => string | undefined,
  given: Partial<PostSizes>,
  seed: string,
): PostSplits {
  const clips = [...new Set(rows.map(({ videoId }) => clipOfId(videoId)))].sort();
  const sizes = sizesOf(clips.length, given);
  const dated = clips.filter((clip) => dateOf(clip) !== undefined);
  const by = dated.length >= sizes.val + sizes.test ? 'date' : 'seed';
  const newest =
    by === 'date'
      ? dated.sort((a, b) => compare(dateOf(b)!, dateOf(a)!) || compare(b, a))
      : createRandom(`${seed}/posts`).shuffle(clips);
  const splitOf = new Map<string, Split>();
  for (const [i, clip] of newest.entries())
    if (i < sizes.test + sizes.val) splitOf.set(clip, i < sizes.test ? 'test' : 'val');
  const of = Map.groupBy(rows, ({ videoId }) => splitOf.get(clipOfId(videoId)) ?? 'train');
  const splits = Object.fromEntries(SPLITS.map((split) => [split, of.get(split) ?? []])) as PostSplits['splits'];
  return {
    splits,
    posts: { train: clips.length - sizes.val - sizes.test, ...sizes },
    by,
    undated: by === 'date' ? clips.length - dated.length : 0,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The first posts of one order, drawn by the seed, with all their pieces: fewer are always among more. */
export function firstPosts(rows: readonly Annotation[], count: number, seed: string): Annotation[] {
  const clips = [...new Set(rows.map(({ videoId }) => clipOfId(videoId)))].sort();
  const kept = new Set(createRandom(`${seed}/nested`).shuffle(clips).slice(0, count));
  return rows.filter(({ videoId }) => kept.has(clipOfId(videoId)));
}
