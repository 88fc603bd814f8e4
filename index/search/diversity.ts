/**
 * Choose k of the ranked candidates so that they are not all by one artist, nor all alike.
 *
 * Alike is measured by maximal marginal relevance (Carbonell & Goldstein, "The use of MMR, diversity-based reranking for
 * reordering documents and producing summaries", SIGIR 1998): the next choice is the largest
 *   lambda · relevance − (1 − lambda) · largest cosine of h0 to those chosen.
 * p_s is the sum of two cosines, −2 to 2, so half of it, their mean, is what is weighed against one cosine.
 * The paper leaves open what comes first; here it is always the most relevant.
 * How many candidates to rank before choosing is left to the caller.
 */

/** A ranked track: its label and how well it suits the clip. */
export interface Candidate {
  label: number;
  /** p_s, from -2 to 2. */
  relevance: number;
}

/** How much variety the answer shall have. Without both, the choice is by relevance alone. */
export interface Diversity {
  /**
   * At most so many tracks of one artist; without it, any number. A track of several counts for each of them, and a track
   * without artist stands for itself.
   */
  perArtist?: number;
  /** 1 (default): by relevance alone; 0: after the first, as unlike those chosen as can be. */
  lambda?: number;
}

/** Such as a place in the column of artists. */
export type Artist = string | number;

/** What is asked of a track, by label. The grounding path answers from the index (functions/grounding/choose.ts). */
export interface TrackLookup {
  /** h0 of a track, of length 1. Asked for only where lambda is less than 1. */
  vectorOf(label: number): Float32Array;
  /** Its artists, each by anything that tells them apart. */
  artistsOf(label: number): readonly Artist[];
}

/** What was chosen, and whether ranking more candidates could fill it up. */
export interface Choice<C extends Candidate> {
  /** In the order in which they were chosen, equal scores by label. */
  chosen: C[];
  /** How many of k are missing because all candidates left are of artists who have their share: rank more candidates. */
  short: number;
  /** Those artists. */
  full: ReadonlySet<Artist>;
}

/**
 * Fewer than k are chosen only where no candidate is left, or none of an artist below `perArtist`.
 * @param candidates in any order, each label once
 * @param before chosen already, of the k as well: they count for their artists, and for what the next are like. They are not given again
 */
export function chooseDiverse<C extends Candidate>(
  candidates: readonly C[],
  k: number,
  { perArtist = Number.POSITIVE_INFINITY, lambda = 1 }: Diversity,
  { vectorOf, artistsOf }: TrackLookup,
  before: readonly C[] = [],
): Choice<C> {
  const left = [...candidates]
    .sort((one, other) => one.label - other.label)
    .map((candidate) => ({
      candidate,
      artists: new Set(artistsOf(candidate.label)),
      vector: lambda < 1 ? vectorOf(candidate.label) : NO_VECTOR,
      similarity: Number.NEGATIVE_INFINITY,
    }));
  const ofArtist = new Map<Artist, number>();
  const full = new Set<Artist>();
  const chosen: C[] = [];
  const isFull = (artists: ReadonlySet<Artist>): boolean =>
    full.size > 0 && [...artists].some((artist) => full.has(artist));

  function count(artists: ReadonlySet<Artist>): void {
    for (const artist of artists) {
      const tracks = (ofArtist.get(artist) ?? 0) + 1;
      ofArtist.set(artist, tracks);
      if (tracks >= perArtist) full.add(artist);
    }
  }

  function compare(vector: Float32Array): void {
    for (const other of left) other.similarity = Math.max(other.similarity, dot(vector, other.vector));
  }

  for (const { label } of before) {
    count(new Set(artistsOf(label)));
    if (lambda < 1) compare(vectorOf(label));
  }
  const wanted = k - before.length;
  while (chosen.length < wanted) {
    let best = -1;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const [i, { candidate, artists, similarity }] of left.entries()) {
      if (isFull(artists)) continue;
      const { relevance } = candidate;
      const byItself = chosen.length + before.length === 0 || lambda === 1; // the similarity is not known: 0 times it would be NaN
      const score = byItself ? relevance : (lambda * relevance) / 2 - (1 - lambda) * similarity;
      if (best < 0 || score > bestScore) {
        best = i;
        bestScore = score;
      }
    }
    if (best < 0) break;
    const [{ candidate, artists, vector }] = left.splice(best, 1);
    chosen.push(candidate);
    count(artists);
    if (lambda < 1) compare(vector);
  }
  return { chosen, short: Math.min(wanted - chosen.length, left.length), full };
}

const NO_VECTOR = new Float32Array(0);

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i] * other[i];
  return sum;
}
