/**
 * What a step makes of its pairs before the network sees them: some clips are spliced with others, some pairs are shown where their
 * track was used before, some of the rest are cut shorter; tracks get a noise of their own. Equal seeds give equal pairs.
 */
import type { Pair } from '../data/batch.ts';
import { clipOfId } from '../data/clip-part.ts';
import { cropPair } from '../data/crop.ts';
import { withCues } from '../data/cue-prior.ts';
import type { InputConfig } from '../data/input-config.ts';
import { splicePair } from '../data/splice.ts';
import { withTrackNoise } from '../data/track-noise.ts';
import { createRandom } from '../lib/random.ts';

/** Of the pairs that are shown uses: many a log has no pictures. */
const WITHOUT_FRAMES = 0.2;

/** The training split. */
export type PairsByTrack = ReadonlyMap<string, readonly Pair[]>;

export function augmented(
  pairs: readonly Pair[],
  config: InputConfig,
  all: PairsByTrack,
  seed: string,
): readonly Pair[] {
  const { cropShare, cuePrior, spliceShare, trackNoise, segmentWidth } = config;
  if (!cropShare && !cuePrior && !spliceShare && !trackNoise) return pairs;
  const [crops, cues, splices, noises] = ['crop', 'cues', 'splice', 'noise'].map((what) =>
    createRandom(`${seed}/${what}`),
  );
  return pairs.map((given) => {
    const isSpliced = spliceShare && splices.uniform() < spliceShare;
    const spliced = isSpliced ? splicePair(given, all.get(given.trackId) ?? [], config.frameWidth, splices) : given;
    const pair = trackNoise
      ? { ...spliced, segments: withTrackNoise(spliced.segments, segmentWidth, trackNoise, noises) }
      : spliced;
    // A clip that is cut starts later in the moment than others' uses say, so a pair that sees them is left whole.
    if (cuePrior && cues.uniform() < cuePrior) {
      const others = pair.uses.filter(({ videoId }) => clipOfId(videoId) !== clipOfId(pair.videoId));
      const known = cues.uniform() < WITHOUT_FRAMES ? others.map((use) => ({ ...use, frames: undefined })) : others;
      return { ...pair, segments: withCues(pair.segments, config, known) };
    }
    const cut = cropShare && crops.uniform() < cropShare ? cropPair(pair, config, crops) : pair;
    return { ...cut, segments: withCues(cut.segments, config) };
  });
}
