/**
 * The other tracks that a pair is compared with: drawn from the top of another network's ranking of the training tracks for its clip, so that they are
 * hard to tell from its own. The ranking is made once, before the first step; which tracks are drawn is the seed's.
 */
import type { Pair } from '../data/batch.ts';
import { withCues } from '../data/cue-prior.ts';
import { createRandom } from '../lib/random.ts';
import type { BaseConfig, Grounder } from '../models/family.ts';
import type { Tokens } from '../nn/tokens.ts';

/** What is drawn from. */
export interface Ranking {
  /** The tracks that rank highest for a pair's clip, its own left out, best first. */
  of(pair: Pair): readonly Tokens[];
}

/**
 * Every training clip against every training track. Only vectors are kept; a clip is ranked when it is asked about.
 * @param ranker of vectors, whose products rank
 * @param most tracks that are kept of a ranking
 * @throws Error when there are fewer other tracks than a pair is compared with
 */
export async function rankTraining(
  ranker: Pick<Grounder, 'clips' | 'tracks' | 'vectors'>,
  pairs: readonly Pair[],
  { rivals, most }: { rivals: number; most: number },
): Promise<Ranking> {
  const tracks = new Map(pairs.map(({ trackId, segments }) => [trackId, segments]));
  if (tracks.size <= rivals)
    throw new Error(
      `training: expected more than ${rivals} tracks, of which a pair is compared with ${rivals} others, got ${tracks.size}. Lower rivals.`,
    );
  const clips = new Map(pairs.map(({ videoId, frames }) => [videoId, frames]));
  const [trackIds, trackTokens] = [[...tracks.keys()], [...tracks.values()]];
  const places = new Map([...clips.keys()].map((id, i) => [id, i]));
  const made = ranker.vectors!(await ranker.clips([...clips.values()]), await ranker.tracks(trackTokens));
  return {
    of({ videoId, trackId }) {
      const clip = places.get(videoId)!;
      const scores = trackIds.map((_, track) => product(made, clip, track));
      const order = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
      return order
        .filter((track) => trackIds[track] !== trackId)
        .slice(0, most)
        .map((track) => trackTokens[track]);
    },
  };
}

function product(
  { clips, tracks, width }: { clips: Float32Array; tracks: Float32Array; width: number },
  v: number,
  n: number,
) {
  let dot = 0;
  for (let i = 0; i < width; i++) dot += clips[v * width + i] * tracks[n * width + i];
  return dot;
}

/** The pairs with their rivals, each drawn once. Equal seeds draw the same. */
export function withRivals(
  pairs: readonly Pair[],
  config: BaseConfig,
  ranking: Ranking,
  seed: string,
): readonly Pair[] {
  const random = createRandom(`${seed}/rivals`);
  return pairs.map((pair) => {
    const drawn = random.shuffle(ranking.of(pair)).slice(0, config.rivals);
    return { ...pair, rivals: drawn.map((segments) => withCues(segments, config)) };
  });
}
