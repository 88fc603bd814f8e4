/**
 * What a step makes of its pairs before the network sees them: some are shown where their track was used before, some of the others
 * are cut shorter. Equal seeds give equal pairs.
 */
import type { Pair } from '../data/batch.ts';
import { cropPair } from '../data/crop.ts';
import type { MadeConfig } from '../made/config.ts';
import { withCues } from '../made/cue-prior.ts';
import { createRandom } from '../random.ts';

export function augmented(pairs: readonly Pair[], config: MadeConfig, seed: string): readonly Pair[] {
  const { cropShare, cuePrior } = config;
  if (!cropShare && !cuePrior) return pairs;
  const [crops, cues] = [createRandom(`${seed}/crop`), createRandom(`${seed}/cues`)];
  return pairs.map((pair) => {
    // A clip that is cut starts later in the moment than others' uses say, so a pair that sees them is left whole.
    if (cuePrior && cues.uniform() < cuePrior) {
      const others = pair.uses.filter(({ videoId }) => videoId !== pair.videoId);
      return { ...pair, segments: withCues(pair.segments, config, others) };
    }
    const cut = cropShare && crops.uniform() < cropShare ? cropPair(pair, config, crops) : pair;
    return { ...cut, segments: withCues(cut.segments, config) };
  });
}
