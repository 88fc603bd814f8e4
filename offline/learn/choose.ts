/**
 * Which of several models comes out, by posts that none of them was taught with.
 *
 * The first stays unless another is better beyond chance, since the mean of a few posts says little: the gain's interval lies above 0, and so
 * large a mean comes by chance seldom enough when each post's gain might as well have been a loss (Fisher's test of signs; exact for few posts,
 * drawn for many). The more models are tried, the less often (Bonferroni). With a handful of posts no gain can be so sure, and the first stays.
 */
import { createRandom } from '../lib/random.ts';
import { bootstrap, type Interval, USUAL } from '../metrics/bootstrap.ts';
import { meanOf } from '../metrics/scores.ts';
import { type PieceAnswer, postsOf } from './ask.ts';

/** The level at which a gain counts, for all models that are tried together. */
const LEVEL = 0.05;
/** With more posts than this not all ways to give signs are gone through, but so many drawn. */
const EXACT_UP_TO = 14;
const DRAWS = 20_000;

export interface Candidate<Name extends string> {
  name: Name;
  pieces: readonly PieceAnswer[];
}

export interface Judged<Name extends string> {
  name: Name;
  /** Mean of scoreOf over the pieces. */
  score: number;
  /** Against the first, over posts: the mean gain, 95 %, and how often chance alone gives as much. */
  gain?: { mean: number; interval: Interval; chance: number };
}

export interface Choice<Name extends string> {
  chosen: Name;
  judged: Judged<Name>[];
  posts: number;
  /** How seldom a gain must come by chance. */
  level: number;
}

/** Of a piece: half for the track, 1 / rank, and half for the moment, its overlap with the editor's. */
export const scoreOf = ({ rank, iou }: PieceAnswer): number => (1 / rank + iou) / 2;

/** @param candidates of the same pieces, in order; the first is what stays */
export function choose<Name extends string>(candidates: readonly Candidate<Name>[], seed: string): Choice<Name> {
  const [first, ...others] = candidates;
  const level = LEVEL / Math.max(1, others.length);
  const posts = postsOf(first.pieces);
  const before = first.pieces.map(scoreOf);
  const judged: Judged<Name>[] = candidates.map(({ name, pieces }, i) => {
    const scores = pieces.map(scoreOf);
    const score = mean(scores);
    if (i === 0) return { name, score };
    const gains = scores.map((value, piece) => value - before[piece]);
    return { name, score, gain: gainOf(gains, posts, seed) };
  });
  const better = judged
    .slice(1)
    .filter(({ gain }) => gain!.mean > 0 && gain!.interval[0] > 0 && gain!.chance <= level)
    .sort((a, b) => b.score - a.score);
  return { chosen: better[0]?.name ?? first.name, judged, posts: new Set(posts).size, level };
}

function gainOf(gains: readonly number[], posts: readonly string[], seed: string): NonNullable<Judged<string>['gain']> {
  const values = Float64Array.from(gains);
  const of = meanOf(values);
  const { mean: interval } = bootstrap(posts, (weights) => ({ mean: of(weights) }), { ...USUAL, seed });
  const sums = [...Map.groupBy(gains.keys(), (i) => posts[i]).values()].map((own) =>
    own.reduce((sum, i) => sum + gains[i], 0),
  );
  return { mean: mean(gains), interval, chance: chanceOf(sums, seed) };
}

/** How often signs by chance give a sum as large. @param sums of each post */
export function chanceOf(sums: readonly number[], seed: string): number {
  const total = sums.reduce((a, b) => a + b, 0) - 1e-9; // rounding makes equal sums differ
  let [asLarge, tried] = [0, 0];
  const count = (signs: (i: number) => boolean) => {
    tried++;
    if (sums.reduce((sum, value, i) => sum + (signs(i) ? value : -value), 0) >= total) asLarge++;
  };
  if (sums.length <= EXACT_UP_TO)
    for (let bits = 0; bits < 2 ** sums.length; bits++) count((i) => ((bits >> i) & 1) === 1);
  else {
    const random = createRandom(`${seed}/signs`);
    count(() => true); // what was seen is one of the ways
    for (let draw = 0; draw < DRAWS; draw++) count(() => random.uniform() < 0.5);
  }
  return asLarge / tried;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
