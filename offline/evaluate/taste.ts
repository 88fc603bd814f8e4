/**
 * How much a person's earlier tracks should count beside the clip (index/search/taste.ts): fitted on posts that name an author.
 *
 * A post is asked about with what its author used before it, and never with its own track. The weight is the one on a grid with the best mean
 * reciprocal rank, which moves where a share of ranks does not. It is believed only if it helps authors that it was not fitted to: five folds, an author
 * never in two of them, and a gain beyond chance. Where authors have no taste that the model's vectors know of, the weight is 0, and nobody
 * loses anything.
 */
import { DEFAULT_TASTE_WEIGHT, directionOf, moved, type Pull } from '../../index/search/taste.ts';
import { createRandom } from '../lib/random.ts';
import { rankOf } from '../metrics/metrics.ts';

// M candidates · D width

/** A clip whose author is known, as the exact model answers it. */
export interface AuthoredPost {
  author: string;
  /** p_s of every candidate [M], in the order of the candidates' vectors. */
  relevance: ArrayLike<number>;
  /** The candidate that the author took. */
  right: number;
  /** h0 of the tracks that the author used before, the latest first; without the post's own track. */
  known: readonly Float32Array[];
}

export interface TasteScores {
  r1: number;
  r5: number;
  /** Mean of 1 / rank. */
  reciprocal: number;
}

export interface TasteFit {
  weight: number;
  /** fitted: it helped authors that it was not fitted to; none: it did not, and is 0; default: too few posts to say. */
  kept: 'fitted' | 'none' | 'default';
  /** With something known of their authors. */
  posts: number;
  authors: number;
  /** Without taste, and with it: each fold by the weight of the others. */
  before: TasteScores;
  unseen: TasteScores;
}

const GRID = [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2] as const;
/** What a request may name (functions/schema/request.ts). */
export const MOST_KNOWN = 50;
const FOLDS = 5;
/** With fewer posts, or authors than folds, chance decides what looks best. */
const FEWEST = 50;
/** One-sided 95 %. */
const BEYOND_CHANCE = 1.645;

/**
 * @param candidates h0 of each, [M][D]
 * @param seed of the folds
 */
export function fitTaste(posts: readonly AuthoredPost[], candidates: readonly Float32Array[], seed = '1'): TasteFit {
  const asked = posts.filter(({ known }) => known.length);
  const authors = [...new Set(asked.map(({ author }) => author))];
  const counts = { posts: asked.length, authors: authors.length };
  const ranks = GRID.map((weight) => ranksWith(asked, candidates, weight)); // [weights][posts]
  const before = scoresOf(ranks[0]);
  if (asked.length < FEWEST || authors.length < FOLDS)
    return { weight: DEFAULT_TASTE_WEIGHT, kept: 'default', ...counts, before, unseen: before };
  const folds = new Map(
    createRandom(`${seed}/authors`)
      .shuffle(authors)
      .map((author, i) => [author, i % FOLDS]),
  );
  const foldOf = asked.map(({ author }) => folds.get(author)!);
  const unseen = new Array<number>(asked.length);
  for (let fold = 0; fold < FOLDS; fold++) {
    const best = bestOf(ranks, (i) => foldOf[i] !== fold);
    for (const [i, own] of foldOf.entries()) if (own === fold) unseen[i] = ranks[best][i];
  }
  const gains = [...Map.groupBy(asked.keys(), (i) => asked[i].author).values()].map((own) => {
    const of = (all: readonly number[]) => own.reduce((sum, i) => sum + 1 / all[i], 0) / own.length;
    return of(unseen) - of(ranks[0]);
  });
  const isBelieved = mean(gains) > BEYOND_CHANCE * standardError(gains) && mean(gains) > 0;
  return {
    weight: isBelieved ? GRID[bestOf(ranks, () => true)] : 0,
    kept: isBelieved ? 'fitted' : 'none',
    ...counts,
    before,
    unseen: isBelieved ? scoresOf(unseen) : before,
  };
}

/** The rank of each post's own track, from 1. */
export function ranksWith(
  posts: readonly AuthoredPost[],
  candidates: readonly Float32Array[],
  weight: number,
): number[] {
  return posts.map(({ relevance, right, known }) => {
    const direction = weight ? directionOf(known.slice(0, MOST_KNOWN)) : undefined;
    const pulls: Pull[] = direction ? [{ direction, weight }] : [];
    return rankOf(
      Float64Array.from(relevance, (value, i) => value + moved(pulls, candidates[i])),
      right,
    );
  });
}

export function scoresOf(ranks: readonly number[]): TasteScores {
  const share = (most: number) => mean(ranks.map((rank) => Number(rank <= most)));
  return { r1: share(1), r5: share(5), reciprocal: mean(ranks.map((rank) => 1 / rank)) };
}

/** For people. */
export function tasteLine({ weight, kept, posts, authors, before, unseen }: TasteFit): string {
  const of = `${posts} posts of ${authors} authors`;
  if (kept === 'default') return `taste: too few to fit (${of}): the usual weight, ${weight}`;
  if (kept === 'none') return `taste: earlier tracks do not tell the next one (${of}): weight 0`;
  const told = ({ r1, r5 }: TasteScores) => `R@1 ${r1.toFixed(3)}, R@5 ${r5.toFixed(3)}`;
  return `taste: weight ${weight} of ${of}: ${told(before)} without, ${told(unseen)} with it, on authors that it was not fitted to`;
}

/** Of equals the smaller weight. */
function bestOf(ranks: readonly (readonly number[])[], counts: (post: number) => boolean): number {
  const totals = ranks.map((of) => of.reduce((sum, rank, i) => sum + (counts(i) ? 1 / rank : 0), 0));
  return totals.reduce((best, total, i) => (total > totals[best] + 1e-12 ? i : best), 0);
}

const mean = (values: readonly number[]): number =>
  values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;

function standardError(values: readonly number[]): number {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
}
