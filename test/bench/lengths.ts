/**
 * Clips and tracks with the length statistics of MGSV-EC (its validation split: 22.8 ± 10.8 s and 139.6 ± 70.0 s), as random tokens.
 */
import type { Pair } from '../../offline/data/batch.ts';
import { segmentInputWidth } from '../../offline/data/cue-prior.ts';
import { createRandom } from '../../offline/lib/random.ts';
import type { BaseConfig } from '../../offline/models/family.ts';
import type { Tokens } from '../../offline/nn/tokens.ts';

export function pairsOfLikeLengths(count: number, config: BaseConfig): Pair[] {
  const random = createRandom('lengths');
  const within = (low: number, value: number, high: number) => Math.min(high, Math.max(low, value));
  return Array.from({ length: count }, (_, i) => {
    const clipSec = within(5, 22.8 + 10.8 * random.normal(), 50);
    const trackSec = within(Math.max(30, clipSec), 139.6 + 70 * random.normal(), 239.9);
    const startSec = random.uniform(0, trackSec - clipSec);
    return {
      frames: randomTokens(Math.round(clipSec), config.frameWidth),
      segments: randomTokens(
        Math.min(config.maxSegments, Math.floor(trackSec / config.strideSec) + 1),
        segmentInputWidth(config),
      ),
      trackId: `track ${i}`,
      videoId: `clip ${i}`,
      uses: [],
      startSec,
      endSec: startSec + clipSec,
    };
  });

  function randomTokens(rows: number, width: number): Tokens {
    return { count: rows, data: Float32Array.from({ length: rows * width }, () => random.uniform(-1, 1)) };
  }
}
