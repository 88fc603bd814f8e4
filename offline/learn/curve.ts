/**
 * What more posts would bring: the same again with half of the posts, a quarter and an eighth, each among the larger, measured on the same
 * newest ones; and how far the line through them goes on.
 *
 * A straight line over doublings is all that four points can tell. It is drawn one doubling ahead, with how sure its slope is.
 */
import type { Annotation } from '../data/annotations.ts';
import { clipOfId } from '../data/clip-part.ts';
import { bootstrap, type Interval, USUAL } from '../metrics/bootstrap.ts';
import { meanOf } from '../metrics/scores.ts';
import type { Share } from '../metrics/share.ts';
import { START_METRICS } from '../metrics/starts.ts';
import { type PieceAnswer, postsOf } from './ask.ts';
import { FIRST, ranked, startMeasures } from './measures.ts';
import { firstPosts } from './split-posts.ts';

/** What is drawn. */
export const CURVES = ['firstFive', 'withinBeat'] as const;
export type CurveName = (typeof CURVES)[number];

export interface CurvePoint extends Record<CurveName, Share> {
  /** Posts that were taught with, and whose cues are known. */
  posts: number;
}

export interface SizeCurve {
  points: CurvePoint[];
  /** What a doubling of the posts brought, 95 %; undefined where nothing is known of it. */
  doubling: Partial<Record<CurveName, { mean: number; interval: Interval }>>;
  /** Twice the posts, if it goes on like that. */
  ahead: { posts: number } & Partial<Record<CurveName, number>>;
}

/** Of fewer posts nothing is learned that the next would not overturn. */
const FEWEST = 4;
const MOST_POINTS = 4;

/** Halves of halves, the smallest first. */
export function sizesUpTo(posts: number): number[] {
  const sizes = [posts];
  while (sizes.length < MOST_POINTS && Math.floor(sizes[0] / 2) >= FEWEST) sizes.unshift(Math.floor(sizes[0] / 2));
  return sizes;
}

/**
 * @param train rows of all posts that are taught with
 * @param measure answers to the newest posts of what was taught with these rows, and knows these alone
 * @returns undefined where there are too few posts for two points
 */
export async function sizeCurve(
  train: readonly Annotation[],
  seed: string,
  measure: (rows: Annotation[], posts: number) => Promise<readonly PieceAnswer[]>,
): Promise<SizeCurve | undefined> {
  const sizes = sizesUpTo(new Set(train.map(({ videoId }) => clipOfId(videoId))).size);
  if (sizes.length < 2) return undefined;
  const answers: (readonly PieceAnswer[])[] = [];
  for (const posts of sizes) answers.push(await measure(firstPosts(train, posts, seed), posts));
  const points = sizes.map((posts, i): CurvePoint => {
    const [{ firstFive }, { withinBeat }] = [ranked(answers[i]), startMeasures(answers[i])];
    return { posts, firstFive, withinBeat };
  });
  const lines = linesThrough(sizes, answers, seed);
  const doublings = sizes.map((posts) => Math.log2(posts));
  const ahead: SizeCurve['ahead'] = { posts: 2 * sizes.at(-1)! };
  for (const name of CURVES) {
    const line = lines[name];
    if (!line) continue;
    const mean = points.reduce((sum, point) => sum + point[name].share, 0) / points.length;
    const middle = doublings.reduce((sum, at) => sum + at, 0) / doublings.length;
    ahead[name] = Math.min(1, Math.max(0, mean + line.mean * (Math.log2(ahead.posts) - middle)));
  }
  return { points, doubling: lines, ahead };
}

/** Slopes over doublings, by least squares; every draw takes the same posts at all sizes. */
function linesThrough(
  sizes: readonly number[],
  answers: readonly (readonly PieceAnswer[])[],
  seed: string,
): SizeCurve['doubling'] {
  const at = sizes.map((posts) => Math.log2(posts));
  const middle = at.reduce((sum, value) => sum + value, 0) / at.length;
  const spread = at.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const slopeOf = (value: (piece: PieceAnswer) => number) => {
    const values = Float64Array.from(answers[0], (_, i) =>
      answers.reduce((sum, ofSize, k) => sum + ((at[k] - middle) * value(ofSize[i])) / spread, 0),
    );
    const known = [...values.keys()].filter((i) => !Number.isNaN(values[i]));
    if (!known.length) return undefined;
    const of = meanOf(Float64Array.from(known, (i) => values[i]));
    return (weights: Float64Array) => of(Float64Array.from(known, (i) => weights[i]));
  };
  const slopes: Record<CurveName, ReturnType<typeof slopeOf>> = {
    firstFive: slopeOf(({ rank }) => Number(rank <= FIRST)),
    withinBeat: slopeOf(START_METRICS['≤ a beat'].value),
  };
  const posts = postsOf(answers[0]);
  const once = new Float64Array(posts.length).fill(1);
  return Object.fromEntries(
    CURVES.flatMap((name) => {
      const slope = slopes[name];
      if (!slope) return [];
      const { slope: interval } = bootstrap(posts, (weights) => ({ slope: slope(weights) }), { ...USUAL, seed });
      return [[name, { mean: slope(once), interval }]];
    }),
  );
}
