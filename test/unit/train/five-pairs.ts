/** Five pairs of clips and tracks of different lengths, one track twice, of nothing but noise. */
import type { Pair } from '../../../offline/data/batch.ts';
import type { InputConfig } from '../../../offline/data/input-config.ts';
import { createRandom } from '../../../offline/lib/random.ts';
import type { Tokens } from '../../../offline/nn/tokens.ts';

const LENGTHS = [
  [3, 7],
  [8, 1],
  [1, 10],
  [5, 5],
  [2, 9],
] as const;

export function fivePairs({ frameWidth, segmentWidth }: Pick<InputConfig, 'frameWidth' | 'segmentWidth'>): Pair[] {
  const random = createRandom('stepper');
  const tokens = (count: number, width: number): Tokens => ({
    count,
    data: Float32Array.from({ length: count * width }, () => random.normal()),
  });
  return LENGTHS.map(([frames, segments], i) => ({
    frames: tokens(frames, frameWidth),
    segments: tokens(segments, segmentWidth),
    videoId: `clip ${i}`,
    uses: [],
    trackId: i === 4 ? 'track 0' : `track ${i}`,
    startSec: 1.5 * i,
    endSec: 1.5 * i + 4,
  }));
}
