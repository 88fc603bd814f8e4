/**
 * Whether an encoder tells media apart: how tokens of different tracks, or clips, lie to each other once what they all share is taken away.
 *
 * A tower may give nearly the same tokens for everything, or tokens that differ along one line only, and look healthy in its shapes and its
 * raw cosines: many good ones share a large common component too, which training takes away by standardising (MusiCNN's tokens of any two
 * tracks have a cosine of 0.91 raw and of about 0 after centring). So tokens are centred first. What is left must be more than the arithmetic's
 * noise, must not all point along one line, and must belong to the media: a token's nearest neighbour is to be of its own medium more often than
 * by chance.
 */

// M media · T tokens of one · D width

/** One medium's tokens, [T, D]. */
export interface MediumTokens {
  data: Float32Array;
  count: number;
}

export interface Spread {
  media: number;
  tokens: number;
  /** Mean cosine of the centred means of two different media: about 0, and −1 / (M − 1) where they differ in every way; NaN where nothing is left. */
  cosine: number;
  /** The same without signs: 1 where all differences lie along one line. */
  alongOneLine: number;
  /** What the media's means differ by, against their size: 0 where all are the same. */
  differs: number;
  /** Share of tokens whose nearest other one is of their own medium, and what guessing gives. */
  nearest: number;
  chance: number;
}

/**
 * @param apart tokens of a medium nearer than this in its order are not asked: windows that overlap hear the same
 */
export function spreadOf(media: readonly MediumTokens[], width: number, apart: number): Spread {
  const means = media.map(({ data, count }) => meanOf(data, count, width));
  const centre = new Float64Array(width);
  for (const mean of means) for (let d = 0; d < width; d++) centre[d] += mean[d] / means.length;
  const centred = means.map((mean) => mean.map((value, d) => value - centre[d]));
  const [left, size] = [centred, means].map((vectors) => vectors.reduce((sum, vector) => sum + dot(vector, vector), 0));
  const { cosine, alongOneLine } = pairwise(centred);
  return {
    media: media.length,
    tokens: media.reduce((sum, { count }) => sum + count, 0),
    cosine,
    alongOneLine,
    differs: Math.sqrt(left / size),
    ...nearestShare(media, width, centre, apart),
  };
}

/** Fewer do not say anything of an encoder. */
export const FEWEST_MEDIA = 4;

/** Below this the media's tokens differ by what float32 sums and bytes for matrices leave. */
const LEAST_DIFFERENCE = 1e-3;
/** Above this there is one number in all of a token. In D dimensions independent media have √(2 / πD): 0.1 at 64. */
const MOST_ALONG_ONE_LINE = 0.9;

/** Below so many times what guessing gives, neighbours say nothing of a medium. Healthy towers have five times it and more. */
const LEAST_NEAREST = 1.5;

/** @param what the media: "tracks" @returns why the encoder cannot be used, if it cannot */
export function collapsed(
  { differs, cosine, alongOneLine, nearest, chance, media }: Spread,
  what: string,
): string | undefined {
  if (!(differs >= LEAST_DIFFERENCE))
    return `its tokens of ${media} different ${what} differ by ${(100 * (differs || 0)).toFixed(3)} % of their size: it gives the same for everything.`;
  if (cosine > MOST_ALONG_ONE_LINE || alongOneLine > MOST_ALONG_ONE_LINE)
    return `its tokens of ${media} different ${what} have a mean cosine of ${cosine.toFixed(2)} after centring, ${alongOneLine.toFixed(2)} without signs: all their differences lie along one line.`;
  if (nearest < LEAST_NEAREST * chance)
    return `the nearest neighbour of a token is of the same ${what.replace(/s$/, '')} in ${percent(nearest)} of cases, ${percent(chance)} by chance: it does not tell ${media} ${what} apart.`;
  return undefined;
}

/** For people. @param what the media: "tracks" */
export function spreadLines({ media, tokens, cosine, nearest, chance }: Spread, what: string): string[] {
  const one = what.replace(/s$/, '');
  return [
    `measured on ${tokens} tokens of ${media} ${what}: mean cosine of two different ${what} after centring ${cosine.toFixed(3)} (${(-1 / (media - 1)).toFixed(3)} where they differ in every way); nearest neighbour within the same ${one} ${percent(nearest)} (${percent(chance)} by chance)`,
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function meanOf(data: Float32Array, count: number, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let i = 0; i < count * width; i++) mean[i % width] += data[i] / count;
  return mean;
}

function pairwise(vectors: readonly Float64Array[]): Pick<Spread, 'cosine' | 'alongOneLine'> {
  let [sum, absolute, pairs] = [0, 0, 0];
  for (let i = 0; i < vectors.length; i++)
    for (let j = 0; j < i; j++) {
      const value = dot(vectors[i], vectors[j]) / Math.sqrt(dot(vectors[i], vectors[i]) * dot(vectors[j], vectors[j]));
      sum += value;
      absolute += Math.abs(value);
      pairs++;
    }
  return { cosine: sum / pairs, alongOneLine: absolute / pairs };
}

/** Over tokens that have another one of their medium to find. */
function nearestShare(
  media: readonly MediumTokens[],
  width: number,
  centre: Float64Array,
  apart: number,
): Pick<Spread, 'nearest' | 'chance'> {
  const all = media.flatMap(({ data, count }, medium) =>
    Array.from({ length: count }, (_, place) => {
      const vector = Float64Array.from({ length: width }, (_, d) => data[place * width + d] - centre[d]);
      const size = Math.sqrt(dot(vector, vector));
      return { medium, place, vector: size > 0 ? vector.map((value) => value / size) : vector };
    }),
  );
  let [found, chance, asked] = [0, 0, 0];
  for (const one of all) {
    let [own, others] = [0, 0];
    let best = { score: Number.NEGATIVE_INFINITY, medium: -1 };
    for (const other of all) {
      if (other.medium === one.medium && Math.abs(other.place - one.place) < apart) continue;
      if (other.medium === one.medium) own++;
      else others++;
      const score = dot(one.vector, other.vector);
      if (score > best.score) best = { score, medium: other.medium };
    }
    if (!own) continue;
    asked++;
    chance += own / (own + others);
    if (best.medium === one.medium) found++;
  }
  return { nearest: found / asked, chance: chance / asked };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d] * b[d];
  return sum;
}
